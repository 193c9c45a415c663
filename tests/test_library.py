"""The library as it is used: what `import vtok` offers, what it takes, and how it says no."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import vtok


def test_the_public_names_are_sorted_and_there() -> None:
    assert list(vtok.__all__) == sorted(vtok.__all__)
    for name in vtok.__all__:
        assert getattr(vtok, name).__name__ == name
    assert len(dir(vtok)) == len(set(dir(vtok)))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vtok.nothing


def test_every_public_function_tells_what_it_takes_and_raises() -> None:
    for name in ("count", "layout", "models", "patch_order", "position_ids", "probe", "prompt", "windows"):
        assert len(getattr(vtok, name).__doc__.split()) > 8


def test_a_file_is_measured_and_laid_out(samples: Path) -> None:
    path = samples / "photo.jpg"
    media = vtok.probe(path)
    assert (media.size, media.orientation, media.is_video) == ((3024, 4032), 6, False)
    layouts = [vtok.layout("qwen2.5-vl", source) for source in (media, path, str(path), io.BytesIO(path.read_bytes()))]
    # upright 3024 x 4032 are 108 x 144 tokens, and two special tokens
    assert {(layout.tokens, layout.prompt_tokens) for layout in layouts} == {(15552, 15554)}
    assert vtok.count(str(path), model="qwen2.5-vl") == vtok.count(media) == 15554


def test_a_size_is_laid_out() -> None:
    layout = vtok.layout("qwen2.5-vl", width=1920, height=1080)
    assert layout.original == vtok.Size(1080, 1920)
    assert (layout.tokens, layout.prompt_tokens) == (2691, 2693)
    facts = layout.to_dict()
    assert (facts["schema"], facts["kind"], facts["grid"]) == (2, "image", {"t": 1, "h": 78, "w": 138})


@pytest.mark.parametrize(
    "video",
    [
        {"num_frames": 300, "fps": 30.0, "sample_fps": 2},
        {"duration": 10.0, "fps": 30.0},
        {"num_frames": 300, "fps": 30.0, "sample_frames": 20},
    ],
)
def test_numbers_make_a_video(video: dict[str, Any]) -> None:
    layout = vtok.layout("qwen2.5-vl", width=1280, height=720, **video)
    # 20 frames are 10 pairs of 26 x 46 tokens
    assert layout.tokens == 10 * 26 * 46
    assert layout.to_dict()["kind"] == "video"


def test_images_in_one_prompt(samples: Path) -> None:
    prompt = vtok.prompt("deepseek-vl2", sizes=[(640, 480), (1920, 1080)])
    assert len(prompt.layouts) == 2
    assert prompt.prompt_tokens == sum(layout.prompt_tokens for layout in prompt.layouts)
    assert prompt.to_dict()["tokens"] == prompt.tokens
    assert prompt.to_dict()["estimated"] is False
    assert vtok.prompt("idefics3", sizes=[(100, 100), (1000, 1000)]).estimated
    # above two images none is tiled: 210 + 1 + 210 tokens each
    many = vtok.prompt("deepseek-vl2", [samples / "cat.jpg", vtok.probe(samples / "coffee.jpg")], sizes=[(1920, 1080)])
    assert [layout.tokens for layout in many.layouts] == [421, 421, 421]


def test_windows_positions_and_order() -> None:
    windows = vtok.windows("qwen2.5-vl", grids=[(1, 12, 12)])
    assert windows.cu_window_seqlens.tolist() == [0, 64, 96, 128, 144]
    assert isinstance(windows, vtok.Windows)
    positions = vtok.position_ids("qwen2.5-vl", segments=[["text", 4], ["image", [1, 36, 36]], ["text", 9]])
    assert isinstance(positions, vtok.Positions)
    # 4 + 1 + 324 + 1 + 9 positions; the image's take 18
    assert positions.ids.shape == (3, 339)
    assert positions.rope_delta == 18 - 324
    assert vtok.patch_order((4, 4)).tolist()[:4] == [0, 1, 4, 5]
    assert vtok.patch_order((2, 2), "pixtral-12b").tolist() == [0, 1, 2, 3]


def test_what_is_known() -> None:
    known = vtok.models()
    assert known["qwen2.5-vl"][0] == "qwen2.5-vl-7b"
    assert all(presets for presets in known.values())


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: vtok.layout("quen2-vl", width=1, height=1), vtok.UnknownModelError, "did you mean qwen2-vl"),
        (
            lambda: vtok.layout("qwen2.5-vl", width=1, height=1, max_pixel=3),
            vtok.UnknownOptionError,
            "did you mean max_pixels",
        ),
        (lambda: vtok.layout("qwen2.5-vl"), vtok.UsageError, "neither a file nor width and height"),
        (lambda: vtok.layout("qwen2.5-vl", "a.jpg", width=3), vtok.UsageError, "both a file or Media and width"),
        (lambda: vtok.layout("qwen2.5-vl", width=0, height=1), vtok.UsageError, "whole number from 1 up"),
        (lambda: vtok.layout("qwen2.5-vl", width=10**400, height=1), vtok.UsageError, "at most 2,147,483,648"),
        (lambda: vtok.layout("qwen2.5-vl", width=9, height=9, num_frames=10**9), vtok.UsageError, "at most 4,194,304"),
        (lambda: vtok.layout("qwen2.5-vl", width=9, height=9, duration=1e12, fps=30), vtok.UsageError, "limit"),
        (lambda: vtok.layout("qwen2.5-vl", width=9, height=9, duration=9), vtok.UsageError, "give fps"),
        (lambda: vtok.layout("qwen2.5-vl", width=9, height=9, fps=9), vtok.UsageError, "num_frames or duration"),
        (lambda: vtok.layout("qwen2.5-vl", width=9, height=9, fps=-1), vtok.UsageError, "above 0"),
        (lambda: vtok.layout("qwen2.5-vl", width=201, height=1), vtok.UnsupportedSizeError, "aspect ratio"),
        (lambda: vtok.layout("llava-1.5", width=9, height=9, num_frames=9), vtok.UnsupportedSizeError, "not videos"),
        (
            lambda: vtok.layout("gemma3", width=9, height=9, num_frames=9),
            vtok.UnsupportedSizeError,
            "how gemma3 samples",
        ),
        (lambda: vtok.prompt("deepseek-vl2"), vtok.UsageError, "at least one"),
        (lambda: vtok.prompt("deepseek-vl2", "photo.jpg"), vtok.UsageError, "a list of one"),
        (
            lambda: vtok.prompt("deepseek-vl2", sizes=cast("Any", [(1, 2, 3)])),
            vtok.UsageError,
            "pairs of width and height",
        ),
        (lambda: vtok.windows("qwen2-vl", grids=[(1, 4, 4)]), vtok.UsageError, "qwen2.5-vl have windows"),
        (lambda: vtok.windows(grids=[(1, 5, 4)]), vtok.UsageError, "divide by 2"),
        (lambda: vtok.windows(grids=[(1, 4, 4)], window_size=14), vtok.UsageError, "larger window_size"),
        (lambda: vtok.position_ids("llava-1.5", segments=[["text", 1]]), vtok.UsageError, "one by one (1D)"),
        (lambda: vtok.position_ids("siglip-b16-224", segments=[["text", 1]]), vtok.UsageError, "without a prompt"),
        (lambda: vtok.position_ids("llama-3.2-vision", segments=[["text", 1]]), vtok.UsageError, "cross-attention"),
        (lambda: vtok.position_ids(segments=[["text", 1]], version="1"), vtok.UsageError, "known for qwen2.5-vl"),
        (lambda: vtok.probe("nowhere.jpg"), vtok.MediaError, "no such file"),
    ],
)
def test_what_a_user_can_cause_is_one_line(call: Callable[[], Any], kind: type[vtok.VtokError], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)) as caught:
        call()
    assert "\n" not in str(caught.value)


DESIGN = """
import vtok
media = vtok.probe("samples/photo.jpg")
layout = vtok.layout("deepseek-vl2", media)
layout = vtok.layout("qwen2.5-vl", width=1280, height=720, num_frames=300, fps=30.0, sample_fps=2)
layout.tokens, layout.prompt_tokens, layout.to_dict()
vtok.count("samples/photo.jpg", model="qwen2.5-vl")
win = vtok.windows("qwen2.5-vl", grids=[(1, 36, 36)])
win.window_index, win.cu_window_seqlens, win.reverse_index, win.cu_seqlens, win.vit_pos_ids
"""


def test_no_use_of_it_warns(samples: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DESIGN], cwd=samples.parent, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


CONSUMER = """
import vtok
from pathlib import Path
layout: vtok.Layout = vtok.layout("qwen2.5-vl", vtok.probe(Path("photo.jpg")), max_pixels=100_000)
tokens: int = vtok.count("photo.jpg", model="qwen2.5-vl")
prompt: vtok.Prompt = vtok.prompt("deepseek-vl2", ["photo.jpg"], sizes=[(640, 480)])
index: list[int] = vtok.windows(grids=[(1, 36, 36)]).window_index.tolist()
delta: int = vtok.position_ids(segments=[["text", 4]]).rope_delta
vtok.count(3)
"""


def test_a_strict_type_checker_reads_it(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(tmp_path / "consumer.py")],
        cwd=Path(__file__).parent.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.count("error:") == 1, done.stdout
    assert 'consumer.py:9: error: Argument 1 to "count"' in done.stdout
