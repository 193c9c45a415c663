"""A family as an engine serves it: the family's own rule, under the engine's name, with the engine's own loader.

Where an engine calls the model's processor, nothing of the rule is repeated. A class is made of the family's and of the
parts in which the engine differs; its instances keep all numbers and options of the family, and get those of the parts.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from math import floor
from typing import Any, ClassVar, NamedTuple, Self, cast

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.frames import needed_fps
from vtok.parts.family import Family, family
from vtok.values import Layout, Media, Sampling, Size, Span, Step

FRAMES_AS_IMAGES = "images alone; give frames as images"
"""What to do where an engine takes no videos."""


class Serving(NamedTuple):
    """Who serves: the engine's name and version, and what its answer should say of it."""

    engine: str
    version: str
    note: str
    load: Callable[[Family, Media], Sampling] | None = None
    """The engine's own choice of a video's frames; None where the model's processor chooses."""
    no_videos: str = ""
    """Why the engine takes no videos of this model, and what to do; empty where it takes what the model does."""
    turns: bool | None = None
    """Whether the engine applies the stored orientation; None where it does as the family's pipeline."""


@family
class Served(Family):
    """A family under the name of an engine."""

    serving: ClassVar[Serving]

    @property
    def loader(self) -> str:
        """The engine opens images itself."""
        return self.serving.engine

    def choose(self, **options: Any) -> Self:
        """As the family's, but `version` is the engine's. Raises UsageError for one that is not recorded."""
        wanted = options.pop("version", "")
        if wanted not in ("", self.serving.version):
            raise UsageError(
                f"no version {wanted!r} of {self.serving.engine}; known for {self.model} is {self.serving.version}"
            )
        return super().choose(**options)

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """As the family's. Raises UnsupportedSizeError for a video where the engine takes images alone."""
        if media.is_video and self.serving.no_videos:
            raise UnsupportedSizeError(self.serving.no_videos)
        return super().orient(media)

    def layout(self, media: Media) -> Layout:
        """As the family's, of the frames that the engine loads."""
        serving = self.serving
        if media.is_video and serving.load:
            layout = self.of_frames(media, serving.load(self, media))
        else:
            layout = within(super().layout(media))
        return replace(
            layout,
            pipeline=serving.engine,
            version=serving.version,
            notes=(*filter(None, [self.note_on(layout)]), *layout.notes),
        )

    def note_on(self, layout: Layout) -> str:
        """What the answer should say of the engine; of a video also whether the engine loads it."""
        serving = self.serving
        loads = serving.load or any(step.name == "fetch" for step in layout.steps)
        more = ", after the engine's own loader" if serving.note and layout.media.is_video and loads else ""
        return serving.note + more

    def of_frames(self, media: Media, sampling: Sampling) -> Layout:
        """The layout of a video of which the engine hands over these frames alone."""
        fewer = replace(media, num_frames=len(sampling.indices), fps=sampling.sample_fps)
        every = cast("Self", replace(cast("Any", self), sample=False))
        layout = super(Served, every).layout(fewer)
        taken = layout.sampling.num_sampled if layout.sampling else 0
        layout = with_frames(layout, dict(enumerate(sampling.indices)), media=media)
        indices = layout.sampling.indices if layout.sampling else ()
        return replace(layout, sampling=sampling._replace(indices=indices, num_sampled=taken))


def wanted_frames(family: Family, media: Media, default: int, rate: float = 0) -> int:
    """How many frames the engine's loader takes: `default`, or what the user set; fewer at the user's rate, or `rate`.

    Upstream: vLLM 0.33, vllm/multimodal/video.py, compute_frames_index_to_sample; TensorRT-LLM 00a8667c,
    tensorrt_llm/inputs/media_io.py, _load_video_by_cv2.
    """
    total = media.total_frames
    if family.user_value("sample") is False:
        return total
    wanted: int = family.user_value("sample_frames") or default
    rate = family.user_value("sample_fps") or rate
    if rate:
        wanted = min(wanted, floor((media.duration or total / needed_fps(media.fps)) * rate))
    return max(1, wanted)


def processor_of(base: Family) -> str:
    """Whose processor prepares the preset, in words."""
    whose = "transformers" if base.pipeline_used == "transformers" else "the model's repository"
    return f"the processor of {whose}"


def with_frames(layout: Layout, frames: dict[int, int], **others: Any) -> Layout:
    """The same layout of other source frames: each is replaced by what `frames` has for it."""

    def at(numbers: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(frames[number] for number in numbers)

    def span_at(span: Span) -> Span:
        if not span.raster:
            return span
        return replace(span, raster=span.raster._replace(frames=tuple(map(at, span.raster.frames))))

    sampling = layout.sampling
    return replace(
        layout,
        views=tuple(view._replace(frames=at(view.frames)) for view in layout.views),
        spans=tuple(map(span_at, layout.spans)),
        sampling=sampling and sampling._replace(indices=at(sampling.indices)),
        **others,
    )


def within(layout: Layout) -> Layout:
    """The same layout, where a frame past the last one, as Qwen2's rule may name it, is the last one.

    Upstream: vLLM 0.33, vllm/multimodal/video.py, Qwen2VLVideoBackend.
    """
    last = (layout.media.num_frames or 1) - 1
    indices = layout.sampling.indices if layout.sampling else ()
    if max(indices, default=0) <= last:
        return layout
    return with_frames(layout, {index: min(index, last) for index in indices})


def served(base: Family, serving: Serving, *parts: type[Family], **numbers: Any) -> Family:
    """The preset as the engine serves it; `parts` come before the family's own class."""
    made = _class(type(base), serving, parts)  # type: ignore[arg-type]  # a class is hashable
    values = {f.name: getattr(base, f.name) for f in fields(base)} | numbers
    instance: Family = made(**values)
    return instance


@cache
def _class(base: type[Family], serving: Serving, parts: tuple[type[Family], ...]) -> type[Family]:
    members: dict[str, Any] = {"serving": serving, "__module__": base.__module__}
    if serving.turns is not None:
        members["loader_turns"] = tuple(base.pipelines) if serving.turns else ()
    if serving.no_videos:
        members["kinds"] = ("image",)
    return family(type(base.__name__, (Served, *parts, base), members))
