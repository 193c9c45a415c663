"""What a family is: a frozen dataclass of numbers and options, of which a preset is an instance."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache, cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Self,
    TypeVar,
    cast,
    dataclass_transform,
    get_type_hints,
)

from vtok.errors import UnknownOptionError, UnsupportedSizeError, UsageError
from vtok.parts.settings import checked
from vtok.values import Candidate, Layout, Media, Raster, Size, Span, Step

if TYPE_CHECKING:
    from typing import Protocol

    from vtok.geometry.positions import Positions
    from vtok.geometry.windows import Grid, Windows

LIBRARY_DEFAULT = "library default"
"""The source of a number that no published config is known to set."""


def option(default: Any, text: str, *choices: str) -> Any:
    """A field that the user chooses, as against a number that a checkpoint publishes."""
    return field(default=default, metadata={"option": text, "choices": choices})


_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def family(cls: type[_T]) -> type[_T]:
    """A family is a frozen dataclass of keywords, without the methods that it would not use.

    Presets are compared by identity, and `Family` says their names: to generate `__eq__` and `__repr__` for each of
    some forty classes would only cost start-up.
    """
    return dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)


@family
class Family:
    """What all families share: how a preset is called, where its numbers are from, whose pipeline is meant.

    `model` is vtok's name, `preset` that of the checkpoint, `repo` where it is published. `sources` says for each field
    (or for all, under "*") where its number is from. `facts` are sentences for `vtok models`, `ignored` what a
    checkpoint's own configs say that has no effect here. `asked` names the fields that the user set, `published` is the
    preset before that. `loader_turns` names the pipelines whose loader applies the EXIF orientation. `attention` and
    `counting` say what models without windows, or without M-RoPE, do instead. `limits` names the numbers that hold down
    what an image costs, where they have other names than usual; `config_keys` says where numbers stand in a
    checkpoint's own configs (`_config_keys.COMMON_KEYS` has the form), where that is not the usual place, () where they
    do not say it; `left_out` has the numbers that config.json leaves out where they are transformers' defaults.
    `max_position_embeddings` is the context that the checkpoint publishes, `chat_tokens` what its chat template puts
    around a message (None: not known), `resample` the filter by which it resizes.
    """

    kinds: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    loader_turns: ClassVar[tuple[str, ...]] = ("transformers",)
    attention: ClassVar[str] = "every layer of its encoder attends in full, over all patches of a view"
    counting: ClassVar[str] = "its language model counts positions one by one (1D), visual tokens like text"
    limits: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {}
    left_out: ClassVar[dict[str, Any]] = {}

    model: str
    preset: str = ""
    repo: str = ""
    aliases: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    asked: frozenset[str] = frozenset()
    published: "Family | None" = None

    max_position_embeddings: int | None = None
    chat_tokens: int | None = None
    resample: str = "bicubic"

    pipeline: str = option("", "whose preprocessing is meant")
    version: str = option("", "of the pipeline; the newest recorded one by default")
    exif: str = option(
        "auto",
        "apply the stored orientation, ignore it, or do as the pipeline's loader does",
        "auto",
        "apply",
        "ignore",
    )
    num_images: int = option(1, "how many images share the prompt")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.names[0]}>"

    def layout(self, media: Media) -> Layout:
        """What this model makes of one image or video."""
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """All names that resolve to this preset."""
        return tuple(name for name in (self.preset or self.model, self.repo, *self.aliases) if name)

    def options(self) -> dict[str, str]:
        """What the user can choose beside the numbers: name and meaning."""
        return {f.name: f.metadata["option"] for f in fields(self) if "option" in f.metadata}

    def has_option(self, name: str) -> bool:
        """Whether `choose` knows a number or option of that name."""
        return any(f.name == name for f in fields(self)) and name not in _IDENTITY

    def numbers(self) -> dict[str, tuple[Any, str]]:
        """Every number of the preset, with where it is from."""
        own = [f.name for f in fields(self) if "option" not in f.metadata and f.name not in _IDENTITY]
        own.sort(key=_COMMON.__contains__)  # what every model has comes last
        return {name: (getattr(self, name), self.source(name)) for name in own}

    def source(self, name: str) -> str:
        """Where a number is from."""
        if name in self.asked:
            return "set by you"
        if name in _COMMON and getattr(self, name) is None:
            return "not known"  # whatever says it of the siblings
        return self.sources.get(name, _COMMON.get(name) or self.sources.get("*", LIBRARY_DEFAULT))

    def choose(self, **options: Any) -> Self:
        """The same preset with other numbers or options.

        Raises UnknownOptionError for a name that it does not have, UsageError for a value of another type or out of
        range.
        """
        if not options:
            return self
        for name in options:
            if not self.has_option(name):
                known = (f.name for f in fields(self) if f.name not in _IDENTITY)
                raise UnknownOptionError(f"{self.names[0]} has no option {name!r}; it has {', '.join(sorted(known))}")
        hints = _hints(type(self))  # type: ignore[arg-type]  # a class is hashable whatever its instances are
        values = {name: checked(name, value, hints[name]) for name, value in options.items()}
        chosen = replace(self, **values, asked=self.asked | set(values), published=self.as_published)
        chosen._check_choices()
        return chosen

    @property
    def as_published(self) -> Self:
        """The preset as its checkpoint has it, whatever the user set."""
        return cast("Self", self.published or self)

    def wish(self, name: str) -> Any:
        """What the user set a field to, or None: for limits whose default depends on the pipeline."""
        return getattr(self, name) if name in self.asked else None

    def _check_choices(self) -> None:
        if {"sample_fps", "sample_frames"} <= self.asked:
            raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
        for f in fields(self):
            choices = f.metadata.get("choices")
            if choices and getattr(self, f.name) not in choices:
                raise UsageError(f"{f.name} {getattr(self, f.name)!r} is not one of {', '.join(filter(None, choices))}")
        if self.pipeline and self.pipeline not in self.pipelines:
            raise UsageError(f"{self.names[0]} has no pipeline {self.pipeline!r}; it has {', '.join(self.pipelines)}")
        versions = self.pipelines[self.pipeline_used]
        if self.version and self.version not in versions:
            raise UsageError(f"no version {self.version!r} of {self.pipeline_used}; known are {', '.join(versions)}")

    @property
    def pipeline_used(self) -> str:
        """The pipeline that was asked for, or the model's default."""
        return self.pipeline or next(iter(self.pipelines))

    @property
    def version_used(self) -> str:
        """The version that was asked for, or the newest recorded one."""
        return self.version or self.pipelines[self.pipeline_used][-1]

    def turns(self, media: Media) -> bool:
        """Whether the stored orientation is applied."""
        if self.exif == "auto":
            return not media.is_video and self.pipeline_used in self.loader_turns
        return self.exif == "apply"

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """The size that the pipeline works on, and the step that says what became of the stored orientation.

        Raises UnsupportedSizeError for a kind of input that the model does not take.
        """
        if ("video" if media.is_video else "image") not in self.kinds:
            other = "images, not videos" if media.is_video else "videos, not images"
            raise UnsupportedSizeError(f"{self.model} takes {other}")
        if media.size.height < 1 or media.size.width < 1:
            raise UnsupportedSizeError(f"a size of {media.size} has no pixels; both sides must be at least 1")
        if media.orientation == 1:
            return media.size, ()
        turns = self.turns(media)
        if self.exif == "auto":
            why = f"the {self.pipeline_used} loader {'applies' if turns else 'ignores'} it"
        else:
            why = f"--exif {self.exif}"
        after = media.upright if turns else media.size
        done = "applied" if turns else "ignored"
        step = Step(
            name="orient", before=media.size, after=after, reason=f"orientation {media.orientation} {done}: {why}"
        )
        return after, (step,)

    @cached_property
    def defaults_note(self) -> tuple[str, ...]:
        """A note that names the numbers which no published config is known to set, if there are any."""
        unknown = (
            name for name, (value, source) in self.numbers().items() if source == LIBRARY_DEFAULT and _counts(value)
        )
        names = [name for name in unknown if name not in _COMMON]
        return (f"{LIBRARY_DEFAULT}, as no published value is known: {', '.join(names)}",) if names else ()

    def describe(self, media: Media, original: Size, *, steps: tuple[Step, ...], **parts: Any) -> Layout:
        """A Layout of these parts that names the model, its preset and its pipeline.

        Unless said otherwise, the last step leaves the resized image, which is its own canvas.
        """
        last = steps[-1].after
        notes = (*self.defaults_note, *parts.pop("notes", ()))
        return Layout(
            model=self.model,
            preset=self.repo or self.preset or self.model,
            pipeline=self.pipeline_used,
            version=self.version_used,
            media=media,
            original=original,
            turned=media.orientation != 1 and self.turns(media),
            steps=steps,
            notes=notes,
            **{"resized": last, "canvas": last, **parts},
        )


