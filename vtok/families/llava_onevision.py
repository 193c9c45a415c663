"""LLaVA-OneVision: the whole image at 384 pixels, and again on up to 6 x 6 tiles, held to the tokens of nine.

Rule     One image: of 36 canvases take the one on which most of its pixels survive, then the one that wastes least;
         resize with the aspect kept, pad with black, cut into tiles of 384. Each view makes 27 x 27 tokens; the tiles'
         map loses its padding, is interpolated to about 9 x 729 tokens where it has over 1.21 times as many, and gets a
         learned newline after each row. Several images: no tiles, each padded to a square, 729 tokens and a newline.
         Videos: each frame stretched, 27 x 27 tokens interpolated to 14 x 14; one newline after the last frame.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2408.03326. Code: LLaVA-VL/LLaVA-NeXT df17966, llava/mm_utils.py, llava/model/llava_arch.py and
         docs/LLaVA_OneVision_Tutorials.ipynb; transformers 5.23, models/llava_onevision.

Where they disagree, and what is followed here:
- In transformers images share a prompt only as a nested list ([[a, b]]); a flat list tiles each of them. vtok takes
  the nested one for a prompt of several; num_images 1 counts an image as the flat list does.
- The original truncates the unpadded side, where 113.9999999 loses a row on either side; transformers rounds first.
- transformers takes every frame of a video unless told otherwise, and so a video of a minute is far beyond the context;
  vtok takes 16 as the original's tutorial: in transformers at equal distances, in the original ends included.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.frames import every_frame, truncated_frames
from vtok.geometry.places import Patches, merged_raster, resampled
from vtok.parts.anyres import Pairs, anyres, anyres_candidates
from vtok.parts.family import Family, family, option
from vtok.parts.sources import CONFIG
from vtok.parts.spans import NEWLINE, vision
from vtok.parts.videos import each_frame, sampled
from vtok.parts.views import fixed_view, squared_view
from vtok.values import Candidate, Layout, Media, Sampling, Size, Span, Step, View


@family
class LlavaOnevision(Family):
    """The numbers of a LLaVA-OneVision checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("df17966",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"max_num_patches": ("config:vision_aspect_ratio|anyres",)}

    size: int = 384
    patch_size: int = 14
    max_num_patches: int = 9
    spatial_pool_stride: int = 2
    image_grid_pinpoints: Pairs = tuple((384 * rows, 384 * columns) for rows in range(1, 7) for columns in range(1, 7))

    sample: bool = option(default=True, text="take some frames of a video; false: every frame")
    sample_frames: int = option(16, "how many frames are taken of a video; in transformers no more than it has")
    sample_fps: float | None = option(None, "transformers: frames taken per second of a video, instead of a number")

    def layout(self, media: Media) -> Layout:
        """One image: thumbnail and tiles. One of several: one view. Videos: a view and a span for each frame."""
        original, steps = self.orient(media)
        if not media.is_video and self.num_images < 2:
            parts = anyres(self, original, max_num_patches=self.max_num_patches)
            return self.describe(media, original, **{**parts, "steps": steps + parts["steps"]})
        sampling = self.frames(media) if media.is_video else None
        done, view = self.view(original, video=media.is_video)
        views: tuple[View, ...] = (view,)
        spans: tuple[Span, ...] = (self.tokens(view, video=media.is_video),)
        if sampling:
            views, spans = each_frame(views, spans, sampling)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=views,
            spans=(*spans, NEWLINE),
            content=view.content,
            tiles=(1, 1),
            sampling=sampling,
        )

    def view(self, original: Size, *, video: bool) -> tuple[tuple[Step, ...], View]:
        """The view of a frame, or of one image among several."""
        rule = fixed_view if video else squared_view
        return rule(original, self.size, Patches(self.patch_size))

    def tokens(self, view: View, *, video: bool) -> Span:
        """All patches of an image, or the pooled ones of a frame."""
        raster = merged_raster(view)
        pooled = -(-raster.rows // self.spatial_pool_stride)
        return vision(resampled(raster, pooled, pooled) if video else raster, 0)

    def frames(self, media: Media) -> Sampling:
        """The frames that the pipeline takes."""
        if self.pipeline_used == "transformers":
            return sampled(self, media)
        if self.sample_fps is not None:
            raise UsageError("the original takes a number of frames, not a rate; give sample_frames")
        if not self.sample:
            return every_frame(media.num_frames or 0, fps=media.fps, multiple=1)
        return truncated_frames(media.num_frames or 0, fps=media.fps, n=self.sample_frames)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases in image_grid_pinpoints; none for a video or for one image of several."""
        if media.is_video or self.num_images > 1:
            return ()
        return anyres_candidates(self, self.orient(media)[0])


SOURCES = {
    "*": CONFIG,
    "max_num_patches": "vision_aspect_ratio anyres_max_9 in config.json",
    "resample": CONFIG,
    "max_position_embeddings": "transformers 5.23 Qwen2Config; config.json has none",
}

MODEL_TYPES = ("llava_qwen",)
PRESETS = tuple(
    LlavaOnevision(
        model="llava-onevision",
        preset=f"llava-onevision-{size}-ov",
        repo=f"llava-hf/llava-onevision-qwen2-{size}-ov-hf",
        aliases=(f"lmms-lab/llava-onevision-qwen2-{size}-ov",),
        max_position_embeddings=32_768,
        sources={**SOURCES, "patch_size": "config.json", "spatial_pool_stride": "architecture"},
        facts=("SigLIP-so400m/14-384 without its last layer: 27 x 27 x 1152 a view, no class token.",),
    )
    for size in ("7b", "0.5b", "72b")
)
