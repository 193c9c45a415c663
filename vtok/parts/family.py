"""What a family is: a frozen dataclass of numbers and options, of which a preset is an instance."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, field, fields, replace
from functools import cache, cached_property
from typing import Any, ClassVar, Literal, Self, TypeVar, cast, dataclass_transform, get_type_hints

from vtok.errors import UnknownOptionError, UnsupportedSizeError, UsageError, did_you_mean
from vtok.geometry.many import Sizes
from vtok.parts.settings import check_seen, check_together, checked
from vtok.parts.spans import uncounted
from vtok.values import Box, Layout, Media, Sampling, Size, Span, Step, View
from vtok.values.frozen import Frozen, frozen

PATHS = (".json", ".gguf")
"""What the names of a checkpoint's files end in."""

LIBRARY_DEFAULT = "library default"
"""The source of a number that no published config is known to set."""

FRAMES_AS_IMAGES = "give its frames as images"
"""What to do with a video that a model does not take, or not in a way that vtok knows."""

Placeholders = dict[str, tuple[str, ...]]
"""What a chat template writes for an image and for a video, and the token of its embeddings, if that is another."""

Limited = Literal["image", "video"]
"""What a limit holds down: the cost of an image, or that of a video alone."""


def option(default: Any, text: str, *choices: str, limits: Limited | None = None) -> Any:
    """A field that the user chooses and no checkpoint publishes: `text` says what it does, `choices` are its values.

    With `limits`, `budget` and `explain` search its values, as those of a `limit`.
    """
    return field(default=default, metadata={"option": text, "choices": choices, "limits": limits})


def limit(default: Any = MISSING, *, limits: Limited = "image") -> Any:
    """A number that holds down how many tokens an image (or a video alone) makes.

    `budget` and `explain` search its values. A family declares its finest limit first. Without a default every preset
    has to set it.
    """
    return field(default=default, metadata={"limits": limits})


_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False)
def family(cls: type[_T]) -> type[_T]:
    """Make a class a family, or a base of some: a frozen dataclass of numbers and options."""
    return frozen(cls)