_COMMON = {"max_position_embeddings": "config.json", "chat_tokens": "chat template", "resample": LIBRARY_DEFAULT}
"""Numbers that every model has, with their usual source."""

_IDENTITY = frozenset({"model", "preset", "repo", "aliases", "sources", "facts", "ignored", "asked", "published"})


@cache
def _hints(family: type[Family]) -> dict[str, Any]:
    return get_type_hints(family)


def _counts(value: Any) -> bool:
    """Whether a field holds a number or numbers, not a word or nothing."""
    return isinstance(value, (int, float, tuple)) and value != ()


if TYPE_CHECKING:  # a protocol costs as much start-up as a dataclass

    class Tiled(Protocol):
        """A family that chooses a tiling among candidates."""

        def candidates(self, media: Media) -> tuple[Candidate, ...]:
            """Every tiling considered for this image, with its scores, in upstream's order; one of them is chosen."""

    class Windowed(Protocol):
        """A family whose encoder attends within windows in some layers."""

        def windows(self, grids: "Iterable[Grid]") -> "Windows":
            """The windows of images and videos with these grids, in patches."""

    class Rotary(Protocol):
        """A family whose language model rotates by time, row and column (M-RoPE); `mrope_section` says how."""

        kinds: ClassVar[tuple[str, ...]]

        @property
        def model(self) -> str:
            """Name of the model."""

        @property
        def merge_size(self) -> int:
            """Patches per token, along each side."""

        def choose(self, **options: Any) -> "Family":
            """The same preset with other numbers or options."""

        def grid_spans(
            self, raster: Raster, *, video: bool = False, texts: Sequence[int] | None = None
        ) -> tuple[Span, ...]:
            """The prompt's part for an image or video of which only the merged grid is known.

            `texts` are the lengths of the text at each temporal step of a video; models without such ignore them.
            """

        def positions(self, spans: Iterable[Span], version: str) -> "Positions":
            """The position ids of a prompt in that version of transformers."""
