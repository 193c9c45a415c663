"""Options that several commands share: declared, explained and read once."""

import os
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast, get_args

import typer

from vtok import checkpoints, families
from vtok.errors import UnknownOptionError, UsageError
from vtok.parts.family import Family
from vtok.values import Kind as MediaKind

DEFAULT_MODEL = "qwen2.5-vl"
FLAGS = {
    "sample_fps": "--fps", "sample_frames": "--frames", "sample": "--frames all",
    "pipeline": "--pipeline", "version": "--pipeline-version", "exif": "--exif",
}  # fmt: skip
"""Options of families that have flags of their own."""

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT]...",
        show_default=False,
        help="A file, a folder, a pattern, - for a file on standard input, or a bare size such as 1920x1080.",
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option("--files-from", metavar="FILE", help="Read names of inputs from FILE, - for standard input."),
]
Null = Annotated[bool, typer.Option("-0", "--null", help="Names in --files-from end with a NUL byte.")]


def _model_names(incomplete: str) -> list[str]:
    """Names of models for the shell's completion."""
    return [name for name in families.models() if name.startswith(incomplete)]


Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=_model_names,
        help=f"Model, repository or folder; all, or several to compare. Default: $VTOK_MODEL, else {DEFAULT_MODEL}.",
    ),
]  # fmt: skip
OneModel = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=_model_names,
        help=f"Model, repository or checkpoint folder. Default: $VTOK_MODEL, else {DEFAULT_MODEL}.",
    ),
]  # fmt: skip
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="A number of the model: max_pixels=1280*28*28.", show_default=False
    ),
]
Pipeline = Annotated[
    str | None,
    typer.Option("--pipeline", metavar="NAME", help="Whose preprocessing: transformers, original, qwen-vl-utils."),
]
Version = Annotated[str | None, typer.Option("--pipeline-version", metavar="X.Y", help="Version of the pipeline.")]
Exif = Annotated[
    str,
    typer.Option("--exif", metavar="auto|apply|ignore", help="The stored orientation: as the loader does."),
]
Kind = Annotated[
    str | None,
    typer.Option("--as", metavar="image|video", help="Take an animated image for a video, or for its first frame."),
]
Fps = Annotated[
    float | None,
    typer.Option("--fps", metavar="N", help="Frames taken per second of a video. Default: 2, or the model's own."),
]
Frames = Annotated[str | None, typer.Option("--frames", metavar="N|all", help="How many frames of a video are taken.")]
Duration = Annotated[
    float | None, typer.Option("--duration", metavar="S", help="Makes a video of a bare size: its length in seconds.")
]
SourceFps = Annotated[
    float | None, typer.Option("--source-fps", metavar="N", help="Frame rate of that video. Default: 30.")
]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of tables.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an error comes from.")]


def chosen_models(names: Sequence[str] | None) -> list[Family]:
    """The presets of `-m`, else of $VTOK_MODEL, else the default; `all` is the default preset of every model."""
    wanted = list(names or os.environ.get("VTOK_MODEL", "").split() or [DEFAULT_MODEL])
    if "all" in wanted:
        return [checkpoints.get(name) for name in families.models()]
    chosen = [checkpoints.get(name) for name in dict.fromkeys(wanted)]
    for preset in chosen:
        if preset.ignored:
            from vtok.cli._inputs import complain

            complain(preset.names[0], f"ignored: {'; '.join(preset.ignored)}")
    return chosen


def chosen_model(names: Sequence[str] | None) -> Family:
    """The one preset of `-m`."""
    chosen = chosen_models(names)
    if len(chosen) > 1:
        raise UsageError("one model at a time; `vtok count -m` compares several")
    return chosen[0]


def chosen_kind(kind: str | None) -> MediaKind | None:
    """`--as`; UsageError for anything but image and video."""
    if kind is not None and kind not in get_args(MediaKind):
        raise UsageError(f"--as {kind}: write image or video")
    return cast("MediaKind | None", kind)


def sampling_options(fps: float | None, frames: str | None) -> dict[str, Any]:
    """`--fps` and `--frames` as options of a family; UsageError where they contradict each other."""
    if fps is not None and frames is not None:
        raise UsageError("--fps and --frames contradict each other; give one of the two")
    if fps is not None:
        if not 0 < fps < float("inf"):
            raise UsageError(f"--fps {fps:g}: a rate must be above 0")
        return {"sample_fps": fps}
    if frames is None:
        return {}
    if frames == "all":
        return {"sample": False}
    if not frames.isascii() or not frames.isdigit() or int(frames) < 1:
        raise UsageError(f"--frames {frames!r}: write a whole number from 1 up, or all")
    return {"sample_frames": int(frames)}


