"""Nemotron 3 Nano Omni: the image at its own size in 1,024 to 13,312 patches of 16, of which 2 x 2 make a token.

Rule     The image's own numbers of rows and columns of patches, fractions rounded up, are scaled into the limits, and
         both are rounded to even numbers, upwards as far as the limit allows. The image is stretched to them. Pixel
         shuffle merges 2 x 2 patches. A start and an end token enclose the tokens.
Numbers  preprocessor_config.json of the checkpoint: 1,024 to 13,312 patches of 16, downsample_ratio 0.5,
         max_model_len 16,384.
Paper    none read. Code: transformers 5.23, models/nemotron_h_omni.

Where they disagree, and what vtok follows:
- max_model_len holds the patches of one call, too: at the published value it never does. An engine that sets it to the
  context it serves may see larger or smaller images.
- A strip so thin that the limit leaves it no row is refused.
- Videos are not counted: their frames have a rule of their own, with text before every two of them.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.snapping import patch_budget
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys, cells
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.values import Layout, Media, Size, Step


@family
class NemotronHOmni(Family):
    """The numbers of a Nemotron 3 Nano Omni checkpoint; a max_num_patches of 0 is no limit."""

    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:patch_size", "config:patch_size"),
        "merge_size": ("image:downsample_ratio|inverse", "config:downsample_ratio|inverse"),
        "min_num_patches": ("image:min_num_patches", "config:vision_config.args.min_num_patches"),
        "max_num_patches": ("image:max_num_patches", "config:vision_config.args.max_num_patches"),
        "max_model_len": ("image:max_model_len",),
    }

    patch_size: int = 16
    merge_size: int = 2
    min_num_patches: int = 1024
    max_num_patches: int = limit(13_312)
    max_model_len: int = 16_384
    start: str = "<img>"
    end: str = "</img>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.patch_size, self.merge_size))
        spans = enclosed(merged_raster(view), start=self.start, end=self.end)
        return self.describe(media, original, steps=(*steps, resize), views=(view,), spans=spans)

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


MODEL_TYPES = ("NemotronH_Nano_Omni_Reasoning_V3", "NemotronH_Omni_Reasoning_V3")
CLASS_DEFAULTS: ClassDefaults = {
    "NemotronH_Omni_Reasoning_V3ImageProcessor": {
        "patch_size": 16,
        "merge_size": 2,
        "min_num_patches": 1024,
        "max_num_patches": 13_312,
        "max_model_len": 16_384,
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
