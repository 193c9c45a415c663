"""What makes a number of tokens: settings near the given ones, searched for those that yield it.

A mismatch between the tokens of a prompt and the features of an encoder nearly always means that two programs prepared
the same picture in two ways. Each way in which they can differ is a change of its own: another preset, pipeline or
version, the stored orientation, a limit, a picture resized before. Settings with the fewest and likeliest changes come
first.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from math import log
from typing import Any, NamedTuple

from vtok.errors import VtokError
from vtok.families import Family, presets
from vtok.fitting import CLIP_LIMITS, LIMITS, scaled
from vtok.values import Layout, Media, Size

SIDES = (224, 336, 384, 448, 512, 560, 640, 672, 768, 896, 1000, 1024, 1120, 1280, 1333, 1344, 1536, 1568, 1920, 2048)
"""Sides to which people resize pictures before a model sees them."""

TOKENS = (16, 64, 128, 256, 300, 320, 512, 576, 602, 640, 768, 1024, 1280, 1536, 2048, 2560, 4096, 5120, 8192, 16384)
"""Limits that people set, in tokens of the model."""

FRAMES = (4, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256, 512)
RATES = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0)
MANY = 512
"""A limit with more values than this is tried at the values that people set, and solved for its exact range."""

CLOSE = 3
"""How many near misses are named where nothing yields a number."""

COUNTED: dict[str, Callable[[Layout], int]] = {
    "tokens": lambda layout: layout.tokens,
    "prompt tokens": lambda layout: layout.prompt_tokens,
    "patches, before they are merged": lambda layout: layout.patches,
    "tokens in cross-attention": lambda layout: layout.cross_attention_tokens,
}
"""What an error message may have counted, the likeliest first."""

Resize = Callable[[Media], Media]


class Change(NamedTuple):
    """One difference from the given settings: of what kind, in words, as it is typed, and how unlikely it is."""

    kind: str
    what: str
    typed: str
    weight: int
    options: dict[str, Any] = {}  # noqa: RUF012 - never written to
    preset: Family | None = None
    resize: Resize | None = None


class Setting(NamedTuple):
    """Changes that yield a number, and what of the layout it counts."""

    number: int
    counted: str
    changes: tuple[Change, ...]

    @property
    def weight(self) -> int:
        """How far these settings are from the given ones."""
        return sum(change.weight for change in self.changes) + list(COUNTED).index(self.counted)


def explain(family: Family, media: Sequence[Media], numbers: Iterable[int]) -> dict[int, list[Setting]]:
    """For each number the settings that yield it, nearest first; where none does, those that come closest."""
    combined = [(changes, _counts(family, media, changes)) for changes in _combined(list(_changes(family, media)))]
    settings = [Setting(count, name, changes) for changes, counts in combined for name, count in counts.items()]
    return {number: _answer(family, media, settings, number) for number in numbers}


def _answer(family: Family, media: Sequence[Media], settings: Sequence[Setting], number: int) -> list[Setting]:
    exact = _nearest(setting for setting in settings if setting.number == number)
    known = {name for setting in exact if len(setting.changes) == 1 for name in setting.changes[0].options}
    solved = [change for change in _solved(family, media, number) if known.isdisjoint(change.options)]
    found = _nearest([*exact, *(Setting(number, "tokens", (change,)) for change in solved)])
    return found or _closest(settings, number)


def _closest(settings: Iterable[Setting], number: int) -> list[Setting]:
    """Settings that miss the number by least, one for each number of tokens; never those of other models."""
    nearest: dict[int, Setting] = {}
    for setting in sorted(settings, key=lambda s: s.weight):
        if setting.counted == "tokens" and not any(change.kind == "model" for change in setting.changes):
            nearest.setdefault(setting.number, setting)
    return sorted(nearest.values(), key=lambda s: abs(s.number - number))[:CLOSE]


def grids(number: int, size: Size) -> list[tuple[int, int]]:
    """The rows and columns that make so many tokens, those in the shape of the picture first."""
    pairs = [(rows, number // rows) for rows in range(1, number + 1) if number % rows == 0] if number <= 10**6 else []
    shape = size.height / size.width
    return sorted(pairs, key=lambda pair: abs(log(pair[0] / pair[1] / shape)))


def _nearest(settings: Iterable[Setting]) -> list[Setting]:
    """Sorted by how near they are, without those that only add to another one."""
    kept: list[tuple[Setting, set[str]]] = []
    for setting in sorted(settings, key=lambda s: (s.weight, len(s.changes))):
        done = {repr(change.options) if change.options else change.what for change in setting.changes}
        if not any(other <= done for _, other in kept):
            kept.append((setting, done))
    return [setting for setting, _ in kept]


def _counts(family: Family, media: Sequence[Media], changes: Sequence[Change]) -> dict[str, int]:
    """What the inputs count under these changes, by what is counted; nothing where the model refuses."""
    options: dict[str, Any] = {}
    for change in changes:
        family = _with_options(change.preset, family) if change.preset else family
        options |= change.options
        if change.resize:
            media = [change.resize(item) for item in media]
    try:
        family = family.choose(**options)
        layouts = [family.layout(item) for item in media]
    except VtokError:
        return {}
    counts = {name: sum(map(count, layouts)) for name, count in COUNTED.items()}
    return {name: count for name, count in counts.items() if count}


def _with_options(preset: Family, family: Family) -> Family:
    """Another preset with what the user asked of this one."""
    asked = {name: getattr(family, name) for name in family.asked if preset.has_option(name)}
    try:
        return preset.choose(**asked)
    except VtokError:
        return preset


def _combined(changes: list[Change]) -> Iterator[tuple[Change, ...]]:
    """None, one or two of the changes, of different kinds; other models on their own."""
    yield ()
    for i, change in enumerate(changes):
        yield (change,)
        if change.kind != "model":
            yield from ((change, other) for other in changes[i + 1 :] if other.kind not in (change.kind, "model"))


def _changes(family: Family, media: Sequence[Media]) -> Iterator[Change]:
    yield from _pipelines(family)
    yield from _orientations(family, media)
    yield from _presets(family)
    yield from _defaults(family)
    yield from _limits(family)
    if any(item.is_clip for item in media):
        yield from _samplings(family)
    if any(not item.is_clip for item in media):
        yield from _resizings()
    yield from _models(family)


def _pipelines(family: Family) -> Iterator[Change]:
    for pipeline, versions in family.pipelines.items():
        for version in versions:
            if (pipeline, version) != (family.pipeline_used, family.version_used):
                newest = version == versions[-1]
                typed = f"--pipeline {pipeline}" + ("" if newest else f" --pipeline-version {version}")
                options = {"pipeline": pipeline, "version": version}
                yield Change("pipeline", f"{pipeline} {version}", typed, 1 if newest else 2, options)


def _orientations(family: Family, media: Sequence[Media]) -> Iterator[Change]:
    if any(item.orientation != 1 for item in media):
        for exif, text in {"apply": "applied", "ignore": "ignored"}.items():
            if any(family.turns(item) != (exif == "apply") for item in media):
                yield Change("orientation", f"stored orientation {text}", f"--exif {exif}", 1, {"exif": exif})
    else:
        yield Change("orientation", "width and height swapped", "", 3, resize=_swapped)


def _swapped(media: Media) -> Media:
    return replace(media, size=media.size.turned)


def _presets(family: Family) -> Iterator[Change]:
    """Siblings whose numbers differ."""
    seen = [_values(family)]
    for preset in presets():
        if preset.model == family.model and _values(preset) not in seen:
            seen.append(_values(preset))
            yield Change("preset", f"preset {preset.names[0]}", f"-m {preset.names[0]}", 2, preset=preset)


def _values(family: Family) -> dict[str, Any]:
    return {name: value for name, (value, _) in family.as_published.numbers().items()}


def _models(family: Family) -> Iterator[Change]:
    """Other models, the first preset of each."""
    seen = {family.model}
    for preset in presets():
        if preset.model not in seen:
            seen.add(preset.model)
            yield Change("model", f"model {preset.model}", f"-m {preset.model}", 6, preset=preset)


def _defaults(family: Family) -> Iterator[Change]:
    """What the checkpoint publishes where the user asked for something else, and the library's default elsewhere."""
    known = (*LIMITS, *LIMITS.values(), *CLIP_LIMITS, *CLIP_LIMITS.values())
    by_name = {f.name: f.default for f in fields(family) if f.name in known and f.name in family.numbers()}
    for name, default in by_name.items():
        now, published = getattr(family, name), getattr(family.as_published, name)
        if now != published:
            yield Change(
                "limit", f"{name} {_number(published)} as published", _set(name, published), 1, {name: published}
            )
        if isinstance(default, int) and default not in (now, published):
            text = f"{name} {_number(default)}, the class default of the library"
            yield Change("limit", text, _set(name, default), 2, {name: default})


