"""Kimi-K2.5 and K2.6: the image at its own size, padded to 28 pixels; four frames of a video share the tokens of one.

Rule     Shrink to 16,384 patches of 14, and to 512 along a side, with the aspect kept; pad right and bottom to
         multiples of 28; patches row by row, merge 2 x 2 behind the encoder. Of a video, 2 frames a second at equal
         distances, each held to 4,096 patches; four of them make a chunk, whose tokens are the mean over its frames and
         which follows its time.
Numbers  preprocessor_config.json of the checkpoints, which are transformers' class defaults, too.
Paper    arXiv 2602.02276. Code: transformers 5.23, models/kimi_k25/{image_processing,video_processing,processing}*.py.

Where they disagree, and what is followed here:
- The limits are held before padding, and a side below 14 counts one patch: the grid may exceed them.
- transformers refuses a video of a rate below that asked for; the checkpoint's own code takes every frame of it, and
  rounds where transformers truncates. transformers is followed.
- The checkpoint's own code writes one token for each image and expands it in the model; transformers expands it in
  the prompt. The sequence is the same.
- The word "image" or "video" is taken for one token, a timestamp for seven; the latter is an estimate.
"""

from collections.abc import Iterator
from typing import ClassVar

from vtok.families.kimi_vl import media_spans
from vtok.geometry.frames import every_frame, floor_frames
from vtok.geometry.places import Patches, merged_raster, raster_steps
from vtok.geometry.resize import fit_patches_and_sides
from vtok.parts.family import Family, family, option
from vtok.parts.sources import CONFIG
from vtok.parts.videos import ASSUMED_FPS
from vtok.parts.views import padded_view
from vtok.values import Layout, Media, Raster, Sampling, Span

STAMP_TOKENS = 7
"""Of 00:00:00.000: groups of digits, colons and a point."""


@family
class KimiK25(Family):
    """The numbers of a Kimi-K2.5 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    attention: ClassVar[str] = (
        "every layer of its encoder attends in full, over all patches of an image or of the four frames of a chunk"
    )
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:media_proc_cfg.patch_size", "image:patch_size", "config:vision_config.patch_size"),
        "merge_size": (
            "image:media_proc_cfg.merge_kernel_size",
            "image:merge_size",
            "config:vision_config.merge_kernel_size",
        ),
        "temporal_merge_size": ("image:media_proc_cfg.temporal_merge_kernel_size", "video:temporal_patch_size"),
        "in_patch_limit": ("image:media_proc_cfg.in_patch_limit", "image:max_patches"),
        "in_patch_limit_each_frame": ("image:media_proc_cfg.in_patch_limit_each_frame", "video:max_patches"),
        "patch_limit_on_one_side": ("image:media_proc_cfg.patch_limit_on_one_side", "image:size.max_height"),
        "sample_fps": ("image:media_proc_cfg.sample_fps", "video:fps"),
    }

    patch_size: int = 14
    merge_size: int = 2
    temporal_merge_size: int = 4
    in_patch_limit: int = 16384
    in_patch_limit_each_frame: int = 4096
    patch_limit_on_one_side: int = 512
    start: str = "<|media_begin|>"
    content: str = "<|media_content|>"
    end: str = "<|media_end|>"

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_fps: float = option(2.0, "frames taken per second of a video")
    sample_frames: int | None = option(None, "how many frames are taken, instead of a rate")

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video, padded. Spans: start, its kind, content, the merged grid, end."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = fit_patches_and_sides(
            original,
            patch_size=self.patch_size,
            max_patches=self.in_patch_limit_each_frame if sampling else self.in_patch_limit,
            max_side_patches=self.patch_limit_on_one_side,
        )
        pad, view = padded_view(original, resize, Patches(self.patch_size, self.merge_size), sampling=sampling)
        raster = merged_raster(view, sampling, merge_time=self.temporal_merge_size)
        spans = self.chunks(raster, media.fps or ASSUMED_FPS) if sampling else self.spans(raster, "image")
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=tuple(spans),
            content=view.content,
            sampling=sampling,
        )

    def frames(self, media: Media) -> Sampling:
        """The frames that transformers' rule for all models takes."""
        total = media.num_frames or 0
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        return floor_frames(
            total, fps=media.fps, sample_fps=self.sample_fps, sample_frames=self.sample_frames, multiple=1
        )

    def chunks(self, raster: Raster, fps: float) -> Iterator[Span]:
        """The prompt's part for a video: each chunk after the time of its first frame."""
        for chunk in raster_steps(raster):
            seconds = chunk.frames[0][0] / fps
            minutes = int(seconds) // 60
            clock = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:{int(seconds) % 60:02d}.{int(seconds % 1 * 1000):03d}"
            yield Span(kind="text", count=STAMP_TOKENS, text=clock, time=seconds, estimated=True)
            yield from self.spans(chunk, "video")

    def spans(self, raster: Raster, kind: str) -> tuple[Span, ...]:
        """An image or chunk in its media tokens."""
        return media_spans(raster, kind, start=self.start, content=self.content, end=self.end)


SOURCES = dict.fromkeys(
    (
        "patch_size",
        "merge_size",
        "temporal_merge_size",
        "in_patch_limit",
        "in_patch_limit_each_frame",
        "patch_limit_on_one_side",
    ),
    CONFIG,
)

PRESETS = tuple(
    KimiK25(
        model="kimi-k2.5",
        preset=f"kimi-{name.lower()}",
        repo=f"moonshotai/Kimi-{name}",
        max_position_embeddings=262_144,
        chat_tokens=9,
        sources={**SOURCES, "chat_tokens": "chat template, for one image"},
    )
    for name in ("K2.5", "K2.6")
)
