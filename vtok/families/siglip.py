"""SigLIP: the image stretched to a square, a state for each patch and no class token.

Rule     The image is stretched to 224 to 512 pixels and cut into patches of 14 or 16. Pixels at the right and bottom
         that do not fill a patch are not seen (6 of 384 with patches of 14).
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2303.15343. Code: transformers 5.23, models/siglip.

The pooled output comes from an attention head over all patches. It is not one of the states counted here.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class Siglip(Encoder):
    """The numbers of a SigLIP checkpoint's image encoder; a `size` that is one number keeps the aspect ratio."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "keep_aspect": ("image:size|aspect_of_number",),
    }

    num_class_tokens: int = 0


CHECKPOINTS = {
    "siglip-so400m14-384": ("google/siglip-so400m-patch14-384", 384, 14),
    "siglip-so400m14-224": ("google/siglip-so400m-patch14-224", 224, 14),
    "siglip-b16-224": ("google/siglip-base-patch16-224", 224, 16),
    "siglip-b16-256": ("google/siglip-base-patch16-256", 256, 16),
    "siglip-b16-384": ("google/siglip-base-patch16-384", 384, 16),
    "siglip-b16-512": ("google/siglip-base-patch16-512", 512, 16),
    "siglip-l16-256": ("google/siglip-large-patch16-256", 256, 16),
    "siglip-l16-384": ("google/siglip-large-patch16-384", 384, 16),
}

MODEL_TYPES = ("siglip_vision",)
CLASS_DEFAULTS: ClassDefaults = {
    "SiglipImageProcessor": {"size": 224, "keep_aspect": False},
    "SiglipVisionConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Siglip(
        model=model,
        repo=repo,
        aliases=("siglip",) if model == "siglip-so400m14-384" else (),
        size=size,
        patch_size=patch_size,
        sources=SOURCES,
    )
    for model, (repo, size, patch_size) in CHECKPOINTS.items()
)