def _limits(family: Family) -> Iterator[Change]:
    factor = getattr(family, "patch_size", 1) * getattr(family, "merge_size", 1)
    area = factor * factor if isinstance(factor, int) else 1
    for name, least in (LIMITS | CLIP_LIMITS).items():
        now = getattr(family, name, None)
        field = next((f for f in fields(family) if f.name == name), None)
        if field is None:
            continue
        if choices := field.metadata.get("choices"):
            yield from (Change("limit", f"{name} {c}", _set(name, c), 2, {name: c}) for c in choices if c != now)
        elif isinstance(now, bool):
            yield Change(
                "limit", f"{name} {str(not now).lower()}", _set(name, str(not now).lower()), 2, {name: not now}
            )
        elif isinstance(now, int):
            values = (
                range(1, 2 * now + 1)
                if now <= MANY // 2
                else [n * area for n in TOKENS]
                if "pixels" in name
                else TOKENS
            )
            for value in values:
                if value != now:
                    yield Change("limit", f"{name} {_number(value)}", _set(name, value), 3, {name: value})
            if "pixels" in name and least:
                for value in (n * area for n in TOKENS[:12]):
                    text = f"{least} {_number(value)}"
                    yield Change("lower limit", text, _set(least, value), 4, {least: value})


def _samplings(family: Family) -> Iterator[Change]:
    if family.has_option("sample"):
        yield Change("sampling", "every frame", "--frames all", 1, {"sample": False})
    if family.has_option("sample_fps"):
        now = getattr(family, "sample_fps", None)
        for rate in RATES:
            if rate != now:
                yield Change(
                    "sampling",
                    f"{rate:g} frame{'s' if rate > 1 else ''} a second",
                    f"--fps {rate:g}",
                    2,
                    {"sample_fps": rate},
                )
    if family.has_option("sample_frames"):
        for count in FRAMES:
            yield Change("sampling", f"{count} frames", f"--frames {count}", 3, {"sample_frames": count})


