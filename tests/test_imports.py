"""What a command loads, in an interpreter of its own."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"numpy", "matplotlib", "PIL", "av", "rich", "pydantic", "torch", "transformers"}
LOADED = """
import atexit, json, sys
atexit.register(lambda: print(json.dumps([m for m in sys.modules if "." not in m]), file=sys.stderr))
"""
FAMILIES = """
import sys, vtok
vtok.layout("qwen2.5-vl", width=640, height=480)
print(*sorted(m for m in sys.modules if m.startswith("vtok.families.") and "._" not in m))
"""


def loaded(code: str) -> set[str]:
    """The top-level modules that are loaded once this code has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED + code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VTOK_MODEL": ""},
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(*arguments: str) -> str:
    return f"from vtok.cli import main; main({list(arguments)!r})"


def test_importing_vtok_loads_the_standard_library_only() -> None:
    assert not loaded("import vtok") & HEAVY


def test_a_layout_from_numbers_loads_the_standard_library_only() -> None:
    assert not loaded("import vtok; vtok.layout('qwen2.5-vl', width=640, height=480).to_dict()") & HEAVY


@pytest.mark.parametrize("name", ["photo.jpg", "page.png"])
def test_counting_a_plain_image_loads_not_even_pillow(samples: Path, name: str) -> None:
    assert not loaded(command("count", str(samples / name))) & HEAVY


def test_counting_another_image_loads_pillow_only(tmp_path: Path) -> None:
    # a BMP is Pillow's to read
    (tmp_path / "a.bmp").write_bytes(b"BM" + struct.pack("<IIIIiiHH", 58, 0, 54, 40, 28, 28, 1, 24) + bytes(24))
    assert loaded(command("count", str(tmp_path / "a.bmp"))) & HEAVY == {"PIL"}


def test_counting_a_size_loads_not_even_pillow() -> None:
    assert not loaded(command("count", "640x480", "--json")) & HEAVY


def test_counting_a_video_loads_pyav_only(samples: Path) -> None:
    assert loaded(command("count", str(samples / "clip.mp4"))) & HEAVY <= {"av", "numpy"}


@pytest.mark.parametrize("module", ["numpy", "PIL", "rich"])
def test_the_check_can_fail(module: str) -> None:
    assert module in loaded(f"import {module}")


def test_one_family_is_loaded_for_one_model() -> None:
    done = subprocess.run([sys.executable, "-c", FAMILIES], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["vtok.families.qwen2_5_vl", "vtok.families.qwen2_vl"]
