"""Hostile text: names of files, the configs of checkpoints, chats."""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

CONFIGS = Path(__file__).parent.parent / "configs"
NAMES_AT_ONCE = 40

PIECES = (
    "\n",
    "\r",
    "\t",
    "\x1b[31m",
    "\x1b]0;title\x07",
    "\x08",
    "\x1c",
    "\x7f",
    "\x85",
    "\x9b31m",
    "\u202e",
    "\u2066",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\u00ad",
    "[red]",
    "[/red]",
    "[link=http://x]y",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "+1",
    "-1",
    '"',
    "'",
    ",",
    ";",
    "</script>",
    "<script>alert(1)</script>",
    "<svg onload=x>",
    "&amp;",
    "&",
    "]]>",
    "<!--",
    "-->",
    "$\\frac{1}{0}$",
    "%s",
    "{}",
    "{0.__class__}",
    "\\",
    "\udcff",
    "\udc80",
    "\u00e9",
    "e\u0301",
    "\u65e5\u672c",
    "\U0001f600",
    "\u0301" * 40,
    "a" * 150,
    " ",
    "   ",
    "~",
    "*",
    "?",
    "[",
    "10x10",
    "#",
    ":",
    "|",
    "`id`",
    "$(id)",
    "\ue000",
    "\U000e0041",
    "\uffff",
    "-",
    "--json",
    "..x",
    "\u0627\u0644",
    "(",
    "\u2029",
    "\x01",
)

VALUES: tuple[Any, ...] = (
    0,
    1,
    -1,
    2,
    3,
    7,
    14,
    28,
    336,
    4096,
    65536,
    2**24,
    2**31,
    2**40,
    2**63,
    10**30,
    0.0,
    0.5,
    0.001,
    1.0,
    14.5,
    1e-9,
    1e308,
    True,
    False,
    None,
    "",
    "14",
    "none",
    "bicubic",
    "anyres_max_9",
    "anyres_max_0",
    "qwen2_5_vl",
    "internvl",
    "\x1b[31m",
    "a\nb",
    "\ud800",
    "../../etc/passwd",
    "\0",
    [],
    {},
    [14],
    [14, 28],
    [[336, 672]],
    [[1, 1]] * 5000,
    [[2**30, 2**30]],
    [[0, 0]],
    [[1]],
    [[[[1]]]],
    [None],
    ["14"],
    {"height": 14, "width": 28},
    {"height": 0, "width": 0},
    {"shortest_edge": 56},
    {"longest_edge": 10},
    {"shortest_edge": None},
    {"height": {"height": 1}},
)

IMAGE = "data:image/png;base64,iVBORw0KGgo="
CHATS: tuple[Any, ...] = (
    [
        {
            "role": "user",
            "content": [
                {"type": "image_url", "image_url": {"url": IMAGE, "detail": "low"}},
                {"type": "text", "text": "x"},
            ],
        }
    ],
    {
        "messages": [
            {"role": "system", "content": "a"},
            {
                "role": "user",
                "content": [{"type": "image", "image": "a.png"}, {"type": "video", "video": "b.mp4", "fps": 2.0}],
            },
        ],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}],
    },
    {
        "conversations": [{"from": "human", "value": "<image>\nx<video>"}, {"from": "gpt", "value": "y"}],
        "image": ["a.png"],
        "videos": ["b.mp4"],
    },
    {
        "system": "s",
        "messages": [
            {
                "role": "user",
                "content": [{"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBO"}}],
            },
            {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "z"}]},
        ],
    },
    {
        "input": [
            {
                "role": "user",
                "content": [{"type": "input_text", "text": "x"}, {"type": "input_image", "image_url": IMAGE}],
            }
        ]
    },
    {"messages": [{"role": "user", "content": "<image>x"}], "images": [{"path": "a.png"}], "id": 7},
)


def names(rng: random.Random) -> bytes:
    """Names of files, with NUL between them. No two of them are the same."""
    made: set[bytes] = set()
    while len(made) < NAMES_AT_ONCE:
        name = "".join(rng.choices(PIECES, k=rng.choice((1, 1, 2, 3, 5)))) + rng.choice(("", ".jpg", ".webp", ".png"))
        made.add(name.replace("/", "|").encode("utf-8", "surrogateescape")[-240:].lstrip(b"\x80\xff") or b"x")
    return b"\0".join(sorted(made - {b".", b".."}))


@cache
def _published() -> tuple[str, ...]:
    return tuple(json.dumps(json.loads(path.read_text("utf-8"))["files"]) for path in sorted(CONFIGS.glob("*.json")))


def checkpoint(rng: random.Random) -> bytes:
    """The files of a checkpoint by their names, as JSON, with one to three values replaced, removed or borrowed."""
    files = json.loads(rng.choice(_published()))
    for _ in range(rng.choice((1, 1, 2, 3))):
        if rng.random() < 0.1:
            files |= json.loads(rng.choice(_published()))
        _change(files, rng)
    return json.dumps(files).encode()


def chat(rng: random.Random) -> bytes:
    """A chat with one to four values replaced, removed, or changed in their bytes."""
    document = {"chat": json.loads(json.dumps(rng.choice(CHATS)))}
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        _change(document, rng)
    text = json.dumps(document.get("chat"))
    if rng.random() < 0.2:
        at = rng.randrange(len(text) + 1)
        text = (
            text[:at]
            + rng.choice(("", '"', "{", "[" * 2000, "\\ud800", "NaN", "9" * 5000, ",", "\0"))
            + text[at + rng.randrange(3) :]
        )
    return text.encode("utf-8", "surrogatepass")


def _change(document: dict[str, Any], rng: random.Random) -> None:
    places = list(_places(document))
    if not places:
        return
    container, key = rng.choice(places)
    if rng.random() < 0.2:
        del container[key]
    else:
        other, at = rng.choice(places)
        value = rng.choice(VALUES) if rng.random() < 0.7 else other[at]
        container[key] = json.loads(json.dumps(value))


def _places(container: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(container) if isinstance(container, dict) else range(len(container))
    for key in keys:
        yield container, key
        if isinstance(container[key], (dict, list)):
            yield from _places(container[key])


MADE = {"names": names, "checkpoints": checkpoint, "chats": chat}
"""What makes the content of a file, by target."""
