"""Models behind an API: each count says what it rests on, since nobody outside can run the provider's code."""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Any, ClassVar

from vtok.geometry.frames import needed_fps
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import stretch
from vtok.parts.family import Family, family
from vtok.parts.videos import timestamp
from vtok.values import Basis, Layout, Media, OtherCount, Sampling, Size, Span, Step

AS_OF = "2026-11"
"""When the pages and bills were last looked at. Providers change their rules without notice."""


CONTEXT = {"max_position_embeddings": "as generally stated; the provider's page was not read"}
"""The source of a context length."""


@family
class Hosted(Family):
    """The base of models behind an API. `basis` says where the rule is from."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"api": (AS_OF,)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    structure: ClassVar[frozenset[str]] = frozenset({"basis"})
    attention: ClassVar[str] = "its provider does not publish how its encoder attends"
    counting: ClassVar[str] = "its provider does not publish how it counts positions"

    basis: Basis

    @property
    def label(self) -> str:
        """The name of the API's model: one rule serves many of them."""
        return self.names[0]

    @property
    def no_videos(self) -> str:
        """Why a video is refused, by the name of the API's model."""
        return super().no_videos.replace(self.model, self.names[0])

    def source(self, name: str) -> str:
        """The page of a number, where no other one is named."""
        listed = name in self.asked or name in self.sources or super().source(name) == "not known"
        return super().source(name) if listed or name == "resample" else self.basis.source

    def answer(self, media: Media, original: Size, *, basis: Basis | None = None, **parts: Any) -> Layout:
        """As `describe`, with the basis of this count, by default the model's; an estimate marks its tokens so."""
        basis = basis or self.basis
        notes: tuple[str, ...] = ()
        if media.orientation != 1 and self.exif == "auto":
            notes = (f"{self.names[0]}: it is not published whether the stored orientation is applied",)
        if basis.status == "estimated":
            parts["spans"] = tuple(replace(span, estimated=True) for span in parts["spans"])
        return replace(self.describe(media, original, notes=notes, **parts), basis=basis)

    def other(self, basis: Basis, prompt_tokens: int) -> OtherCount:
        """A count by another account of this API."""
        return OtherCount(basis.status, prompt_tokens, basis.date, basis.source)


def one_view(family: Hosted, media: Media, step: Step, tokens: int, *, basis: Basis | None = None) -> Layout:
    """The layout of an image that is one view after this step, whose tokens have no known place."""
    original, steps = family.orient(media)
    view = whole_view(original, step.after, Patches(min(step.after)))._replace(grid=(1, 1, 1))
    spans = unplaced(tokens, 0)
    return family.answer(media, original, basis=basis, steps=(*steps, step), views=(view,), spans=spans)


def of_frames(
    family: Hosted,
    media: Media,
    sampling: Sampling,
    side: int,
    tokens: int,
    *,
    basis: Basis | None = None,
    sound_rate: int = 0,
    timed: bool = False,
) -> Layout:
    """The layout of a video whose sampled frames are squares of `side` pixels, of so many tokens each.

    With `timed`, its time ("00:01") stands before each frame, a token for each character. `sound_rate` are the tokens
    of a second of its sound; the last part of a second counts as one.
    """
    original, steps = family.orient(media)
    step = stretch(original, Size(side, side))
    view = whole_view(original, step.after, Patches(side))._replace(kind="frame")
    views = tuple(view._replace(frames=(frame,)) for frame in sampling.indices)
    spans = list(_timed(sampling, tokens) if timed else _untimed(len(views), tokens))
    if sound_rate:
        seconds = media.duration or media.total_frames / needed_fps(media.fps)
        spans.append(Span(kind="audio", count=ceil(seconds) * sound_rate))
    return family.answer(
        media, original, basis=basis, steps=(*steps, step), views=views, spans=tuple(spans), sampling=sampling
    )


def _untimed(frames: int, tokens: int) -> Iterator[Span]:
    for i in range(frames):
        yield from unplaced(tokens, i)


def _timed(sampling: Sampling, tokens: int) -> Iterator[Span]:
    for i, frame in enumerate(sampling.indices):
        second = int(frame / needed_fps(sampling.fps))
        text = f"{second // 60:02d}:{second % 60:02d}"
        yield timestamp(text, second, len(text), estimated=True)
        yield from unplaced(tokens, i)


def unplaced(count: int, *views: int, text: str = "") -> tuple[Span, ...]:
    """Tokens of these views that have no known place in the image; none if `count` is 0."""
    return (Span(kind="unplaced", count=count, is_token=True, views=views, text=text),) if count else ()
