"""Nemotron 3 Nano Omni: the image at its own size in 1,024 to 13,312 patches of 16, of which 2 x 2 make a token.

Rule     The image's own numbers of rows and columns of patches, fractions rounded up, are scaled into the limits, and
         both are rounded to even numbers, upwards as far as the limit allows. The image is stretched to them. Pixel
         shuffle merges 2 x 2 patches. A start and an end token enclose the tokens. Of a video, each frame is stretched
         to about 1,024 patches of its aspect ratio; two frames share their tokens, with a start and an end of their own
         and text before them that names both frames.
Numbers  preprocessor_config.json of the checkpoint: 1,024 to 13,312 patches of 16, downsample_ratio 0.5,
         max_model_len 16,384. Videos: class defaults of transformers.
Paper    none read. Code: transformers 5.23, models/nemotron_h_omni.

Where they disagree, and what vtok follows:
- max_model_len holds the patches of one call, too: at the published value it never does. An engine that sets it to the
  context it serves may see larger or smaller images.
- A strip so thin that the limit leaves it no row is refused.
- transformers takes every frame of a video unless a rate or a number is passed; vtok passes 2 a second.
- The text before two frames ("Frame 1 sampled at 0.00 seconds and frame 2 ...: ") is named, but not counted. It has no
  times where the rate is not known.
"""

from typing import ClassVar

from vtok.geometry.frames import floor_frames
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, raster_steps, whole_view
from vtok.geometry.snapping import near_patches, patch_budget
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed, plain
from vtok.parts.videos import SampledByRate, sampled
from vtok.values import Layout, Media, Raster, Sampling, Size, Span, Step


@family
class NemotronHOmni(SampledByRate):
    """The numbers of a Nemotron 3 Nano Omni checkpoint; a max_num_patches of 0 is no limit."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image", "video")
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:patch_size", "config:patch_size"),
        "merge_size": ("image:downsample_ratio|inverse", "config:downsample_ratio|inverse"),
        "min_num_patches": ("image:min_num_patches", "config:vision_config.args.min_num_patches"),
        "max_num_patches": ("image:max_num_patches", "config:vision_config.args.max_num_patches"),
        "max_model_len": ("image:max_model_len",),
        "video_target_num_patches": ("video:video_target_num_patches",),
        "video_maintain_aspect_ratio": ("video:video_maintain_aspect_ratio",),
        "temporal_patch_size": ("processor:video_temporal_patch_dim",),
    }

    patch_size: int = 16
    merge_size: int = 2
    min_num_patches: int = 1024
    max_num_patches: int = limit(13_312)
    max_model_len: int = 16_384
    video_target_num_patches: int = limit(1024, limits="video")
    video_maintain_aspect_ratio: bool = True
    temporal_patch_size: int = 2
    start: str = "<img>"
    end: str = "</img>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end; of a video, for each step."""
        original, steps = self.orient(media)
        pairs = self.temporal_patch_size if media.is_video else 1
        sampling = sampled(self, media, floor_frames, multiple=pairs) if media.is_video else None
        resize = self.resize_frame(original) if sampling else self.resize(original)
        patches = Patches(self.patch_size, self.merge_size, temporal_size=pairs)
        view = whole_view(original, resize.after, patches, sampling=sampling)
        raster = merged_raster(view, sampling)
        spans = self.steps_of(raster, sampling) if sampling else enclosed(raster, start=self.start, end=self.end)
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans, sampling=sampling)

    def steps_of(self, raster: Raster, sampling: Sampling) -> tuple[Span, ...]:
        """The prompt's part for a video: before each temporal step, a line that names its frames."""
        spans: list[Span] = []
        first = 0
        for step in raster_steps(raster):
            frames = sampling.indices[first : min(first + self.temporal_patch_size, sampling.num_sampled)]
            names = (frame_name(first + i, frame, sampling.fps) for i, frame in enumerate(frames))
            text = " and ".join(names)
            spans += (
                plain(("\n" if first else "") + f"F{text[1:]}: "),
                *enclosed(step, start=self.start, end=self.end),
            )
            first += self.temporal_patch_size
        return tuple(spans)

    def resize_frame(self, size: Size) -> Step:
        """The size of a frame."""
        return near_patches(
            size,
            patch_size=self.patch_size,
            merge_size=self.merge_size,
            target=self.video_target_num_patches,
            keep_aspect=self.video_maintain_aspect_ratio,
        )

    def resize(self, size: Size) -> Step:
        """The size of the image."""
        context = (self.max_model_len - 4) * self.merge_size**2
        most = max(context, self.min_num_patches * self.num_images)
        most = max(min(most, self.max_num_patches or most), self.min_num_patches)
        return patch_budget(
            size,
            patch_size=self.patch_size,
            merge_size=self.merge_size,
            min_patches=self.min_num_patches,
            max_patches=most,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The merged grid."""
        return cells(self.resize(sizes).after, self.patch_size * self.merge_size)


def frame_name(number: int, frame: int, fps: float | None) -> str:
    """What is written of a frame; its time is a multiple of the whole milliseconds from one frame to the next."""
    time = f" sampled at {frame * int(1000 / fps) / 1000:.2f} seconds" if fps else ""
    return f"frame {number + 1}{time}"


MODEL_TYPES = ("NemotronH_Nano_Omni_Reasoning_V3", "NemotronH_Omni_Reasoning_V3")
CLASS_DEFAULTS: ClassDefaults = {
    "NemotronH_Omni_Reasoning_V3ImageProcessor": {
        "patch_size": 16,
        "merge_size": 2,
        "min_num_patches": 1024,
        "max_num_patches": 13_312,
        "max_model_len": 16_384,
    },
    "NemotronH_Omni_Reasoning_V3VideoProcessor": {
        "video_target_num_patches": 1024,
        "video_maintain_aspect_ratio": True,
    },
    "NemotronH_Omni_Reasoning_V3_Config": {"merge_size": 2},
}
PRESETS = tuple(
    NemotronHOmni(
        model="nemotron-3-omni",
        preset=f"nemotron-3-nano-omni-30b-a3b{suffix}",
        repo=f"nvidia/Nemotron-3-Nano-Omni-30B-A3B-Reasoning-{precision}",
        sources={"*": IMAGE_CONFIG, **dict.fromkeys(("start", "end"), "config.json")},
    )
    for suffix, precision in (("", "BF16"),)
)
