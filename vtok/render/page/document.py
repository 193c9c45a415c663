"""The page as one HTML file. Its style and script are named by their hashes, so that no other one can run in it."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any
from zlib import compress

from vtok.render.palette import NEIGHBOURS, PATH, THEMES, Theme

SCRIPTS = ("tokens.js", "words.js", "panels.js", "layers.js", "bar.js", "film.js", "loupe.js", "model.js", "page.js")
"""The page's script in the order in which it is joined: arithmetic, words, drawing, then elements and events."""


def document(inputs: Sequence[Mapping[str, Any]], photos: Sequence[Mapping[str, Any]], *, version: str) -> bytes:
    """The HTML of a page of these inputs. `photos` are shared by all of them.

    Names of files and everything else in the data are text: `<` is escaped in the JSON, and the script only ever
    sets the text of elements.
    """
    style = _style()
    script = "\n".join(map(_file, SCRIPTS))
    data = _json({"version": version, "inputs": packed(inputs), "photos": photos})
    pieces = {
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "data": data.replace("<", "\\u003c"),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: pieces[place[1]], _file("page.html")).encode()


def packed(contents: Any) -> str:
    """JSON through deflate, in base64: what the layouts of many models say is mostly alike. The script unpacks it."""
    return b64encode(compress(_json(contents).encode(), 9)).decode()


def _json(contents: Any) -> str:
    return json.dumps(contents, separators=(",", ":"))


def _file(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing from anywhere, but this style, this script and images in the page itself."""
    hashes = {kind: b64encode(sha256(text.encode()).digest()).decode() for kind, text in (("s", style), ("j", script))}
    return (
        f"default-src 'none'; img-src data:; style-src 'sha256-{hashes['s']}'; script-src 'sha256-{hashes['j']}'; "
        "base-uri 'none'; form-action 'none'"
    )


def _style() -> str:
    """The style sheet with the colours of the palette, light and dark."""
    shared = [*_numbered("n", NEIGHBOURS), *_numbered("path", PATH)]
    light, dark = (list(_colours(THEMES[name])) for name in ("light", "dark"))
    return "\n".join(
        [
            f":root {{ {' '.join(shared + light)} }}",
            f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {' '.join(dark)} }} }}",
            _file("page.css"),
        ]
    )


def _colours(theme: Theme) -> Iterator[str]:
    return (f"--{name}: {colour};" for name, colour in theme._asdict().items())


def _numbered(name: str, colours: Sequence[str]) -> Iterator[str]:
    return (f"--{name}{i}: {colour};" for i, colour in enumerate(colours))
