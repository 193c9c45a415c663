"""Models and options of the command line as presets, and options as they are written on the command line."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vtok.errors import UnknownModelError, UnknownOptionError, UsageError, did_you_mean

if TYPE_CHECKING:
    from vtok.parts.family import Family

DEFAULT_MODEL = "qwen2.5-vl"
MOST_DIGITS = 60
"""Characters of a number or product; a longer one is text, and no number of a model."""

FLAGS = {
    "sample_fps": "--fps", "sample_frames": "--frames", "sample": "--frames all",
    "pipeline": "--pipeline", "version": "--pipeline-version", "exif": "--exif",
    "detail": "--detail", "media_resolution": "--media-resolution",
}  # fmt: skip
"""Options of families that have flags of their own."""
OF_VIDEOS = ("sample_fps", "sample_frames", "sample")


class Group(Protocol):
    """A group of command-line options that sets options of a family."""

    def options(self) -> dict[str, Any]: ...


def presets(names: Sequence[str] | None, *groups: Group, default: str = DEFAULT_MODEL, **more: Any) -> "list[Family]":
    """The presets of `-m`, else of $VTOK_MODEL, else the default one, with the options of these groups and `more`."""
    chosen = chosen_presets(names, default=default)
    for preset in chosen:
        if preset.ignored:
            from vtok.cli._failures import complain

            complain(preset.names[0], f"ignored: {'; '.join(preset.ignored)}")
    options = {name: value for group in groups for name, value in group.options().items()} | more
    if pipelines := _names_in(options.pop("pipeline", None)):
        from vtok.cli._pipelines import by_pipelines

        chosen = by_pipelines(chosen, pipelines, every_model=takes_all(names))
    return configured(chosen, options)


def one_preset(names: Sequence[str] | None, *groups: Group, default: str = DEFAULT_MODEL, **more: Any) -> "Family":
    """The one preset of `-m`, with its options; UsageError where there are several models or pipelines."""
    pipelines = [name for group in groups for name in _names_in(group.options().get("pipeline"))]
    several = "all" in pipelines or len(set(pipelines)) > 1
    chosen = [] if several else presets(names, *groups, default=default, **more)
    if len(chosen) != 1:
        raise UsageError("one model at a time, by one pipeline; `vtok count` compares several")
    return chosen[0]


def _names_in(pipelines: Any) -> Sequence[str]:
    """The pipelines that are meant: those of --pipeline, or the one of --set pipeline=NAME. UsageError for a number."""
    names = pipelines if isinstance(pipelines, (list, tuple)) else [] if pipelines is None else [pipelines]
    if strange := [name for name in names if not isinstance(name, str)]:
        raise UsageError(f"--set pipeline={strange[0]}: write the name of a pipeline, as transformers")
    return names


def chosen_presets(names: Sequence[str] | None, *, default: str = DEFAULT_MODEL) -> "list[Family]":
    """The presets of these names, else of $VTOK_MODEL, else the default; `all` is the default preset of every model."""
    from vtok import checkpoints, families

    wanted = list(names or _from_environment() or [default])
    if takes_all(wanted):
        wanted = list(families.models())
    try:
        return list(dict.fromkeys(map(checkpoints.get, wanted)))
    except UnknownModelError as error:
        if names or not _from_environment():
            raise
        raise UnknownModelError(f"$VTOK_MODEL: {error}") from None


def names_of(families: "Sequence[Family]") -> list[str]:
    """What each preset is called in tables: its model, or its own name where others are of the same model."""
    labels = list({family.names[0]: family.label for family in families}.values())
    return [family.names[0] if labels.count(family.label) > 1 else family.label for family in families]


def labels(families: "Sequence[Family]") -> list[str]:
    """The names of presets; where several pipelines count one of them, the pipeline's name stands behind each."""
    from vtok import engines

    names = names_of(families)
    if len(set(names)) == len(names):
        return names
    return [f"{name} · {engines.counted_by(family)}" for name, family in zip(names, families, strict=True)]


def takes_all(names: Sequence[str] | None) -> bool:
    """Whether every model is meant, rather than models of the user's choice."""
    return "all" in (names or _from_environment())


def _from_environment() -> list[str]:
    """The models in $VTOK_MODEL, separated by spaces; a path may hold spaces itself."""
    value = os.environ.get("VTOK_MODEL", "")
    return [value] if os.path.exists(value) else value.split()


