"""Options that several commands share: declared and explained once, in groups that a command takes whole."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast, get_args

import typer

from vtok.cli import _completion as completion
from vtok.cli._presets import DEFAULT_MODEL, parse_settings
from vtok.errors import UsageError
from vtok.values import DPI

if TYPE_CHECKING:
    from vtok.cli._inputs import Edge, Input
    from vtok.values import Kind, Media

Inputs = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[INPUT]...",
        show_default=False,
        help="A file, a folder, a pattern, - for a file on standard input, or a bare size such as 1920x1080. "
        "scan.pdf[1-5,9] takes these pages.",
    ),
]
FilesFrom = Annotated[
    str | None,
    typer.Option("--files-from", metavar="FILE", help="Read names of inputs from FILE, or from standard input (-)."),
]
Null = Annotated[bool, typer.Option("-0", "--null", help="Names in --files-from end with a NUL byte.")]
Hidden = Annotated[bool, typer.Option("--hidden", help="Take files and folders whose names begin with a dot, too.")]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="PATTERN", show_default=False,
        help="Leave out files and folders of this name, such as thumbs or '*_small.jpg'. May be repeated.",
    ),
]  # fmt: skip
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=completion.models_or_all,
        help="A model, a checkpoint, a repository, a checkpoint's folder or a GGUF file. Several, or all, are "
        f"compared. Default: $VTOK_MODEL, else {DEFAULT_MODEL}.",
    ),
]  # fmt: skip
OneModel = Annotated[
    list[str] | None,
    typer.Option(
        "--model", "-m", metavar="MODEL", show_default=False, autocompletion=completion.models,
        help="A model, a checkpoint, a repository, a checkpoint's folder or a GGUF file. "
        f"Default: $VTOK_MODEL, else {DEFAULT_MODEL}.",
    ),
]  # fmt: skip
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", show_default=False, autocompletion=completion.settings,
        help="Set a number or an option of the model, such as max_pixels=1280*28*28. `vtok models NAME` lists them.",
    ),
]  # fmt: skip
Pipeline = Annotated[
    list[str] | None,
    typer.Option(
        "--pipeline", metavar="NAME", autocompletion=completion.pipelines,
        help="Whose code prepares the input: transformers, original, qwen-vl-utils, or an engine: llama.cpp, ollama, "
        "lm-studio, vllm, sglang, mlx-vlm, mistral-common, lmdeploy, tensorrt-llm. Several, or all, are compared.",
    ),
]  # fmt: skip
Version = Annotated[
    str | None,
    typer.Option(
        "--pipeline-version", metavar="X.Y", autocompletion=completion.versions,
        help="Which version of the pipeline. Default: the newest that vtok knows.",
    ),
]  # fmt: skip
Exif = Annotated[
    str,
    typer.Option(
        "--exif", metavar="auto|apply|ignore", autocompletion=completion.words("auto", "apply", "ignore"),
        help="Whether to turn an image as its EXIF orientation says. auto: as the pipeline's loader does.",
    ),
]  # fmt: skip
Detail = Annotated[
    str | None,
    typer.Option(
        "--detail", metavar="LEVEL", autocompletion=completion.words("low", "high", "original", "auto"),
        help="How closely a model behind an API looks: low, high, original or auto.",
    ),
]  # fmt: skip
MediaResolution = Annotated[
    str | None,
    typer.Option(
        "--media-resolution", metavar="LEVEL", autocompletion=completion.words("low", "medium", "high", "ultra_high"),
        help="The same of Gemini: low, medium, high or ultra_high.",
    ),
]  # fmt: skip
MediaKind = Annotated[
    str | None,
    typer.Option(
        "--as", metavar="image|video", autocompletion=completion.words("image", "video"),
        help="Take an animated image for a video, or for an image: its first frame.",
    ),
]  # fmt: skip
Fps = Annotated[
    float | None,
    typer.Option("--fps", metavar="N", help="Sample N frames per second of a video. Default: 2, or the model's own."),
]
Frames = Annotated[
    str | None, typer.Option("--frames", metavar="N|all", help="Sample N frames of a video, or take all of them.")
]
Duration = Annotated[
    float | None,
    typer.Option("--duration", metavar="S", help="Take a bare size for a video of this length in seconds."),
]
SourceFps = Annotated[
    float | None, typer.Option("--source-fps", metavar="N", help="Frame rate of that video. Default: 30.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


Dpi = Annotated[
    float,
    typer.Option("--dpi", metavar="N", help="Resolution at which pages of a PDF count, in dots per inch."),
]


class InputOptions(NamedTuple):
    """Where the inputs are."""

    inputs: Inputs = None
    files_from: FilesFrom = None
    null: Null = False
    hidden: Hidden = False
    exclude: Exclude = None
    dpi: Dpi = DPI

    def __bool__(self) -> bool:
        """Whether any input is named."""
        return bool(self.inputs or self.files_from or self.null)

    def gather(self, purpose: str = "count") -> "list[Input]":
        """All inputs, in their order; UsageError, which names the purpose, where there are none."""
        return list(self.stream(purpose=purpose))

    def stream(
        self,
        sizes: list[str] | None = None,
        *,
        quiet: bool = False,
        edge: "Edge | None" = None,
        purpose: str = "count",
    ) -> "Iterator[Input]":
        """All inputs, in their order, as folders and lists are read; `quiet` does not report what is skipped."""
        from vtok.cli._inputs import gather

        return gather(
            self.inputs or (), sizes=sizes or (), files_from=self.files_from, null=self.null,
            hidden=self.hidden, exclude=self.exclude or (), quiet=quiet, edge=edge, dpi=self.dpi,
            purpose=purpose,
        )  # fmt: skip

    @property
    def is_read_once(self) -> bool:
        """Whether the list of inputs cannot be read a second time."""
        return self.files_from is not None and not os.path.isfile(self.files_from)


class VideoOptions(NamedTuple):
    """What makes an input a video, and which of its frames are sampled."""

    kind: MediaKind = None
    fps: Fps = None
    frames: Frames = None
    duration: Duration = None
    source_fps: SourceFps = None

    def media_kind(self) -> "Kind | None":
        """`--as`; UsageError for anything but image and video."""
        from vtok.values import Kind

        if self.kind is not None and self.kind not in get_args(Kind):
            raise UsageError(f"--as {self.kind}: write image or video")
        return cast("Kind | None", self.kind)

    def numbers(self) -> dict[str, Any]:
        """The duration and frame rate that make a video of a bare size."""
        if self.duration is None and self.source_fps is not None:
            raise UsageError(
                "--source-fps describes the video that --duration makes of a bare size; give --duration, too"
            )
        for flag, value in {"--duration": self.duration, "--source-fps": self.source_fps}.items():
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"{flag} {value:g}: a number above 0 is needed")
        return {} if self.duration is None else {"duration": self.duration, "fps": self.source_fps or 30.0}

    def media(self, source: "Input") -> "Media":
        """The sizes of an input, under the name that the user gave it; VtokError where it cannot be read."""
        from dataclasses import replace

        return replace(source.media(self.media_kind(), self.numbers()), name=source.name)

    def options(self) -> dict[str, Any]:
        """`--fps` and `--frames` as options of a family; UsageError where they contradict each other."""
        if self.fps is not None and self.frames is not None:
            raise UsageError("--fps and --frames contradict each other; give one of the two")
        if self.fps is not None:
            if not 0 < self.fps < float("inf"):
                raise UsageError(f"--fps {self.fps:g}: a rate must be above 0")
            return {"sample_fps": self.fps}
        if self.frames is None:
            return {}
        if self.frames == "all":
            return {"sample": False}
        from vtok.cli._inputs import MOST_DIGITS

        digits = self.frames.isascii() and self.frames.isdigit() and len(self.frames) <= MOST_DIGITS
        if not digits or int(self.frames) < 1:
            raise UsageError(f"--frames {self.frames[:60]!r}: write a whole number from 1 up, or all")
        return {"sample_frames": int(self.frames)}


class PresetOptions(NamedTuple):
    """Numbers and options of the model, and the pipeline that prepares the input."""

    set_: Set = None
    pipeline: Pipeline = None
    version: Version = None
    exif: Exif = "auto"
    detail: Detail = None
    media_resolution: MediaResolution = None

    def options(self) -> dict[str, Any]:
        """What was set, by the names of a family's fields."""
        flags = {
            "pipeline": self.pipeline or None,
            "version": self.version,
            "exif": None if self.exif == "auto" else self.exif,
            "detail": self.detail,
            "media_resolution": self.media_resolution,
        }
        return parse_settings(self.set_) | {name: value for name, value in flags.items() if value is not None}
