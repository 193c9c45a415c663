"""How two programs that prepare the same image or video can differ: each difference is a `Change`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from importlib import import_module
from typing import Any, NamedTuple

from vtok import checkpoints, engines
from vtok.errors import VtokError
from vtok.families import presets
from vtok.parts.family import Family
from vtok.search.limits import choices_of, lowest_of, names_of
from vtok.search.sizes import with_longer_side
from vtok.values import Media, Size

SIDES = (224, 336, 384, 448, 512, 560, 640, 672, 768, 896, 1000, 1024, 1120, 1280, 1333, 1344, 1536, 1568, 1920, 2048)
"""Sides to which people resize images before a model sees them."""

TOKENS = (16, 64, 128, 256, 300, 320, 512, 576, 602, 640, 768, 1024, 1280, 1536, 2048, 2560, 4096, 5120, 8192, 16384)
"""Limits that people set, in tokens of the model."""

SEEN = "before the model saw it"

FRAMES = (4, 8, 10, 12, 16, 20, 24, 32, 48, 64, 96, 128, 256, 512)
RATES = (0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0)
MANY = 512
"""A limit with more values than this is tried only at values that people set. Its exact range is then solved for."""

COMBINED = 24
"""Of a limit with more values than this, those that people set are combined with other changes."""

Resize = Callable[[Media], Media]


class Change(NamedTuple):
    """One difference from the user's settings.

    `what` says it in words; `weight` grows with how unlikely it is. `options` are set, `preset` takes the place of the
    model's, `resize` is done to images before the model. One that is `alone` is not combined with others.
    """

    kind: str
    what: str
    weight: int
    options: dict[str, Any] = {}  # noqa: RUF012 - never written to
    preset: Family | None = None
    resize: Resize | None = None
    alone: bool = False


def changes_of(family: Family, media: Sequence[Media]) -> Iterator[Change]:
    """All changes that are tried, kind by kind."""
    yield from _pipelines(family)
    yield from _engines(family, media)
    yield from _orientations(family, media)
    yield from _presets(family)
    yield from _defaults(family)
    yield from _limits(family)
    if any(item.is_video for item in media):
        yield from _samplings(family)
    if any(not item.is_video for item in media):
        yield from _resizings()
    yield from _models(family)


def _pipelines(family: Family) -> Iterator[Change]:
    for pipeline, versions in family.pipelines.items():
        for version in versions:
            if (pipeline, version) != (family.pipeline_used, family.version_used):
                newest = version == versions[-1]
                options = {"pipeline": pipeline, "version": "" if newest else version}
                yield Change("pipeline", f"prepared by {pipeline} {version}", 1 if newest else 2, options)


def _engines(family: Family, media: Sequence[Media]) -> Iterator[Change]:
    """The engines that count these inputs otherwise, in the versions and with the settings that users have.

    If an engine counts now, the pipelines of the model itself are tried, too.
    """
    counting = engines.counted_by(family)
    base = checkpoints.get(family.names[0]) if counting in engines.FILES else None
    for name in base.pipelines if base else ():
        yield Change("pipeline", f"prepared by {name}", 2, {"pipeline": name}, base)
    present = _counts(family, media)
    for engine in engines.of(base or family):
        seen = [present]
        for options in engines.in_use(engine, base or family) if engine != counting else ():
            count = _counts(engines.choose(base or family, pipeline=engine, **options), media)
            if count and count not in seen:
                seen.append(count)
                yield Change(
                    "pipeline",
                    _served_by(engine, options),
                    3 + len(options),
                    {"pipeline": engine, **options},
                    base,
                    alone=bool(options),
                )


def _served_by(engine: str, options: Mapping[str, Any]) -> str:
    words = [value if name == "version" else f"with {name} {in_words(value)}" for name, value in options.items()]
    return " ".join(["served by", engine, *words])


def _counts(family: Family, media: Sequence[Media]) -> tuple[int, int] | None:
    """Tokens and prompt tokens of all inputs; None where the model refuses one of them."""
    try:
        layouts = [family.layout(item) for item in media]
    except VtokError:
        return None
    return sum(layout.tokens for layout in layouts), sum(layout.prompt_tokens for layout in layouts)


def _orientations(family: Family, media: Sequence[Media]) -> Iterator[Change]:
    if any(item.orientation != 1 for item in media):
        for exif, text in {"apply": "applied", "ignore": "ignored"}.items():
            if any(family.turns(item) != (exif == "apply") for item in media):
                yield Change("orientation", f"the stored orientation is {text}", 1, {"exif": exif})
    else:
        yield Change("orientation", "width and height are swapped", 3, resize=_swapped)


def _swapped(media: Media) -> Media:
    return replace(media, size=media.size.turned)


def _presets(family: Family) -> Iterator[Change]:
    """Other presets of the same model, if their numbers differ."""
    seen = [_values(family)]
    for preset in _counted_as(family):
        if preset.model == family.model and _values(preset) not in seen:
            seen.append(_values(preset))
            yield Change("preset", f"preset {preset.names[0]}", 2, preset=preset)


def _counted_as(family: Family) -> Iterator[Family]:
    """All presets; if an engine counts now, those that it has, as it counts them."""
    engine = engines.counted_by(family)
    if engine not in engines.FILES:
        return presets()
    return (engines.serve(engine, preset) for preset in presets() if engines.module(engine).has(preset))


def _values(family: Family) -> dict[str, Any]:
    return {name: value for name, (value, _) in family.as_published.numbers().items()}


def _models(family: Family) -> Iterator[Change]:
    """The default presets of other models; none behind an API if the weights of this one are open."""
    seen = {family.model}
    for preset in _counted_as(family):
        if preset.model not in seen and ("api" in preset.pipelines) == ("api" in family.pipelines):
            seen.add(preset.model)
            yield Change("model", f"model {preset.model}", 6, preset=preset, alone=True)


def _defaults(family: Family) -> Iterator[Change]:
    """The published value of a limit if the user set another one, and the class default of the library."""
    limits = names_of(family, "image", "video")
    known = {*limits, *(lowest_of(family, name) for name in limits)}
    of_classes = _class_defaults(family)
    for name in (f.name for f in fields(family) if f.name in known and f.name in family.numbers()):
        default = of_classes.get(name)
        now, published = getattr(family, name), getattr(family.as_published, name)
        if now != published:
            yield Change("limit", f"{name} {in_words(published)}, as published", 1, {name: published})
        if isinstance(default, int) and default not in (now, published):
            text = f"{name} {in_words(default)}, the class default of the library"
            yield Change("limit", text, 2, {name: default})


def _class_defaults(family: Family) -> dict[str, Any]:
    """The numbers that transformers takes where a config leaves them out, of the class that it asks first."""
    classes = getattr(import_module(type(family).__module__), "CLASS_DEFAULTS", {})
    return {name: value for numbers in reversed(classes.values()) for name, value in numbers.items()}


def _limits(family: Family) -> Iterator[Change]:
    for name in names_of(family, "image", "video"):
        now, choices = getattr(family, name), choices_of(family, name)
        values = choices or _usual(family, name)
        for value in values:
            if value != now:
                alone = len(values) > COMBINED and value not in TOKENS
                yield Change("limit", f"{name} {in_words(value)}", 2 if choices else 3, {name: value}, alone=alone)
        below = lowest_of(family, name)
        if below and "pixels" in name:
            for value in _usual(family, name)[:12]:
                yield Change("lower limit", f"{below} {in_words(value)}", 4, {below: value})


def _usual(family: Family, name: str) -> Sequence[int]:
    """The values of a limit to try: all up to twice its present value if these are few, else those that people set."""
    now = getattr(family, name)
    if not isinstance(now, int):
        return ()
    if now <= MANY // 2:
        return range(1, 2 * now + 1)
    if "pixels" not in name:
        return TOKENS
    factor = getattr(family, "patch_size", 1) * getattr(family, "merge_size", 1)
    return [tokens * factor * factor for tokens in TOKENS]


def _samplings(family: Family) -> Iterator[Change]:
    if family.has_option("sample"):
        yield Change("sampling", "every frame is taken", 1, {"sample": False})
    if family.has_option("sample_fps"):
        now = getattr(family, "sample_fps", None)
        for rate in RATES:
            if rate != now:
                what = f"{rate:g} frames a second are taken"
                yield Change("sampling", what, 2, {"sample_fps": rate})
    if family.has_option("sample_frames"):
        for count in FRAMES:
            yield Change("sampling", f"{count} frames are taken", 3, {"sample_frames": count})


def _resizings() -> Iterator[Change]:
    for divisor, text in {2: "half", 4: "a quarter of", 8: "an eighth of"}.items():
        yield Change("resize", f"resized to {text} its size {SEEN}", 3, resize=_divided(divisor))
    for side in SIDES:
        yield Change("resize", f"shrunk so that its longer side was {side} pixels {SEEN}", 3, resize=shrunk_to(side))
        yield Change("resize", f"resized so that its shorter side was {side} pixels {SEEN}", 4, resize=_shorter(side))
        yield Change("resize", f"stretched to {side}x{side} {SEEN}", 4, resize=_square(side))


def _divided(divisor: int) -> Resize:
    return lambda media: replace(media, size=Size(*(max(1, side // divisor) for side in media.size)))


def shrunk_to(side: int) -> Resize:
    """Shrink images with a longer side than this one to it."""
    return lambda media: replace(media, size=with_longer_side(media.size, side)) if max(media.size) > side else media


def _shorter(side: int) -> Resize:
    return lambda media: replace(
        media, size=with_longer_side(media.size, max(1, round(max(media.size) * side / min(media.size))))
    )


def _square(side: int) -> Resize:
    return lambda media: replace(media, size=Size(side, side))


def another(size: Size) -> Resize:
    """Replace any image by an upright one of that size."""
    return lambda _: Media(size=size)


def in_words(value: Any) -> str:
    """A value as it is written in a sentence."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)
