"""What every model has in llama.cpp: its projector, its marks, and how videos are taken."""

from dataclasses import replace
from typing import Any, ClassVar, Self, cast

from vtok.engines.mtmd.prepared import Marks, Prepared
from vtok.engines.mtmd.video import in_time
from vtok.geometry.frames import every_frame, needed_fps
from vtok.geometry.loaders import filtered_frames
from vtok.geometry.places import Patches
from vtok.parts.family import Family, family, option
from vtok.values import Layout, Media, Sampling, Size, Span, View


@family
class Mtmd(Family):
    """What every model has in llama.cpp: the projector's name, its marks, and how videos are taken.

    `versions` are the recorded versions of llama.cpp, oldest first; `older` has the numbers that earlier ones had.
    """

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    loader_turns: ClassVar[tuple[str, ...]] = ()
    structure: ClassVar[frozenset[str]] = frozenset({"projector", "marks", "versions", "older", "form", "padded"})
    engine: ClassVar[str] = "llama.cpp"
    attention: ClassVar[str] = "how llama.cpp's encoder attends is not known here"

    projector: str
    patch_size: int
    merge_size: int = 1
    marks: Marks = Marks()
    versions: tuple[str, ...]
    older: tuple[tuple[str, dict[str, Any]], ...] = ()
    fused_frames: int = 1

    sample: bool = option(default=True, text="take frames of a video by the rate; false: every frame")
    sample_fps: float = option(4.0, "--video-fps: frames taken per second of a video")
    timestamp_interval_ms: int = option(
        5000, "--video-timestamp-interval: milliseconds between texts of the time; 0: none"
    )

    @property
    def pipelines(self) -> dict[str, tuple[str, ...]]:  # type: ignore[override]  # versions differ by model
        """The engine alone: other pipelines are those of the family."""
        return {self.engine: self.versions}

    def choose(self, **options: Any) -> Self:
        """As the family's; numbers that the user leaves alone are those of the version."""
        chosen, published = super().choose(**options), self.as_published
        by_version = dict(self.older).get(chosen.version_used, {})
        names = {name for _, numbers in self.older for name in numbers} - chosen.asked
        numbers = {name: by_version.get(name, getattr(published, name)) for name in names}
        code = dict.fromkeys(names & by_version.keys(), f"llama.cpp {chosen.version_used}, tools/mtmd/clip.cpp")
        return replace(cast("Any", chosen), **numbers, sources=published.sources | code) if names else chosen

    @property
    def patches(self) -> Patches:
        """How a view is cut."""
        return Patches(self.patch_size, self.merge_size)

    def layout(self, media: Media) -> Layout:
        """Views and spans of the image; of a video, those of each frame, or of each two that are fused."""
        original, steps = self.orient(media)
        made = self.prepared(original)
        sampling = self.frames(media) if media.is_video else None
        views, spans = self.in_time(made, sampling) if sampling else (made.views, made.spans)
        return self.describe(
            media,
            original,
            steps=steps + made.steps,
            views=views,
            spans=spans,
            content=made.content,
            tiles=made.tiles,
            canvas=made.canvas or made.steps[-1].after,
            sampling=sampling,
        )

    def prepared(self, original: Size) -> Prepared:
        """One image."""
        raise NotImplementedError

    def frames(self, media: Media) -> Sampling:
        """The frames that ffmpeg gives."""
        total, fps = media.total_frames, needed_fps(media.fps)
        if not self.sample:
            return every_frame(total, fps=fps, multiple=1)
        return filtered_frames(total, fps=fps, rate=self.sample_fps)

    def in_time(self, made: Prepared, sampling: Sampling) -> tuple[tuple[View, ...], tuple[Span, ...]]:
        """The views and spans of a video."""
        rate = self.sample_fps if self.sample else sampling.sample_fps or 1.0
        return in_time(
            made, sampling, rate=rate, fused_frames=self.fused_frames, interval_ms=self.timestamp_interval_ms
        )
