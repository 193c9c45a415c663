"""SAM 2: the image stretched to 1,024 pixels, a feature for every 32 x 32 pixels from the last stage of Hiera.

Rule     The image is stretched to 1,024 x 1,024. Convolutions make a patch of every 4 pixels, and three stages pool the
         grid by 2 x 2: 256, 128, 64 and 32 to a side. There is no class token.
Numbers  The configs that transformers writes for the checkpoints: the class defaults of Sam2ImageProcessor and
         Sam2HieraDetConfig.
Paper    arXiv 2408.00714. Code: transformers 5.23, models/sam2; videos: models/sam2_video, frame by frame.

Which grid counts: the last hidden state of Sam2VisionModel, 32 x 32. Its neck makes three feature maps of the stages
before, of 256 channels: 256 x 256, 128 x 128 and 64 x 64. The mask decoder reads the last of them.
"""

from typing import ClassVar

from vtok.parts.encoder import Encoder
from vtok.parts.family import family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults


@family
class Sam2(Encoder):
    """The numbers of a SAM 2 checkpoint's image encoder; `patch_size` is the stride of its patches, which overlap."""

    images_only: ClassVar[bool] = False  # transformers has a processor of its videos
    attention: ClassVar[str] = "its stages attend within windows of 8, 4, 14 and 7 states, and in full in three layers"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "size": ("image:size", "config:vision_config.backbone_config.image_size"),
        "patch_size": ("config:vision_config.backbone_config.patch_stride",),
    }

    patch_size: int = 4
    merge_size: int = 8
    num_class_tokens: int = 0


MODEL_TYPES = ("sam2_video",)
CLASS_DEFAULTS: ClassDefaults = {
    "Sam2ImageProcessor": {"size": 1024, "keep_aspect": False},
    "Sam2VisionConfig": {},
}
PRESETS = tuple(
    Sam2(
        model="sam2",
        preset=f"{release}-hiera-{size}",
        repo=f"facebook/{release}-hiera-{size}",
        aliases=("sam2.1",) if (release, size) == ("sam2.1", "tiny") else (),
        size=1024,
        resample="bilinear",
        sources={"*": "config.json", **dict.fromkeys(("size", "resample"), IMAGE_CONFIG)},
        remarks=("The mask decoder reads a feature map of 64x64x256, made of the stage before the last.",),
    )
    for release in ("sam2.1", "sam2")
    for size in ("tiny", "small", "base-plus", "large")
)
