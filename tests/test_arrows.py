"""The arrows of the house: who may import whom, and no circle within a room."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

LEAVES = {"values", "errors", "networks"}
FAMILIES = {"families", "parts", "geometry"} | LEAVES
ROOMS: dict[str, set[str]] = {
    "errors": set(),
    "values": {"errors"},
    "networks": {"values"},
    "geometry": LEAVES,
    "parts": {"geometry"} | LEAVES,
    "families": FAMILIES,
    "engines": FAMILIES,
    "checkpoints": {"engines"} | FAMILIES,
    "processes": {"errors"},
    "media": LEAVES,
    "render": {"geometry"} | LEAVES,
    "render/text": {"render", "geometry"} | LEAVES,
    "render/drawing": {"render", "geometry"} | LEAVES,
    "render/page": {"render", "render/drawing", "geometry"} | LEAVES,
    "library": {"checkpoints", "media"} | FAMILIES,
    "search": {"checkpoints", "engines"} | FAMILIES,
    "verify": {"search", "checkpoints"} | FAMILIES,
    "chats": {"media", "checkpoints", "engines"} | FAMILIES,
    "tracing": {"library", "checkpoints"} | FAMILIES,
    "datasets": {"processes", "chats", "library", "media", "engines", "checkpoints"} | FAMILIES,
    "overlays": {"library", "render", "render/text", "render/drawing", "media", "checkpoints"} | FAMILIES,
    "cli": {
        "verify",
        "chats",
        "overlays",
        "datasets",
        "processes",
        "library",
        "tracing",
        "search",
        "render",
        "render/text",
        "render/drawing",
        "render/page",
        "media",
        "checkpoints",
        "engines",
        "vtok",
    }
    | FAMILIES,
    "vtok": {"chats", "datasets", "library", "overlays", "tracing", "geometry"} | LEAVES,
}
NAME = re.compile(r"vtok(\.\w+)+(?=[.{]|$)")
"""The name of a module in a text, as `import_module` takes it."""

FILES = sorted((ROOT / "vtok").rglob("*.py"))


def imported(source: str) -> Iterator[str]:
    """The modules of vtok that this code imports, wherever the import stands, and those that it names in a text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            module = node.module or ""
            if module == "vtok" or module.startswith("vtok."):
                yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "vtok")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (text := NAME.match(node.value)):
            yield text.group()


def file_of(module: str) -> Path:
    """The file that a dotted name stands for, or stands in."""
    path = ROOT
    for part in module.split("."):
        if (path / part).is_dir():
            path /= part
        elif (path / f"{part}.py").exists():
            return path / f"{part}.py"
        else:
            break
    return path / "__init__.py"


def room(path: Path) -> str:
    """The room in which a file stands."""
    *folders, name = path.relative_to(ROOT / "vtok").parts
    if "/".join(folders) in ROOMS:
        return "/".join(folders)
    return folders[0] if folders else {"__init__": "vtok", "__main__": "cli"}.get(name[:-3], name[:-3])


def forbidden(path: Path, source: str) -> set[str]:
    """The rooms that the file imports and must not."""
    home = room(path)
    return {other for other in map(room, map(file_of, imported(source))) if other != home and other not in ROOMS[home]}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_arrows_point_one_way(path: Path) -> None:
    assert not forbidden(path, path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("path", "source", "wrong"),
    [
        ("vtok/families/clip.py", "from vtok.media import probe", {"media"}),
        ("vtok/render/text/tables.py", "def f():\n    import vtok.families.clip", {"families"}),
        ("vtok/render/text/tables.py", "from vtok.render import drawing", {"render/drawing"}),
        ("vtok/geometry/resize.py", "from vtok import families", {"families"}),
        ("vtok/values.py", "import vtok", {"vtok"}),
        ("vtok/parts/family.py", "import_module('vtok.families.clip')", {"families"}),
        ("vtok/families/clip.py", "import_module(f'vtok.checkpoints.{name}')", {"checkpoints"}),
        ("vtok/cli/count.py", "from vtok.checkpoints import get\nimport vtok", set()),
    ],
)
def test_a_wrong_arrow_is_found(path: str, source: str, wrong: set[str]) -> None:
    assert forbidden(ROOT / path, source) == wrong


def circle(sources: dict[Path, str]) -> list[Path]:
    """Files that import one another in a circle, lazy imports included; none where there is no circle."""
    graph = {path: {file_of(module) for module in imported(source)} - {path} for path, source in sources.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        return list(found.args[1])
    return []


def test_no_files_import_one_another_in_a_circle() -> None:
    # The package itself loads `library` when a public name is first used; the commands read its version.
    package = {ROOT / "vtok" / "__init__.py"}
    assert not circle({path: path.read_text("utf-8") for path in FILES if path not in package})


def test_a_circle_is_found() -> None:
    names, read = ROOT / "vtok/checkpoints/names.py", ROOT / "vtok/checkpoints/read.py"
    sources = {names: "def f():\n    from vtok.checkpoints import read", read: "from vtok.checkpoints.names import get"}
    assert set(circle(sources)) == {names, read}


@pytest.mark.parametrize("path", sorted((ROOT / "vtok" / "cli").glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_no_command_imports_another(path: Path) -> None:
    commands = {other for other in path.parent.glob("[a-z]*.py") if other != path}
    assert not commands & {file_of(module) for module in imported(path.read_text("utf-8"))}


def test_no_submodule_bears_the_name_of_a_public_function() -> None:
    import vtok

    submodules = {path.name.removesuffix(".py") for path in (ROOT / "vtok").iterdir()}
    assert not submodules & set(vtok.__all__)
