"""Kimi-K2.5 and K2.6: the image at its own size, padded to 28 pixels; four frames of a video share the tokens of one.

Rule     The image is shrunk, its aspect ratio kept, to 16,384 patches of 14 pixels and to 512 patches along a side. It
         is padded at the right and bottom to multiples of 28. Patches enter row by row and are merged 2 x 2 behind the
         encoder. Of a video, 2 frames a second are taken at equal distances; each is held to 4,096 patches. Four of
         them make a chunk. Its tokens are the mean over its frames, and its time stands before it.
Numbers  preprocessor_config.json of the checkpoints. transformers' class defaults are the same.
Paper    arXiv 2602.02276. Code: transformers 5.23, models/kimi_k25/{image_processing,video_processing,processing}*.py.

Where they disagree, and what vtok follows:
- The limits hold before padding, and a side below 14 counts one patch. The grid may therefore exceed them.
- transformers refuses a video whose rate is below the rate asked for. The checkpoint's own code takes every frame of
  it, and rounds where transformers truncates. vtok follows transformers.
- The checkpoint's own code writes one token for each image and expands it in the model; transformers expands it in the
  prompt. The sequence is the same.
- The word "image" or "video" is taken for one token, a timestamp for seven. The latter is an estimate.
"""

from collections.abc import Iterator
from typing import ClassVar

from vtok.families.kimi_vl import media_spans
from vtok.geometry.frames import floor_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, raster_steps
from vtok.geometry.resize import fit_patches_and_sides
from vtok.geometry.snapping import as_it_is, pad_to_multiple
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalVideoResize, resizes
from vtok.parts.sources import CHAT_TEMPLATE, IMAGE_CONFIG, ClassDefaults
from vtok.parts.videos import ASSUMED_FPS, SampledByRate, sampled, timestamp
from vtok.parts.views import padded_view
from vtok.values import Layout, Media, Raster, Size, Span, Step

TIMESTAMP_TOKENS = 7
"""Tokens of 00:00:00.000: groups of digits, colons and a point."""


@family
class KimiK25(SampledByRate, OptionalVideoResize):
    """The numbers of a Kimi-K2.5 checkpoint."""

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
    placeholders: ClassVar[Placeholders] = {"image": ("<|media_pad|>",)}

    patch_size: int = 14
    merge_size: int = 2
    temporal_merge_size: int = 4
    in_patch_limit: int = limit(16384)
    in_patch_limit_each_frame: int = limit(4096, limits="video")
    patch_limit_on_one_side: int = 512
    start: str = "<|media_begin|>"
    content: str = "<|media_content|>"
    end: str = "<|media_end|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video, padded. Spans: an image, or each chunk, in its media tokens."""
        original, steps = self.orient(media)
        sampling = sampled(self, media, floor_frames, multiple=1) if media.is_video else None
        resize = self.resize(original, video=media.is_video)
        pad, view = padded_view(original, resize, Patches(self.patch_size, self.merge_size), sampling=sampling)
        raster = merged_raster(view, sampling, merge_time=self.temporal_merge_size)
        spans = tuple(self.chunks(raster, media.fps or ASSUMED_FPS)) if sampling else self.spans(raster, "image")
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=spans,
            content=view.content,
            sampling=sampling,
        )

    def resize(self, size: Size, *, video: bool) -> Step:
        """The size of the image, or of each frame of the video, without padding."""
        if not resizes(self, video=video):
            return as_it_is(size, factor=self.patch_size * self.merge_size)
        return fit_patches_and_sides(
            size,
            patch_size=self.patch_size,
            max_patches=self.in_patch_limit_each_frame if video else self.in_patch_limit,
            max_side_patches=self.patch_limit_on_one_side,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        factor = self.patch_size * self.merge_size
        return token_grid(pad_to_multiple(self.resize(sizes, video=False).after, factor).after, factor)

    def chunks(self, raster: Raster, fps: float) -> Iterator[Span]:
        """The prompt's part for a video: each chunk after the time of its first frame."""
        for chunk in raster_steps(raster):
            seconds = chunk.frames[0][0] / fps
            minutes = int(seconds) // 60
            clock = f"{minutes // 60 % 24:02d}:{minutes % 60:02d}:{int(seconds) % 60:02d}.{int(seconds % 1 * 1000):03d}"
            yield timestamp(clock, seconds, TIMESTAMP_TOKENS, estimated=True)
            yield from self.spans(chunk, "video")

    def spans(self, raster: Raster, kind: str) -> tuple[Span, ...]:
        """An image or a chunk in its media tokens."""
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
    IMAGE_CONFIG,
)

CLASS_DEFAULTS: ClassDefaults = {
    "Kimi_K25ImageProcessor": {
        "patch_size": 14,
        "merge_size": 2,
        "in_patch_limit": 16384,
        "patch_limit_on_one_side": 512,
    },
    "Kimi_K25VideoProcessor": {"in_patch_limit_each_frame": 4096, "temporal_merge_size": 4, "sample_fps": 2.0},
    "Kimi_K25Config": {"patch_size": 14, "merge_size": 2},
}
PRESETS = tuple(
    KimiK25(
        model="kimi-k2.5",
        preset=f"kimi-{name.lower()}",
        repo=f"moonshotai/Kimi-{name}",
        max_position_embeddings=262_144,
        chat_tokens=9,
        sources={**SOURCES, "chat_tokens": CHAT_TEMPLATE},
    )
    for name in ("K2.5", "K2.6")
)
