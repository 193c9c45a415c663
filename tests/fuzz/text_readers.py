"""What vtok makes of hostile text: names in every form of output, folders as models, chats in every form."""

import csv
import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory

import vtok
from vtok import checkpoints

FORMS: tuple[tuple[str, ...], ...] = (
    ("count",),
    ("count", "-q"),
    ("count", "--json"),
    ("count", "--ndjson"),
    ("count", "--csv"),
    ("count", "--csv", "--total"),
    ("count", "-m", "qwen2.5-vl", "-m", "internvl"),
    ("count", "--field", "input", "--field", "tokens"),
    ("budget", "-c", "100"),
    ("budget", "-c", "100k", "--json"),
    ("tiles",),
    ("tiles", "--json"),
    ("windows",),
    ("inspect", "-o", "page.html"),
    ("overlay", "-o", "drawn/", "--width", "64", "--format", "svg"),
)
FEW = {"overlay": 2, "inspect": 5, "windows": 5}
"""Names of a file that cost more: the others are left out."""

SIZES = ((640, 480), (1, 1), (3000, 1), (1920, 1080), (100_000, 100_000))


def named(path: Path) -> None:
    """Give files of hostile names to a command; read its output as a program would."""
    names = path.read_bytes().split(b"\0")
    form = FORMS[sum(map(len, names)) % len(FORMS)]
    names = names[: FEW.get(form[0], len(names))]
    image = Path("samples/cat.jpg").resolve()
    with TemporaryDirectory() as folder, _inside(folder):
        for name in names:
            os.symlink(image, b"./" + name)
        Path("list\x01").write_bytes(b"\0".join(b"./" + name for name in names))
        code, out, err = called(*form, "-0", "--files-from", "list\x01")
        pages = [file for file in (Path("page.html"), *Path("drawn").glob("*.svg")) if file.exists()]
        for page in pages:
            _check_page(page.read_text("utf-8"))
    assert code in (0, 1, 3), f"exit code {code}: {err[:300]}"
    assert all(line.startswith("vtok: ") for line in err.splitlines()), f"noise: {err[:300]!r}"
    for text in (out, err):
        odd = [c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
        assert not odd, f"{form}: prints {odd[0]!r}"
    if form[:2] in CHECKS:
        CHECKS[form[:2]](out, len(names))


def _check_json(out: str, number: int) -> None:
    assert len(json.loads(out)) == number


def _check_lines(out: str, number: int) -> None:
    assert len([json.loads(line) for line in out.splitlines()]) == number


def _check_csv(out: str, number: int) -> None:
    rows = list(csv.reader(io.StringIO(out, newline=""), strict=True))
    assert len(rows) in (number + 1, number + 2)
    assert len({len(row) for row in rows}) == 1


CHECKS: dict[tuple[str, ...], Callable[[str, int], None]] = {
    ("count", "--json"): _check_json,
    ("count", "--ndjson"): _check_lines,
    ("count", "--csv"): _check_csv,
    ("count", "-q"): _check_lines,
}


class _Page(HTMLParser):
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("a", "iframe", "object"), f"markup: {tag}"
        for name, value in attrs:
            assert not name.startswith("on"), f"markup: {name}={value}"

    def handle_data(self, data: str) -> None:
        assert self.lasttag != "script" or "alert(1)</" not in data, "markup: a script"


def _check_page(text: str) -> None:
    _Page().feed(text)


def modelled(path: Path) -> None:
    """Read a folder as a model; count images of all shapes and a video."""
    files = json.loads(path.read_bytes())
    with TemporaryDirectory() as folder:
        for name, content in files.items():
            if isinstance(name, str) and "/" not in name and "\0" not in name and name:
                Path(folder, name[:100]).write_text(json.dumps(content))
        family = checkpoints.get(folder)
        media = [vtok.Media(size=vtok.Size(height, width)) for width, height in SIZES]
        media.append(vtok.Media(size=vtok.Size(480, 640), num_frames=100, fps=30.0, duration=100 / 30))
        refusal, counted = vtok.VtokError(), False
        for item in media:
            try:
                layout = family.layout(item)
            except vtok.VtokError as error:
                refusal = error
                _check_message(error)
                continue
            counted = True
            for number in (layout.tokens, layout.prompt_tokens, layout.patches):
                assert type(number) is int, f"{number!r} tokens"
                assert number >= 0, f"{number} tokens"
        if not counted:
            raise refusal


def talked(path: Path) -> None:
    """Read chats."""
    from vtok.chats import forms, objects

    refusal: vtok.VtokError | None = None
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for document in objects.document(file):
            for chat in [document] if isinstance(document, vtok.VtokError) else forms.chats(document):
                if isinstance(chat, vtok.VtokError):
                    _check_message(chat)
                    refusal = chat
    if refusal:
        raise refusal


def _check_message(error: vtok.VtokError) -> None:
    assert str(error).isprintable(), f"a message that is not printable: {str(error)!r}"


@contextmanager
def _inside(folder: str) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def called(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command in this process."""
    from vtok.cli import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", newline="\n") for _ in range(2))
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(list(arguments))
        except SystemExit as ended:
            code = int(ended.code or 0)
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    assert sys.stdout is not out
    return code, texts[0], texts[1]
