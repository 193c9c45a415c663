"""SAM 3: the image stretched to 1,008 pixels, a feature for each patch of 14.

Rule     The image is stretched to 1,008 x 1,008 and cut into 72 x 72 patches. There is no class token.
Numbers  The configs that transformers' convert_sam3_to_hf.py (at 0d7e95d) writes for the checkpoint.
Paper    arXiv 2511.16719. Code: transformers 5.23, models/sam3; videos: models/sam3_video, frame by frame.

Which grid counts: the last hidden state of Sam3VisionModel. Its neck makes feature maps of it, of 256 channels:
288 x 288, 144 x 144 and 72 x 72. All but four of 32 layers attend within windows of 24 x 24 patches.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.parts.encoder import Encoder
from vtok.parts.family import family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.values import Layout, Media


@family
class Sam3(Encoder):
    """The numbers of a SAM 3 checkpoint's image encoder; `window_size` is in patches, as in config.json."""

    attention: ClassVar[str] = "its encoder attends within 24 x 24 patches, and in full in four layers"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "size": ("image:size", "config:vision_config.backbone_config.image_size"),
        "patch_size": ("config:vision_config.backbone_config.patch_size",),
        "window_size": ("config:vision_config.backbone_config.window_size",),
        "global_attn_indexes": ("config:vision_config.backbone_config.global_attn_indexes",),
    }

    patch_size: int = 14
    num_class_tokens: int = 0
    window_size: int = 24
    global_attn_indexes: tuple[int, ...] = (7, 15, 23, 31)

    def layout(self, media: Media) -> Layout:
        """As any encoder's, with its windows."""
        window = self.window_size * self.patch_size
        return replace(super().layout(media), window=window, full_layers=self.global_attn_indexes)


MODEL_TYPES = ("sam3_video", "sam3_tracker", "sam3_tracker_video", "sam3_lite_text")
CLASS_DEFAULTS: ClassDefaults = {
    "Sam3ImageProcessor": {"size": 1008, "keep_aspect": False},
    "Sam3VisionConfig": {"patch_size": 14, "window_size": 24, "global_attn_indexes": (7, 15, 23, 31)},
}
PRESETS = (
    Sam3(
        model="sam3",
        repo="facebook/sam3",
        size=1008,
        resample="bilinear",
        sources={"*": "config.json", **dict.fromkeys(("size", "resample"), IMAGE_CONFIG)},
        remarks=("Its neck makes feature maps of 288x288x256, 144x144x256 and 72x72x256 of the 72x72x1024 patches.",),
    ),
)
