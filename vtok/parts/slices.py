"""MiniCPM-V's models: the whole image, its slices row by row, a number before them; videos with packed frames."""

from collections.abc import Sequence

from vtok.geometry.bounds import bounded
from vtok.geometry.clocks import packed_frames, packing_of, second_frames, second_middles
from vtok.geometry.frames import every_frame, needed_fps, needed_rate
from vtok.parts.family import family, limit, option
from vtok.parts.spans import plain, special
from vtok.parts.tiles import row_by_row
from vtok.parts.videos import SampledUpTo
from vtok.values import Media, Sampling, Span, View

NUMBER = (Span(kind="text", count=3, text="<image_id>0</image_id>"),)
"""What stands before an image or a video."""

SPREADS = 4.5
"""The version from which on a model without a 3D resampler spreads the frames of long videos."""


@family
class PackedVideos(SampledUpTo):
    """A family that takes the frames of a video as images, of which some may share the tokens of one.

    Frames are packed by a 3D resampler alone. `max_frames` are those after packing; `model_version` is the config's.
    """

    model_version: float = 2.6
    batch_3d_resampler: bool = False
    max_frames: int = 64
    max_packing: int = 1
    video_slice_nums: int = limit(2, limits="video")

    sample_fps: float = option(5.0, "packed: frames taken per second of a video")
    force_packing: int | None = option(None, "how many frames share the tokens of one, at most max_packing")

    def frames(self, media: Media) -> tuple[Sampling, int]:
        """The frames that are taken of a video, and how many of them share the tokens of one."""
        total = media.total_frames
        forced = min(self.force_packing or 1, self.max_packing)
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1), forced
        fps, most, rate = needed_fps(media.fps), self.sample_frames or self.max_frames, needed_rate(self.sample_fps)
        duration, packing = total / fps, self.max_packing
        if not self.batch_3d_resampler:
            rule = second_frames if self.model_version >= SPREADS else second_middles
            return rule(total, fps=fps, duration=duration, most=most), 1
        sampling = packed_frames(total, fps=fps, duration=duration, most=most, sample_fps=rate, packing=packing)
        needed = packing_of(duration, sample_fps=rate, most=most, packing=packing)
        return sampling, forced if self.force_packing else needed


def sliced_spans(tokens: Sequence[Span], tiles: tuple[int, int]) -> tuple[Span, ...]:
    """The tokens of the whole and of each slice, between start and end tokens; line breaks between rows of slices."""
    parts = [*special("<image>"), tokens[0], *special("</image>")]
    for i, row, column in row_by_row(tiles):
        parts += [*special("<slice>"), tokens[i + 1], *special("</slice>")]
        if column == tiles[0] - 1 and row < tiles[1] - 1:
            parts.append(plain("\n"))
    return tuple(parts)


def packed(
    views: Sequence[View], tiles: tuple[int, int], frames: Sequence[int] | None, *, packing: int, queries: int
) -> tuple[tuple[View, ...], tuple[Span, ...]]:
    """The views and spans of an image, or of a video from the views of one frame: `queries` tokens for each view.

    `packing` frames share them. A line break stands between the packs. Upstream: openbmb/MiniCPM-V-4_5 as copied in
    PcOffeeP/FineTune_MLLM 67778f2, processing_minicpmv.py, _convert_images_texts_to_inputs with skip_image_idx.
    """
    if frames is None:
        tokens = [Span(kind="query", count=queries, is_token=True, views=(i,)) for i in range(len(views))]
        return tuple(views), sliced_spans(tokens, tiles)
    bounded(len(frames) * len(views), "views")
    all_views: list[View] = []
    spans: list[Span] = []
    for start in range(0, len(frames), packing):
        pack, tokens = frames[start : start + packing], []
        for view in views:
            numbers = tuple(range(len(all_views), len(all_views) + len(pack)))
            all_views += [view._replace(frames=(frame,)) for frame in pack]
            tokens.append(Span(kind="query", count=queries, is_token=True, views=numbers))
        spans += (*((plain("\n"),) if start else ()), *sliced_spans(tokens, tiles))
    return tuple(all_views), tuple(spans)