@family
class Family(Frozen):
    """The base of all families. Its fields and class variables are what every model has.

    About the preset: `model` is vtok's name for the family, `preset` the name of the checkpoint, `repo` where the
    checkpoint is published. `sources` names the file of each number ("*" stands for all others). `remarks` are
    sentences for `vtok models`. `left_out` has a sentence for each number that the checkpoint's own configs leave out
    and that is, as a class default of transformers, another than the published one; before it stands the kind, image or
    video, whose counts depend on it (those of videos depend on both). `ignored` lists what these configs set without
    effect here. A `fine_tune` lends its numbers to folders of its own name alone. `asked` holds the names of the fields
    that the user set; `published` is the preset before the user set them.

    About the model: `kinds` are what vtok knows how it takes. `images_only` says that it takes no videos: transformers
    has no video processor for it, and neither has its own code. `loader_turns` names the pipelines whose loader applies
    the EXIF orientation. `attention` says how a model without windows attends, `counting` how a model without M-RoPE
    counts positions. `config_keys` says where a number stands in a checkpoint's configs, if not in the usual place (the
    keys of `checkpoints` have the form; an empty tuple means nowhere). `always_resizes` names the kinds (image, video)
    that upstream resizes whatever do_resize says, `must_do` steps that a config may turn off and vtok cannot leave out.
    `structure` names the fields that are no numbers and that nobody sets. `placeholders` are what chat templates write
    for images and videos; none where that is not known.
    `video_template` is the chat template that the processor takes for chats with videos instead of the checkpoint's.

    Numbers of every model: `max_position_embeddings` is the context length that the checkpoint publishes,
    `chat_tokens` how many tokens its chat template puts around a message, `resample` the filter of its resize. None
    means unknown.
    """

    kinds: ClassVar[tuple[str, ...]] = ("image",)
    images_only: ClassVar[bool] = False
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    loader_turns: ClassVar[tuple[str, ...]] = ("transformers",)
    attention: ClassVar[str] = "every layer of its encoder attends in full, over all patches of a view"
    counting: ClassVar[str] = "its language model counts positions one by one (1D), visual tokens like text"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {}
    always_resizes: ClassVar[tuple[str, ...]] = ()
    must_do: ClassVar[tuple[str, ...]] = ()
    structure: ClassVar[frozenset[str]] = frozenset()
    placeholders: ClassVar[Placeholders] = {}
    video_template: ClassVar[str] = ""

    model: str
    preset: str = ""
    repo: str = ""
    aliases: tuple[str, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    fine_tune: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    asked: frozenset[str] = frozenset()
    published: "Family | None" = None

    max_position_embeddings: int | None = None
    chat_tokens: int | None = None
    resample: str = "bicubic"

    pipeline: str = option("", "whose code prepares the input; the model's default if empty")
    version: str = option("", "the version of the pipeline; the newest recorded one if empty")
    exif: str = option(
        "auto", "apply or ignore the stored orientation; auto does as the pipeline's loader", "auto", "apply", "ignore"
    )
    num_images: int = option(1, "how many images share the prompt")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.names[0]}>"

    def layout(self, media: Media) -> Layout:
        """What this model makes of one image or video."""
        raise NotImplementedError

    @classmethod
    def implied(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """What the numbers of a checkpoint's configs say beside themselves; they come before it.

        Raises UsageError for numbers from which nothing follows that must.
        """
        del numbers
        return {}

    def in_company(self, layouts: Sequence[Layout]) -> Sequence[Layout]:
        """The layouts of the images and videos of one prompt, where one changes what is written for another."""
        return layouts

    def count_keys(self, sizes: Sizes) -> tuple[Any, ...]:
        """What decides the counts of many images: arrays of whole numbers, one number for each size.

        Images whose numbers are equal have equal tokens and prompt tokens, or are all refused. `vtok.count_sizes` asks
        `layout` once for each combination. A family returns what its rule makes of the sizes: the grid, the chosen
        tiling, nothing if all images become one square. Without that, only equal sizes count as equal.
        """
        return tuple(sizes)

    @property
    def names(self) -> tuple[str, ...]:
        """All names that resolve to this preset."""
        return tuple(name for name in (self.preset or self.model, self.repo, *self.aliases) if name)

    @property
    def label(self) -> str:
        """The name in tables: the model's; that of the folder or file where the preset was read from one."""
        is_path = "/" in self.preset or self.preset.startswith((".", "~")) or self.preset.lower().endswith(PATHS)
        return self.preset.rstrip("/") or self.preset if is_path else self.model

    def options(self) -> dict[str, str]:
        """The meaning of each option, by its name."""
        return dict(_options(type(self)))  # type: ignore[arg-type]

    def has_option(self, name: str) -> bool:
        """Whether the family has a number or option of that name."""
        return name in self.keywords()

    def keywords(self) -> tuple[str, ...]:
        """The names of all numbers and options, which `choose` takes."""
        return _keywords(type(self))  # type: ignore[arg-type]

    def numbers(self) -> dict[str, tuple[Any, str]]:
        """The value and the source of every number, by its name; the numbers that every model has come last."""
        options = self.options()
        names = [name for name in self.keywords() if name not in options]
        names.sort(key=_COMMON.__contains__)
        return {name: (getattr(self, name), self.source(name)) for name in names}

    def source(self, name: str) -> str:
        """The file or code that sets a number."""
        if name in self.asked:
            return "set by you"
        if name in _COMMON and getattr(self, name) is None:
            return "not known"  # `sources` may be shared with presets whose number is known
        return self.sources.get(name, _COMMON.get(name) or self.sources.get("*", LIBRARY_DEFAULT))

    def choose(self, **options: Any) -> Self:
        """The same preset with other numbers or options.

        Raises UnknownOptionError for a name that the family does not have, UsageError for a value of the wrong type or
        out of range.
        """
        if not options:
            return self
        for name in options:
            if not self.has_option(name):
                known = sorted(self.keywords())
                hint, listed = did_you_mean(name, known), f"it has {', '.join(known)}"
                listed = f"{hint} ({listed})" if hint else listed
                raise UnknownOptionError(f"{self.names[0]} has no option {name!r}; {listed}")
        hints = _hints(type(self))  # type: ignore[arg-type]  # a class is hashable whatever its instances are
        values = {name: checked(name, value, hints[name]) for name, value in options.items()}
        chosen = replace(self, **values, asked=self.asked | set(values), published=self.as_published)
        chosen._check_choices()
        check_together({name: (getattr(chosen, name), chosen.source(name)) for name in chosen.asked})
        return chosen

    @property
    def as_published(self) -> Self:
        """The preset before the user set anything."""
        return cast("Self", self.published or self)

    def user_value(self, name: str) -> Any:
        """The value that the user set a field to, or None. A pipeline with defaults of its own asks for it."""
        return getattr(self, name) if name in self.asked else None

    def _check_choices(self) -> None:
        if {"sample_fps", "sample_frames"} <= self.asked:
            raise UsageError("sample_fps and sample_frames exclude each other; give one of the two")
        for f in _with_choices(type(self)):  # type: ignore[arg-type]
            choices = f.metadata["choices"]
            if getattr(self, f.name) not in choices:
                raise UsageError(f"{f.name} {getattr(self, f.name)!r} is not one of {', '.join(filter(None, choices))}")
        if self.pipeline and self.pipeline not in self.pipelines:
            raise UsageError(f"{self.names[0]} has no pipeline {self.pipeline!r}; it has {', '.join(self.pipelines)}")
        versions = self.pipelines[self.pipeline_used]
        if self.version and self.version not in versions:
            raise UsageError(f"no version {self.version!r} of {self.pipeline_used}; known are {', '.join(versions)}")

    @property
    def pipeline_used(self) -> str:
        """The pipeline that the user chose, or the model's default."""
        return self.pipeline or next(iter(self.pipelines))

    @property
    def loader(self) -> str:
        """Who opens an image, and applies or ignores its stored orientation."""
        return self.pipeline_used

    @property
    def version_used(self) -> str:
        """The version that the user chose, or the newest recorded one."""
        return self.version or self.pipelines[self.pipeline_used][-1]

    def turns(self, media: Media) -> bool:
        """Whether the stored orientation is applied."""
        if self.exif == "auto":
            return not media.is_video and self.pipeline_used in self.loader_turns
        return self.exif == "apply"

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """The size that the pipeline works on, and the step that applies or ignores the stored orientation, if any.

        Raises UnsupportedSizeError for an image or a video that the model does not take.
        """
        if media.is_video and "video" not in self.kinds:
            raise UnsupportedSizeError(self.no_videos)
        if not media.is_video and "image" not in self.kinds:
            raise UnsupportedSizeError(f"{self.model} takes videos, not images; give a video")
        if isinstance(media.size, Sizes):
            return media.size, ()
        if media.size.height < 1 or media.size.width < 1:
            raise UnsupportedSizeError(f"a size of {media.size} has no pixels; both sides must be at least 1")
        if media.orientation == 1:
            return media.size, ()
        turns = self.turns(media)
        after = media.upright if turns else media.size
        done = "applied" if turns else "ignored"
        who = f"by the {self.loader} loader" if self.exif == "auto" else f"by exif={self.exif}"
        reason = f"{media.orientation_in_words}, {done} {who}"
        return after, (Step(name="orient", before=media.size, after=after, reason=reason),)

    @property
    def no_videos(self) -> str:
        """Why a video of this model is refused, and what to do."""
        if self.images_only:
            return f"{self.model} takes images, not videos; {FRAMES_AS_IMAGES}"
        return f"vtok does not know how {self.model} samples videos; {FRAMES_AS_IMAGES}"

    @cached_property
    def defaults_note(self) -> tuple[str, ...]:
        """A note that names the numbers whose published value is not known, if there are any."""
        names = [
            name
            for name, (value, source) in self.numbers().items()
            if source == LIBRARY_DEFAULT and name not in _COMMON and _is_number(value)
        ]
        return (f"{LIBRARY_DEFAULT}, since no published value is known: {', '.join(names)}",) if names else ()

    def describe(
        self,
        media: Media,
        original: Size,
        *,
        steps: tuple[Step, ...],
        views: tuple[View, ...],
        spans: tuple[Span, ...],
        resized: Size | None = None,
        canvas: Size | None = None,
        content: Box | None = None,
        tiles: tuple[int, int] | None = None,
        sampling: Sampling | None = None,
        window: int | None = None,
        full_layers: tuple[int, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Layout:
        """A Layout of these parts that names the model, its preset and its pipeline.

        `resized` and `canvas` are the size after the last step unless they are given. What the file and plain text in
        the spans give reason to note is added to `notes`.
        """
        last = steps[-1].after
        left_out = (text for kind, text in self.left_out if media.is_video or kind == "image")
        layout = Layout(
            model=self.model,
            preset=self.repo or self.preset or self.model,
            pipeline=self.pipeline_used,
            version=self.version_used,
            media=media,
            original=original,
            turned=media.orientation != 1 and self.turns(media),
            steps=steps,
            views=views,
            spans=spans,
            resized=resized or last,
            canvas=canvas or last,
            content=content,
            tiles=tiles,
            sampling=sampling,
            window=window,
            full_layers=full_layers,
            notes=(*media.notes, *left_out, *self.defaults_note, *uncounted(spans), *notes),
        )
        check_seen(layout)
        return layout


_COMMON = {"max_position_embeddings": "config.json", "chat_tokens": "chat template", "resample": LIBRARY_DEFAULT}
"""Numbers that every model has, with their usual source."""

_IDENTITY = frozenset(
    {
        "model",
        "preset",
        "repo",
        "aliases",
        "sources",
        "remarks",
        "ignored",
        "fine_tune",
        "left_out",
        "asked",
        "published",
    }
)


@cache
def _fields(kind: type[Family]) -> tuple[Field[Any], ...]:
    """The fields of a family: searches make ten thousands of presets, and ask each for them."""
    return fields(kind)


@cache
def _keywords(kind: type[Family]) -> tuple[str, ...]:
    return tuple(f.name for f in _fields(kind) if f.name not in _IDENTITY and f.name not in kind.structure)  # type: ignore[arg-type]


@cache
def _options(kind: type[Family]) -> dict[str, str]:
    return {f.name: f.metadata["option"] for f in _fields(kind) if "option" in f.metadata}  # type: ignore[arg-type]


@cache
def _with_choices(kind: type[Family]) -> tuple[Field[Any], ...]:
    """The fields that take only some values."""
    return tuple(f for f in _fields(kind) if f.metadata.get("choices"))  # type: ignore[arg-type]


@cache
def _hints(family: type[Family]) -> dict[str, Any]:
    return get_type_hints(family)


def _is_number(value: Any) -> bool:
    """Whether a field holds a number or some numbers, not a word or nothing."""
    return isinstance(value, (int, float, tuple)) and value != ()
