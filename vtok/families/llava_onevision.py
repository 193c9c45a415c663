"""LLaVA-OneVision: the whole image at 384 pixels, and again on up to 6 x 6 tiles, held to the tokens of nine.

Rule     One image: of 36 canvases, those win on which most of its pixels survive, and of these the least wasteful one.
         The image is resized with its aspect ratio kept, padded with black, and cut into tiles of 384. Each view makes
         27 x 27 tokens. The map of the tiles loses its padding. If it has more than 1.21 times 9 x 729 tokens, it is
         interpolated to about 9 x 729. Each of its rows gets a learned newline.
         Several images: no tiles; each image is padded to a square and makes 729 tokens and a newline.
         Video: each frame is stretched, and its 27 x 27 tokens are interpolated to 14 x 14; one newline follows the
         last frame, in LLaVA-Video each row of each frame.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2408.03326. Code: LLaVA-VL/LLaVA-NeXT df17966, llava/mm_utils.py, llava/model/llava_arch.py and
         docs/LLaVA_OneVision_Tutorials.ipynb; transformers 5.23, models/llava_onevision.

Where they disagree, and what vtok follows:
- In transformers, images share a prompt only as a nested list ([[a, b]]); a flat list tiles each of them. vtok takes
  the nested list for a prompt of several images. With num_images 1, an image counts as in the flat list.
- The original truncates the unpadded side, so that 113.9999999 loses a row on either side. transformers rounds first.
- LLaVA-Video was trained with interpolation and 64 frames (scripts/video/train), its evaluation averages to 13 x 13.
  vtok follows the training. The text about the time of the frames is not counted.
- transformers takes every frame of a video unless told otherwise, so that a minute is far beyond the context. vtok
  takes 16, as the original's tutorial does: transformers at equal distances, the original with both ends.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.frames import every_frame, truncated_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, resampled
from vtok.parts.anyres import Anyres, Pairs, anyres_candidates, anyres_keys, anyres_layout
from vtok.parts.family import Placeholders, family, limit
from vtok.parts.keys import Keys
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import NEWLINE, vision
from vtok.parts.videos import SampledByNumber, each_frame, number, sampled_by_number
from vtok.parts.views import fixed_view, squared_view
from vtok.values import Candidate, Layout, Media, Sampling, Span, View

PINPOINTS = tuple((384 * rows, 384 * columns) for rows in range(1, 7) for columns in range(1, 7))


@family
class LlavaOnevision(Anyres, SampledByNumber):
    """The numbers of a LLaVA-OneVision checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("df17966",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"max_num_patches": ("config:vision_aspect_ratio|anyres",)}
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",), "video": ("<video>",)}

    size: int = 384
    max_num_patches: int = limit(9)
    spatial_pool_stride: int = 2
    mm_newline_position: str = "one_token"
    image_grid_pinpoints: Pairs = PINPOINTS

    sample_frames: int = number(16, "how many frames of a video are taken; in transformers no more than it has")

    def layout(self, media: Media) -> Layout:
        """One image: thumbnail and tiles. One of several: one view. Videos: a view and a span for each frame."""
        if not media.is_video and self.num_images < 2:
            return anyres_layout(self, media, max_num_patches=self.max_num_patches)
        original, steps = self.orient(media)
        done, view = (fixed_view if media.is_video else squared_view)(original, self.size, Patches(self.patch_size))
        views: tuple[View, ...] = (view,)
        spans: tuple[Span, ...] = (self.tokens(view, video=media.is_video),)
        sampling = self.frames(media) if media.is_video else None
        if sampling:
            views, spans = each_frame(views, spans, sampling)
        grid = sampling and self.mm_newline_position == "grid"
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=views,
            spans=spans if grid else (*spans, NEWLINE),
            content=view.content,
            tiles=(1, 1),
            sampling=sampling,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """As anyres; one of several images is one square."""
        return () if self.num_images > 1 else anyres_keys(self, sizes)

    def tokens(self, view: View, *, video: bool) -> Span:
        """All patches of an image, or the pooled patches of a frame."""
        raster = merged_raster(view)
        pooled = -(-raster.rows // self.spatial_pool_stride)
        if not video:
            return vision(raster, 0)
        row_end = NEWLINE if self.mm_newline_position == "grid" else None
        return vision(resampled(raster, pooled, pooled), 0, row_end=row_end)

    def frames(self, media: Media) -> Sampling:
        """The frames that the pipeline takes."""
        if self.pipeline_used == "transformers":
            return sampled_by_number(self, media, at_most_all=True)
        if self.sample_fps is not None:
            raise UsageError("the original takes a number of frames, not a rate; give sample_frames")
        if not self.sample:
            return every_frame(media.total_frames, fps=media.fps, multiple=1)
        return truncated_frames(media.total_frames, fps=media.fps, n=self.sample_frames)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases in image_grid_pinpoints; none for a video or for one image of several."""
        return () if media.is_video or self.num_images > 1 else anyres_candidates(self, media)


SOURCES = {
    "*": IMAGE_CONFIG,
    "max_num_patches": "vision_aspect_ratio anyres_max_9 in config.json",
    "resample": IMAGE_CONFIG,
    "max_position_embeddings": "transformers 5.23 Qwen2Config; config.json has none",
}

TRAINED = "scripts/video/train, SO400M_Qwen2_*_ov_to_video_am9.sh"
MODEL_TYPES = ("llava_qwen",)
CLASS_DEFAULTS: ClassDefaults = {
    "LlavaOnevisionImageProcessor": {"size": 384, "image_grid_pinpoints": PINPOINTS},
    "LlavaOnevisionConfig": {"image_grid_pinpoints": PINPOINTS, "max_num_patches": 9},
    "LlavaOnevisionVideoProcessor": {},
}
PRESETS = (
    *(
        LlavaOnevision(
            model="llava-onevision",
            preset=f"llava-onevision-{size}-ov",
            repo=f"llava-hf/llava-onevision-qwen2-{size}-ov-hf",
            aliases=(f"lmms-lab/llava-onevision-qwen2-{size}-ov",),
            max_position_embeddings=32_768,
            sources={**SOURCES, "patch_size": "config.json", "spatial_pool_stride": "architecture"},
            remarks=("SigLIP-so400m/14-384 without its last layer: 27 x 27 x 1152 a view, no class token.",),
        )
        for size in ("7b", "0.5b", "72b")
    ),
    LlavaOnevision(
        model="llava-onevision",
        preset="llava-onevision-7b-si",
        repo="llava-hf/llava-onevision-qwen2-7b-si-hf",
        aliases=("lmms-lab/llava-onevision-qwen2-7b-si",),
        max_position_embeddings=32_768,
        sources={**SOURCES, "patch_size": "config.json", "spatial_pool_stride": "architecture"},
    ),
    *(
        LlavaOnevision(
            model="llava-onevision",
            preset=f"llava-video-{size}",
            repo=f"lmms-lab/LLaVA-Video-{size.upper()}-Qwen2",
            pipeline="original",
            mm_newline_position="grid",
            sample_frames=frames,
            max_position_embeddings=32_768,
            sources={"*": TRAINED, "max_position_embeddings": "docs/LLaVA_Video_1003.md"},
        )
        for size, frames in (("7b", 64), ("72b", 32))
    ),
)
