"""Perception LM: the whole image in one tile of 448 pixels, then as many tiles as it can fill, up to thirty-six.

Rule     Of the canvases of up to 36 tiles that hold the image, the one wins on which its short side would be longest,
         so that the image is nearly always enlarged. If no canvas holds the image, the nearest aspect ratio wins. The
         image is stretched over the canvas. Patches of 14 are pooled 2 x 2: 256 tokens a view. No token stands between
         views. Each frame of a video is stretched to one tile.
Numbers  preprocessor_config.json and processor_config.json of the checkpoints: tiles of 448, 36 of them, thumb+tile.
Paper    arXiv 2504.13180. Code: transformers 5.23,
         models/perception_lm/{image_processing,video_processing,processing}_perception_lm.py.

Where they disagree, and what vtok follows:
- The canvas is chosen as if the aspect ratio were kept, but the image is stretched.
- With do_resize false there are no tiles. The encoder takes 448 x 448 alone (timm's PatchEmbed, which is strict).
- transformers takes every frame of a video unless told otherwise. vtok takes 32, as the model card and the paper do, at
  equal distances; a shorter video gives all its frames.
- An image of one pixel gets 36 tiles: until no canvas holds the image, the tiles follow from its aspect ratio alone.
"""

from typing import ClassVar

from vtok.geometry.canvases import cut
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.resize import stretch
from vtok.geometry.scaling import largest_image
from vtok.geometry.tiling import chosen
from vtok.parts.family import family, limit, option
from vtok.parts.keys import Keys, by_exact_side, by_tiling
from vtok.parts.resizing import OptionalVideoResize, check_side
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import view_tokens
from vtok.parts.tiles import tiling_step
from vtok.parts.videos import SampledByNumber, each_frame, number, sampled_by_number
from vtok.parts.views import fixed_view
from vtok.values import Box, Candidate, Layout, Media, View


@family
class PerceptionLM(OptionalVideoResize, SampledByNumber):
    """The numbers of a Perception LM checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "pooling_ratio": ("processor:pooling_ratio", "config:projector_pooling_ratio"),
        "video_size": ("video:size|square",),
    }

    tile_size: int = 448
    max_num_tiles: int = limit(36)
    video_size: int = 448
    patch_size: int = 14
    pooling_ratio: int = 2

    vision_input_type: str = option(
        "thumb+tile", "the image and its tiles; vanilla: the image alone", "thumb+tile", "vanilla", limits="image"
    )

    sample_frames: int = number(32, "how many frames of a video are taken; a shorter video gives all its frames")

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the tiles; of a video, each frame. Spans: one for each view."""
        if media.is_video:
            return self.video(media)
        original, steps = self.orient(media)
        patches = Patches(self.patch_size, self.pooling_ratio)
        (resize,), whole = fixed_view(original, self.tile_size, patches, do_resize=self.do_resize)
        check_side(self, whole, self.tile_size)
        views: tuple[View, ...] = (whole._replace(kind="thumbnail"),)
        canvas, tiles = whole.size, (0, 0)
        if self.do_resize and self.vision_input_type == "thumb+tile":
            best = chosen(self.candidates(media))
            canvas, tiles, resize = best.canvas, best.tiles, stretch(original, best.canvas)
            steps += (tiling_step(original, best),)
            views += cut(original, canvas, tiles, patches)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=views,
            spans=tuple(view_tokens(view, i) for i, view in enumerate(views)),
            content=Box.of(canvas),
            tiles=tiles,
        )

    def video(self, media: Media) -> Layout:
        """The layout of a video."""
        original, steps = self.orient(media)
        patches, side = Patches(self.patch_size, self.pooling_ratio), self.video_size
        done, view = fixed_view(original, side, patches, do_resize=self.video_do_resize)
        check_side(self, view, side, video=True)
        sampling = sampled_by_number(self, media, at_most_all=True)
        views, spans = each_frame((view,), (view_tokens(view, 0),), sampling)
        steps, content = (*steps, *done), Box.of(view.size)
        return self.describe(
            media, original, steps=steps, views=views, spans=spans, content=content, tiles=(0, 0), sampling=sampling
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles; whether an image that is not resized is of the one size that the model takes."""
        if not self.do_resize or self.vision_input_type == "vanilla":
            return by_exact_side(sizes, self.tile_size, free=self.do_resize)
        return by_tiling(self, sizes)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of up to max_num_tiles tiles, grouped by aspect ratio."""
        original, _ = self.orient(media)
        return largest_image(original, tile=self.tile_size, max_num=self.max_num_tiles)


CLASS_DEFAULTS: ClassDefaults = {
    "PerceptionLMImageProcessor": {"tile_size": 448, "max_num_tiles": 36},
    "PerceptionLMVideoProcessor": {"video_size": 448},
    "PerceptionLMProcessor": {"pooling_ratio": 2},
    "PerceptionLMConfig": {"pooling_ratio": 1},
}
PRESETS = tuple(
    PerceptionLM(
        model="perception-lm",
        preset=f"perception-lm-{size.lower()}",
        repo=f"facebook/Perception-LM-{size}",
        chat_tokens=50,
        max_position_embeddings=11_520,
        sources={"*": IMAGE_CONFIG, **dict.fromkeys(("patch_size", "pooling_ratio"), "processor_config.json")}
        | {"video_size": "transformers 5.23 PerceptionLMVideoProcessor"},
        remarks=("32 x 32 patches of a view, average-pooled to 16 x 16.",),
    )
    for size in ("1B", "3B", "8B")
)