def asked(
    settings: Sequence[str] | None,
    *,
    fps: float | None = None,
    frames: str | None = None,
    pipeline: str | None = None,
    version: str | None = None,
    exif: str = "auto",
) -> dict[str, Any]:
    """`--set` and the flags that stand for options of a family, as far as they were given."""
    named = {"pipeline": pipeline, "version": version, "exif": None if exif == "auto" else exif}
    return {
        **sampling_options(fps, frames),
        **parse_settings(settings),
        **{name: value for name, value in named.items() if value is not None},
    }


def typed(options: Mapping[str, Any]) -> str:
    """The reverse of `asked`: options as they are given on the command line."""
    return " ".join(_typed(name, value) for name, value in options.items() if value != "")


def _typed(name: str, value: Any) -> str:
    if name == "sample":
        return FLAGS[name]
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if isinstance(value, bool) or value is None:
        text = text.lower()
    return f"{FLAGS[name]} {text}" if name in FLAGS else f"--set {name}={text}"


def video_numbers(duration: float | None, source_fps: float | None) -> dict[str, Any]:
    """What makes a video of a bare size."""
    if duration is None and source_fps is not None:
        raise UsageError("--source-fps describes the video that --duration makes of a bare size; give --duration, too")
    for flag, value in {"--duration": duration, "--source-fps": source_fps}.items():
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"{flag} {value:g}: a number above 0 is needed")
    return {} if duration is None else {"duration": duration, "fps": source_fps or 30.0}


def parse_settings(settings: Sequence[str] | None) -> dict[str, Any]:
    """`--set key=value` pairs as options; values are numbers, products of numbers, true, false, none or words."""
    chosen: dict[str, Any] = {}
    for setting in settings or ():
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise UsageError(f"--set {setting!r}: write key=value, as max_pixels=1003520")
        chosen[key.strip()] = _value(value.strip())
    for least, most in ((name, name.replace("min_", "max_", 1)) for name in chosen):
        lower, upper = chosen[least], chosen.get(most)
        if isinstance(lower, (int, float)) and isinstance(upper, (int, float)) and lower > upper:
            raise UsageError(f"--set {least}={lower:,} and {most}={upper:,} contradict each other; the first is larger")
    return chosen


def _value(text: str) -> Any:
    words = {"true": True, "false": False, "none": None}
    if text.lower() in words:
        return words[text.lower()]
    product: float = 1
    for part in text.split("*"):
        try:
            product *= int(part)
        except ValueError:
            try:
                product *= float(part)
            except ValueError:
                return text
    return int(product) if isinstance(product, float) and product.is_integer() else product


def configured(presets: Sequence[Family], options: dict[str, Any]) -> list[Family]:
    """The presets with these options. Among several models, one that lacks an option (or a pipeline) goes without it.

    Raises UnknownOptionError for an option that none of them has.
    """
    for name in options:
        if any(preset.has_option(name) for preset in presets):
            continue
        if name in FLAGS:
            raise UnknownOptionError(f"{FLAGS[name]} means nothing to {_named(presets)}; leave it out")
        if len(presets) > 1:
            raise UnknownOptionError(
                f"none of these models has an option {name!r}; `vtok models NAME` lists those it has"
            )
    if len(presets) == 1:
        return [presets[0].choose(**options)]
    fitting = [{k: v for k, v in options.items() if _fits(preset, k, options)} for preset in presets]
    for name in ("pipeline", "version"):
        if name in options and not any(name in chosen for chosen in fitting):
            wanted = " ".join(str(options[key]) for key in ("pipeline", "version") if key in options)
            known = dict.fromkeys(pipeline for preset in presets for pipeline in preset.pipelines)
            raise UsageError(
                f"none of these models has a pipeline {wanted!r}; there are {', '.join(known)}, "
                f"and `vtok models NAME` lists their versions"
            )
    return [preset.choose(**chosen) for preset, chosen in zip(presets, fitting, strict=True)]


def _named(presets: Sequence[Family]) -> str:
    """The model, and why it might not know of videos."""
    if len(presets) > 1:
        return "these models"
    preset = presets[0]
    return f"{preset.model}, which " + (
        "samples videos by its own rule" if "video" in preset.kinds else "takes images only"
    )


def _fits(preset: Family, name: str, options: dict[str, Any]) -> bool:
    """Whether the model has this option, or this pipeline, or this version of the pipeline."""
    if name == "pipeline":
        return options[name] in preset.pipelines
    if name == "version":
        pipeline = options.get("pipeline", next(iter(preset.pipelines)))
        return options[name] in preset.pipelines.get(pipeline, ())
    return preset.has_option(name)
