"""LFM3-VL: the image at its own size in patches of 16; a video is a row of images, each with its time written out.

Rule     Images and videos are prepared as for Qwen3-VL: both sides are rounded to multiples of 32, patches are merged
         2 x 2, and two frames of a video make one temporal step with its mean time before it.
Numbers  Class defaults of transformers' image and video processors (Qwen2VLImageProcessor, Qwen3VLVideoProcessor), but
         for patches of 16 (Lfm3VlConfig): no published config of the checkpoint is known.
Paper    none yet. Code: transformers 5.23, models/lfm3_vl, models/qwen2_vl/image_processing_qwen2_vl.py and
         models/qwen3_vl/video_processing_qwen3_vl.py.

Where they disagree, and what vtok follows:
- The image processor's class default is patches of 14, its limits 3,136 and 1,003,520 pixels. The encoder takes patches
  of 16; vtok takes these, with the limits of the class.
- The processor writes a start and an end token around each step of a video, none around an image. A chat template may
  add some; none is known.
- The text of a time is named, but not counted: its tokenizer is not known.
"""

from typing import ClassVar

from vtok.families.qwen3_vl import PROCESSORS
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import Placeholders, family
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.together import LimitedTogether
from vtok.parts.videos import ASSUMED_FPS, STEPWISE, timed_steps, timestamp
from vtok.values import Layout, Media


@family
class Lfm3VL(LimitedTogether):
    """The numbers of an LFM3-VL checkpoint."""

    attention: ClassVar[str] = f"{STEPWISE}; in other layers a convolution mixes adjacent patches"
    placeholders: ClassVar[Placeholders] = {"image": ("<|image_pad|>",), "video": ("<|video_pad|>",)}

    patch_size: int = 16
    start: str = "<|vision_start|>"
    end: str = "<|vision_end|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: its tokens; of a video, each step after its time."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        resize = self.resize(original, sampling)
        view = whole_view(original, resize.after, self.patches, sampling=sampling)
        raster, spans = merged_raster(view, sampling), enclosed(merged_raster(view, sampling))
        if sampling:
            fps = media.fps or ASSUMED_FPS
            numbers = [f"{(frames[0] / fps + frames[-1] / fps) / 2:.1f}" for frames in raster.frames]
            times = [timestamp(f"<{number} seconds>", number, 0, estimated=False) for number in numbers]
            spans = tuple(timed_steps(raster, times, start=self.start, end=self.end))
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans, sampling=sampling)


CLASS_DEFAULTS: ClassDefaults = {
    **PROCESSORS,
    "Lfm3VlConfig": {"patch_size": 16, "merge_size": 2},
}
PRESETS = (
    Lfm3VL(
        model="lfm3-vl",
        preset="lfm3-vl-2b",
        repo="LiquidAI/LFM3-VL-2B",
        sources={"patch_size": "transformers 5.23 Lfm3VlConfig"},
        remarks=("If you set min_pixels or max_pixels, they hold for all frames of a video together.",),
    ),
)
