"""FastVLM: the middle of an image of 1,024 pixels, 256 tokens of an encoder that is convolutional at first.

Rule     The shorter side is resized to 1,024 and the middle is cut out. FastViTHD halves it six times: 16 x 16 tokens,
         64 pixels each.
Numbers  preprocessor_config.json and processor_config.json of the checkpoints.
Paper    arXiv 2412.13303. Code: transformers 5.23, models/fast_vlm, with LlavaProcessor (models/llava) and
         models/clip/image_processing_clip.py.

Where they disagree, and what vtok follows:
- Its last stage attends over the features of all 16 x 16 places. A patch is what becomes one token.
- The checkpoints of transformers are conversions; Apple's own repositories have the same weights for LLaVA's code.
"""

from typing import ClassVar

from vtok.parts.family import Placeholders, family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.square import Square


@family
class FastVlm(Square):
    """The numbers of a FastVLM checkpoint."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = "its encoder is convolutional; the blocks of its last stages attend over all features"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size",),
        "patch_size": ("processor:patch_size",),
        "merge_size": (),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",)}


CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": 224, "crop_size": 224},
    "FastVlmConfig": {},
}
PRESETS = tuple(
    FastVlm(
        model="fastvlm",
        preset=f"fastvlm-{size.lower()}",
        repo=f"KamilaMila/FastVLM-{size}",
        aliases=(f"apple/FastVLM-{size}",),
        size=1024,
        crop_size=1024,
        patch_size=64,
        max_position_embeddings=131_072,
        sources={
            "size": IMAGE_CONFIG,
            "crop_size": IMAGE_CONFIG,
            "resample": IMAGE_CONFIG,
            "patch_size": "processor_config.json",
            "merge_size": "architecture",
        },
    )
    for size in ("7B", "1.5B", "0.5B")
)
