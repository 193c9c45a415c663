"""Recorded answers of upstream, and how a layout of vtok is held against one.

`python tests/golden_rows.py` writes the numbers of rows into README.md and tests/golden/README.md.

Rows record sizes as [height, width], boxes as [top, left, height, width], grids as [t, h, w], tiles as [columns, rows]
and rasters as [rows, columns]; `recorded_form` puts the objects of `Layout.to_dict` into that form.

Long arrays are recorded by their sha256 (little-endian int64, C order), that of `indices` in some rows before the last
frame is repeated; long lists are also recorded with their middle left out, as "..."; a timestamp may be recorded with
its unit, as the prompt has it ("1.5 seconds").
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import vtok

GOLDEN = Path(__file__).parent / "golden"
ARRAYS = ("window_index", "cu_window_seqlens", "reverse_index", "cu_seqlens", "vit_pos_ids")

Row = dict[str, Any]
Difference = tuple[str, Any, Any]


def rows(name: str) -> list[Row]:
    """The recorded rows of a model; "apis/NAME" are those of a model behind an API."""
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text("utf-8").splitlines()]


def names() -> list[str]:
    """The models with recorded rows."""
    return sorted(path.stem for path in GOLDEN.glob("*.jsonl"))


def names_of_apis() -> list[str]:
    """The models behind an API with worked examples, as `rows` takes them."""
    return sorted(f"apis/{path.stem}" for path in (GOLDEN / "apis").glob("*.jsonl"))


def was_read(row: Row) -> bool:
    """Whether the answer was read in upstream's source, and upstream's code was not run for it."""
    return re.search(r"\bread\b", row["source"]) is not None


def with_counts(text: str) -> str:
    """The text with the numbers of golden rows as they are now: rows, models, and how many were run and read."""
    every = [row for name in names() for row in rows(name)]
    read = sum(map(was_read, every))
    counts = {
        r"[\d,]+( rows\s+for)": len(every),
        r"[\d,]+( models[:,]\s+[\d,]+\s+by running)": len(names()),
        r"[\d,]+(\s+by running)": len(every) - read,
        r"[\d,]+(\s+by reading)": read,
    }
    for pattern, count in counts.items():
        text, times = re.subn(pattern, rf"{count:,}\1", text)
        if times != 1:
            raise ValueError(f"{pattern} has to be in the text once, and is there {times} times")
    return text


def digest(values: Any) -> str:
    """The sha256 of an array as it is recorded."""
    return hashlib.sha256(np.ascontiguousarray(values, dtype="<i8").tobytes()).hexdigest()


def differences(row: Row) -> Iterator[Difference]:
    """Where vtok's answer is not the recorded one: (key, vtok's, upstream's)."""
    check = {"multi": _multi, "windows": _windows, "mrope": _mrope}.get(row["kind"], _layout)
    yield from check(row["model"], row, dict(row["options"]), row["expect"])


def _layout(model: str, row: Row, options: Row, want: Row) -> Iterator[Difference]:
    try:
        layout = vtok.layout(model, width=row["width"], height=row["height"], **options)
    except vtok.VtokError as error:
        if "error" not in want:
            yield "error", str(error), want
        return
    if "error" in want:
        yield "error", None, want["error"]
    else:
        yield from compare(layout.to_dict(), want)


def _multi(model: str, _: Row, options: Row, want: Row) -> Iterator[Difference]:
    sizes = [(width, height) for width, height in options.pop("sizes")]
    prompt = vtok.prompt(model, sizes=sizes, **options)
    yield from compare({"tokens": prompt.tokens, "prompt_tokens": prompt.prompt_tokens}, {**want, "per_image": None})
    for layout, each in zip(prompt.layouts, want["per_image"], strict=True):
        yield from compare(layout.to_dict(), each)


def _windows(model: str, _: Row, options: Row, want: Row) -> Iterator[Difference]:
    got = vtok.windows(model, grids=[tuple(grid) for grid in options.pop("grids")], **options)
    for name in ARRAYS:
        if digest(getattr(got, name)) != want[f"{name}_sha256"]:
            yield name, getattr(got, name), want.get(name)


def _mrope(model: str, _: Row, options: Row, want: Row) -> Iterator[Difference]:
    got = vtok.position_ids(model, segments=options.pop("segments"), **options)
    if digest(got.ids) != want["position_ids_sha256"]:
        yield "position_ids", got.ids, want.get("position_ids")
    yield from compare(
        {"rope_delta": int(got.rope_delta), "length": got.ids.shape[1]}, {k: want[k] for k in ("rope_delta", "length")}
    )


def compare(got: Row, want: Row) -> Iterator[Difference]:
    """The keys of `want` whose value in `got` is another one."""
    for key, value in want.items():
        if key == "indices_sha256":
            indices = got.get("indices", [])
            if value not in (digest(indices), digest(indices[: want["frames"]])):
                yield key, indices, value
        elif key != "per_image" and not _same(mine := recorded_form(got.get(key), key), value):
            yield key, mine, value


def recorded_form(value: Any, key: str) -> Any:
    """The value of a key of `Layout.to_dict` in the form in which rows record it."""
    match value:
        case {"width": width, "height": height}:
            return [height, width]
        case {"left": left, "top": top, "right": right, "bottom": bottom}:
            return [top, left, bottom - top, right - left]
        case {"columns": columns, "rows": rows}:
            return [columns, rows] if key == "tiles" else [rows, columns]
        case {"t": t, "h": h, "w": w}:
            return [t, h, w]
    return value


def _same(got: Any, want: Any) -> bool:
    if isinstance(want, list) and "..." in want:
        middle = want.index("...")
        head, tail = want[:middle], want[middle + 1 :]
        long_enough = isinstance(got, list) and len(got) > len(head) + len(tail)
        return long_enough and _same(got[: len(head)], head) and _same(got[len(got) - len(tail) :], tail)
    if isinstance(want, list):
        return isinstance(got, list) and len(got) == len(want) and all(map(_same, got, want))
    if isinstance(want, str) and not isinstance(got, str):
        want = float(want.removesuffix(" seconds"))
    if isinstance(want, float) and isinstance(got, (int, float)):
        return abs(got - want) < 1e-9
    return bool(got == want)


if __name__ == "__main__":
    for page in (GOLDEN / "README.md", GOLDEN.parent.parent / "README.md"):
        page.write_text(with_counts(page.read_text("utf-8")), "utf-8")
