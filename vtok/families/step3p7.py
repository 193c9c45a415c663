"""Step-3.7-Flash: Step3's windows as transformers cuts them: the whole image at 728 pixels after windows at 504.

Rule     As Step3, with three differences. An image of just 728 pixels counts as small. A side is enlarged by a whole
         window if more than a fifth of one is left over, compared in pixels. A window larger than the shorter side is
         stretched, not padded.
Numbers  The checkpoint's own are not known. Those of the class of transformers: 728, 504, 3,024. The context is that of
         config.json in ai-dynamo/aiconfigurator at 095f58a.
Paper    none. Code: transformers 5.23, models/step3p7/{processing,image_processing}_step3p7.py.
"""

from typing import ClassVar

from vtok.families.step3_vl import Step3VL
from vtok.geometry.sliding import Sliding, snapped_windows
from vtok.parts.family import LIBRARY_DEFAULT, Placeholders, family
from vtok.parts.sources import ClassDefaults
from vtok.values import Size


@family
class Step3p7(Step3VL):
    """The numbers of a Step-3.7 checkpoint; `crop_size` is the patch_size of preprocessor_config.json."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"transformers": ("5.23",)}
    loader_turns: ClassVar[tuple[str, ...]] = ("transformers",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "image_size": ("image:size.height",),
        "crop_size": ("image:patch_size",),
        "patch_size": ("config:vision_config.patch_size",),
        "merge_size": ("image:downsampler_stride",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<im_patch>",)}

    def windows_of(self, size: Size) -> Sliding:
        """The windows of an image that is not too large."""
        return snapped_windows(size, whole=self.image_size, tile=self.crop_size)


CLASS_DEFAULTS: ClassDefaults = {
    "Step3p7ImageProcessor": {"image_size": 728, "crop_size": 504, "max_image_size": 3024, "merge_size": 4},
    "Step3p7Config": {"patch_size": 14},
}
PRESETS = (
    Step3p7(
        model="step-3.7-flash",
        repo="stepfun-ai/Step-3.7-Flash",
        max_position_embeddings=65_536,
        sources={"*": LIBRARY_DEFAULT, "max_position_embeddings": "config.json"},
    ),
)
