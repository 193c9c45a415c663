"""Ovis2.5: the image at its own size, snapped to multiples of 32 pixels; a token for each 32 x 32 pixels.

Rule     A side below 32 pixels is first enlarged to 32; else the longer side is cut to 200 times the shorter. Then both
         sides are rounded to multiples of 32, within min_pixels to max_pixels. Patches of 16 are merged 2 x 2. Two
         learned vectors stand around an image, and two others around a video, under ids of their own. Of a video, 8
         frames at equal distances are taken; each makes a temporal step of its own, under limits of its own.
Numbers  the defaults of the checkpoints' code as a converter of transformers (a pull request,
         models/ovis2_5/convert_ovis2_5_weights_to_hf.py) repeats them: from 448 x 448 pixels (196 tokens) to 1,792 x
         1,792 in the 9B model (3,136 tokens) and 1,344 x 1,792 in the 2B model (2,352 tokens). Videos as the
         repository's demo passes them: 448 x 448 to 896 x 896 pixels a frame.
Paper    arXiv 2508.11737. Code: AIDC-AI/Ovis 4de4946, ovis/model/modeling_ovis.py and, for videos,
         ovis/serve/infer_basic_demo.py.

Where they disagree, and what vtok follows:
- The repository's demos pass 1,792 x 1,792 pixels for a single image and 896 x 896 for several, its README 1,024 x
  1,024 as the least, and its own default is that of the 2B model. vtok follows the checkpoints.
- The marks have no ids in the original, which counts them below zero. Their names are those of the converter.
- The demo counts the frames of a video as its rate times its duration, fractions dropped. vtok takes the container's
  number. The web demo names no limits for videos, and takes fewer frames of a video that has fewer than 8.
- A thin image that is enlarged to 32 may be shrunk to no pixels under max_pixels. Upstream fails then.
"""

from typing import ClassVar

from vtok.geometry.frames import every_frame, repeating_frames
from vtok.geometry.snapping import smart_resize_lifted
from vtok.parts.family import family, limit
from vtok.parts.native import NativeGrid
from vtok.parts.resizing import pixel_limits
from vtok.parts.spans import enclosed
from vtok.parts.videos import SampledByNumber, number, wanted_frames
from vtok.values import Media, Raster, Sampling, Size, Span, Step


@family
class Ovis25(NativeGrid, SampledByNumber):
    """The numbers of an Ovis2.5 checkpoint."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("4de4946",)}
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("config:vit_config.patch_size",),
        "merge_size": ("config:vit_config.hidden_stride",),
    }

    patch_size: int = 16
    min_pixels: int = 448 * 448
    max_pixels: int = limit()
    video_min_pixels: int = 448 * 448
    video_max_pixels: int = limit(896 * 896, limits="video")
    start: str = "<ovis_image_start>"
    end: str = "<ovis_image_end>"
    video_start: str = "<ovis_video_start>"
    video_end: str = "<ovis_video_end>"

    sample_frames: int = number(8)

    def frames(self, media: Media) -> Sampling:
        """The frames that the demo takes; a rate takes so many at equal distances."""
        total = media.total_frames
        if not self.sample:
            return every_frame(total, fps=media.fps, multiple=1)
        n = wanted_frames(media, self.user_value("sample_frames"), self.sample_fps)
        return repeating_frames(total, fps=media.fps, n=self.sample_frames if n is None else n)

    def resize(self, size: Size, sampling: Sampling | None = None) -> tuple[Step, ...]:
        """Both sides to whole tokens, within the limits."""
        least, most = pixel_limits(self, video=sampling is not None)
        return (smart_resize_lifted(size, factor=self.factor, min_pixels=least, max_pixels=most),)

    def grid_spans(self, raster: Raster, *, video: bool, **_: object) -> tuple[Span, ...]:
        """The prompt's part for one image or video of this merged grid."""
        start, end = (self.video_start, self.video_end) if video else (self.start, self.end)
        return enclosed(raster, start=start, end=end)


CONVERTER = "transformers, convert_ovis2_5_weights_to_hf.py (pull request)"
DEMO = "ovis/serve/infer_basic_demo.py"
SOURCES = {
    "*": CONVERTER,
    "max_position_embeddings": CONVERTER,
    **dict.fromkeys(("video_min_pixels", "video_max_pixels"), DEMO),
}
MAX_PIXELS = {"9B": 1792 * 1792, "2B": 1344 * 1792}

PRESETS = tuple(
    Ovis25(
        model="ovis2.5",
        preset=f"ovis2.5-{size.lower()}",
        repo=f"AIDC-AI/Ovis2.5-{size}",
        max_pixels=most,
        max_position_embeddings=40_960,
        sources=SOURCES,
        remarks=("Each token is a mixture of a visual vocabulary; two entries of it stand around an image.",),
    )
    for size, most in MAX_PIXELS.items()
)