def _resizings() -> Iterator[Change]:
    for divisor, text in {2: "half", 4: "a quarter of", 8: "an eighth of"}.items():
        yield Change("resize", f"resized to {text} its size before", "", 3, resize=_divided(divisor))
    for side in SIDES:
        yield Change("resize", f"shrunk to {side} on its longer side before", "", 3, resize=_longer(side))
        yield Change("resize", f"resized to {side} on its shorter side before", "", 4, resize=_shorter(side))
        yield Change("resize", f"stretched to {side}x{side} before", f"{side}x{side}", 4, resize=_square(side))


def _divided(divisor: int) -> Resize:
    return lambda media: replace(media, size=Size(*(max(1, side // divisor) for side in media.size)))


def _longer(side: int) -> Resize:
    return lambda media: replace(media, size=scaled(media.size, side)) if max(media.size) > side else media


def _shorter(side: int) -> Resize:
    return lambda media: replace(
        media, size=scaled(media.size, max(1, round(max(media.size) * side / min(media.size))))
    )


def _square(side: int) -> Resize:
    return lambda media: replace(media, size=Size(side, side))


def _solved(family: Family, media: Sequence[Media], number: int) -> Iterator[Change]:
    """Ranges of a long limit, and numbers of frames, that yield just that number of tokens."""
    for name in (*LIMITS, *CLIP_LIMITS):
        now = getattr(family, name, None)
        if not isinstance(now, int) or isinstance(now, bool) or now <= MANY:
            continue
        for pipeline in (None, *family.pipelines):
            if pipeline == family.pipeline_used:
                continue
            chosen = {} if pipeline is None else {"pipeline": pipeline, "version": ""}
            low, high = (_first(family, media, {**chosen, name: 2 * now}, wanted) for wanted in (number, number + 1))
            if low < high:
                options = {**chosen, name: low}
                text = f"{name} from {_number(low)} to {_number(high - 1)}" + (f", {pipeline}" if pipeline else "")
                typed = _set(name, low) + (f" --pipeline {pipeline}" if pipeline else "")
                yield Change("limit", text, typed, 3 if pipeline is None else 5, options)


def _first(family: Family, media: Sequence[Media], options: dict[str, Any], number: int) -> int:
    """The least value of a limit, the last of the options, under which there are that many tokens or more."""
    name = list(options)[-1]
    low, high = 1, options[name]
    while low < high:
        middle = (low + high) // 2
        counts = _counts(family, media, (Change("", "", "", 0, {**options, name: middle}),))
        if counts.get("tokens", 0) >= number:
            high = middle
        else:
            low = middle + 1
    return low


def _set(name: str, value: Any) -> str:
    return f"--set {name}={value}"


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