def parse_settings(settings: Sequence[str] | None) -> dict[str, Any]:
    """`--set key=value` pairs as options, each value as `parse_value` reads it."""
    chosen: dict[str, Any] = {}
    for setting in settings or ():
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {setting!r}: write key=value, as max_pixels=1003520")
        chosen[key.strip()] = parse_value(value.strip())
    return chosen


def parse_value(text: str) -> Any:
    """Numbers, products of numbers, lists of them (7,15 or [[336,672],[672,336]]), true, false, none; else the text."""
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    if text.startswith("["):
        return _json_list(text)
    if "," in text:
        items = [_product(item.strip()) for item in text.split(",")]
        return tuple(items) if all(isinstance(item, (int, float)) for item in items) else text
    return _product(text)


def _json_list(text: str) -> Any:
    """A list as configs write it; UsageError where it is not one."""
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError(f"--set: {text[:60]} is not a list; write 7,15 or [[336,672],[672,336]]") from None


def _product(text: str) -> Any:
    """The product of numbers with * between them; the text where it is none, or has too many digits."""
    product: float = 1
    if len(text) > MOST_DIGITS:
        return text
    for factor in text.split("*"):
        try:
            product *= int(factor)
        except ValueError:
            try:
                product *= float(factor)
            except ValueError:
                return text
    return int(product) if isinstance(product, float) and product.is_integer() else product


def flags(options: Mapping[str, Any]) -> str:
    """Options as they are written on the command line: the reverse of `parse_settings` and of the groups."""
    return " ".join(_flag(name, value) for name, value in options.items() if value != "")


def _flag(name: str, value: Any) -> str:
    if name == "sample":
        return FLAGS[name]
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, bool) or value is None:
        text = text.lower()
    if isinstance(value, tuple):
        text = text.replace(",)", ")").replace(" ", "").replace("(", "[").replace(")", "]")
    return f"{FLAGS[name]} {text}" if name in FLAGS else f"--set {name}={text}"


def configured(presets: "Sequence[Family]", options: dict[str, Any]) -> "list[Family]":
    """The presets with these options. Among several, one that lacks an option or a version goes without it.

    Raises UnknownOptionError for an option, and UsageError for a version, that none of them has.
    """
    from vtok import engines

    for name in options:
        if not any(preset.has_option(name) for preset in presets):
            _refuse(name, presets)
    if len(presets) == 1:
        return [presets[0].choose(**options)]
    fitting = [{k: v for k, v in options.items() if _fits(preset, k, v)} for preset in presets]
    if "version" in options and not any("version" in chosen for chosen in fitting):
        known = dict.fromkeys(f"{engines.counted_by(p)} {v}" for p in presets for v in engines.versions_of(p))
        raise UsageError(
            f"none of these models has a version {options['version']!r} of its pipeline; there are {', '.join(known)}, "
            f"and `vtok models NAME` lists their versions"
        )
    return [preset.choose(**chosen) for preset, chosen in zip(presets, fitting, strict=True)]


def _refuse(name: str, presets: "Sequence[Family]") -> None:
    """Raise UnknownOptionError for an option that none of the presets has."""
    if name in FLAGS:
        called = _called(presets) if name in OF_VIDEOS else _called(presets).partition(",")[0]
        raise UnknownOptionError(f"{FLAGS[name]} means nothing to {called}; leave it out")
    known = sorted({option for preset in presets for option in preset.keywords()})
    hint = did_you_mean(name, known, "`vtok models NAME` lists its options")
    has = f"{presets[0].names[0]} has no" if len(presets) == 1 else "none of these models has an"
    raise UnknownOptionError(f"--set {name}: {has} option of that name; {hint}")


def _called(presets: "Sequence[Family]") -> str:
    """The model, and why it might not take an option of videos."""
    if len(presets) > 1:
        return "these models"
    preset = presets[0]
    if "video" in preset.kinds:
        return f"{preset.model}, which samples videos by its own rule"
    videos = "which takes images only" if preset.images_only else "whose videos vtok does not know"
    return f"{preset.model}, {videos}"


def _fits(preset: "Family", name: str, value: Any) -> bool:
    """Whether the preset has this option, or this version of its pipeline."""
    from vtok import engines

    return value in engines.versions_of(preset) if name == "version" else preset.has_option(name)
