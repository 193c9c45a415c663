"""LLaVA-NeXT-Video: each frame at 336 pixels, its 24 x 24 tokens averaged two by two; images as in LLaVA-NeXT.

Rule     Video: the shorter side of each frame is resized to 336, and the middle is cut out. 2 x 2 tokens are averaged:
         144 tokens a frame, without newlines. Image: as LLaVA-NeXT.
Numbers  preprocessor_config.json, video_preprocessor_config.json and config.json of the checkpoints.
Paper    the blog of 2024-04-30 (llava-vl.github.io). Code: LLaVA-VL/LLaVA-NeXT df17966, playground/demo/video_demo.py;
         transformers 5.23, models/llava_next_video.

Where they disagree, and what vtok follows:
- transformers takes every frame of a video unless told otherwise. vtok takes the 32 of the original's example, at equal
  distances, and says so.
- The original's demo takes a frame a second, or 32 spread over the video if these are more. If you ask for a number,
  vtok spreads that number over the video, as the demo does with force_sample.
- transformers divides the tokens of a frame by 4. That equals 2 x 2 pooling only for an even grid; vtok pools.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.families.llava_next import PINPOINTS
from vtok.geometry.clocks import whole_second_frames
from vtok.geometry.frames import every_frame, needed_fps, truncated_frames
from vtok.geometry.places import Patches
from vtok.parts.anyres import Anyres, Pairs, anyres_candidates, anyres_keys, anyres_layout
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import CHAT_TEMPLATE, IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import view_tokens
from vtok.parts.videos import SampledByNumber, number, sampled_by_number
from vtok.parts.views import fixed_view, square_layout
from vtok.values import Candidate, Layout, Media, Sampling


@family
class LlavaNextVideo(Anyres, SampledByNumber):
    """The numbers of a LLaVA-NeXT-Video checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",), "original": ("df17966",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:crop_size|square",),
        "crop_size": ("video:crop_size|square",),
        "spatial_pool_stride": ("config:spatial_pool_stride",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",), "video": ("<video>",)}

    size: int = 336
    crop_size: int = 336
    spatial_pool_stride: int = 2
    image_grid_pinpoints: Pairs = PINPOINTS
    spatial_pool_mode: ClassVar[str] = "average"

    sample_frames: int = number(32, "how many frames of a video are taken; a shorter video gives all its frames")

    def layout(self, media: Media) -> Layout:
        """Images: thumbnail and tiles. Videos: a view and a span for each frame."""
        if not media.is_video:
            return anyres_layout(self, media)
        original, _ = self.orient(media)
        patches = Patches(self.patch_size, self.spatial_pool_stride)
        done, view = fixed_view(original, self.size, patches, crop_size=self.crop_size)
        return square_layout(self, media, done, view, (view_tokens(view, 0),), sampling=self.frames(media))

    count_keys = anyres_keys

    def frames(self, media: Media) -> Sampling:
        """The frames that the pipeline takes."""
        if self.pipeline_used == "transformers":
            return sampled_by_number(self, media, at_most_all=True)
        total = media.total_frames
        if self.sample_fps is not None:
            raise UsageError("the original takes a frame a second, or a number of frames; give sample_frames")
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        if self.user_value("sample_frames") is not None:
            return truncated_frames(total, fps=media.fps, n=self.sample_frames)
        return whole_second_frames(total, fps=needed_fps(media.fps), most=self.sample_frames)

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases in image_grid_pinpoints; none for a video."""
        return () if media.is_video else anyres_candidates(self, media)


SOURCES = {
    "*": IMAGE_CONFIG,
    "patch_size": "config.json",
    "spatial_pool_stride": "config.json",
    "resample": IMAGE_CONFIG,
}
REMARKS = ("CLIP ViT-L/14-336, second-last layer: 24 x 24 x 1024 a frame, pooled to 12 x 12 x 1024.",)
SCALED = "Its config stretches the 4,096 positions linearly, by 2.5 (rope_scaling)."

CLASS_DEFAULTS: ClassDefaults = {
    "LlavaNextImageProcessor": {"size": 224, "image_grid_pinpoints": PINPOINTS},
    "LlavaNextVideoConfig": {"image_grid_pinpoints": PINPOINTS, "spatial_pool_stride": 2},
    "LlavaNextVideoVideoProcessor": {"crop_size": 224},
}
PRESETS = tuple(
    LlavaNextVideo(
        model="llava-next-video",
        preset=f"llava-next-video-{name.lower()}",
        repo=f"llava-hf/LLaVA-NeXT-Video-{name}-hf",
        aliases=(f"lmms-lab/LLaVA-NeXT-Video-{name}",),
        chat_tokens=None if name == "34B" else 11,  # 34B has another language model
        sources={**SOURCES, "chat_tokens": CHAT_TEMPLATE},
        max_position_embeddings=context,
        remarks=(*REMARKS, *more),
    )
    for name, context, more in (("7B", 4096, (SCALED,)), ("7B-DPO", None, ()), ("34B", 4096, ()))
)
