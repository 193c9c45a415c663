"""The arrows of the house: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT

ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "values": {"errors"},
    "geometry": {"values", "errors"},
    "families": {"geometry", "values", "errors"},
    "media": {"values", "errors"},
    "render": {"geometry", "values", "errors"},
    "library": {"families", "media", "geometry", "values", "errors"},
    "search": {"families", "values", "errors"},
    "cli": {"library", "search", "render", "media", "families", "geometry", "values", "errors", "vtok"},
    "vtok": {"library", "geometry", "values", "errors"},
}


def imports(source: str) -> Iterator[str]:
    """The rooms of vtok that this code imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            if module == "vtok":
                yield from (alias.name if alias.name in ROOMS else "vtok" for alias in node.names)
            elif module.startswith("vtok."):
                yield module.split(".")[1]
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "vtok" or alias.name.startswith("vtok."):
                    yield (alias.name + ".vtok").split(".")[1]


def room(path: Path) -> str:
    """The room in which a file stands."""
    first = path.relative_to(ROOT / "vtok").parts[0].removesuffix(".py")
    return {"__init__": "vtok", "__main__": "cli"}.get(first, first)


def forbidden(path: Path, source: str) -> set[str]:
    """What the file imports and must not."""
    own = room(path)
    return {name for name in imports(source) if name != own and name not in ROOMS[own]}


@pytest.mark.parametrize("path", sorted((ROOT / "vtok").rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    assert not forbidden(path, path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("vtok/families/clip.py", "from vtok.media import probe", {"media"}),
        ("vtok/render/tables.py", "def f():\n    import vtok.families.clip", {"families"}),
        ("vtok/geometry/resize.py", "from vtok import families", {"families"}),
        ("vtok/values.py", "import vtok", {"vtok"}),
        ("vtok/cli/count.py", "from vtok.families import get\nimport vtok", set()),
    ],
)
def test_a_wrong_arrow_is_found(path: str, source: str, wrong: set[str]) -> None:
    assert forbidden(ROOT / path, source) == wrong


def test_no_submodule_bears_the_name_of_a_public_function() -> None:
    import vtok

    submodules = {path.name.removesuffix(".py") for path in (ROOT / "vtok").iterdir()}
    assert not submodules & set(vtok.__all__)
