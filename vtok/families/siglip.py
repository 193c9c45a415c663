"""SigLIP, and SigLIP 2 of one size: the image stretched to a square, a state for each patch and no class token.

Rule     The image is stretched to 224 to 512 pixels and cut into patches of 14, 16 or 32. Pixels at the right and
         bottom that do not fill a patch are not seen (6 of 384 with patches of 14).
Numbers  preprocessor_config.json and config.json of the checkpoints; five of SigLIP 2's as copied in hlky/dinoml_v2 (at
         6b8c0ac). All of SigLIP 2 are listed in google-research/big_vision, README_siglip2.md.
Paper    arXiv 2303.15343; SigLIP 2: 2502.14786. Code: transformers 5.23, models/siglip, of which SigLIP 2's checkpoints
         of one size are.

The pooled output comes from an attention head over all patches. It is not one of the states counted here.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.family import family
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults


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

SIGLIP2 = (
    *(f"base-patch16-{size}" for size in (224, 256, 384, 512)),
    "base-patch32-256",
    *(f"large-patch16-{size}" for size in (256, 384, 512)),
    *("so400m-patch14-224", "so400m-patch14-384"),
    *(f"so400m-patch16-{size}" for size in (256, 384, 512)),
    *("giant-opt-patch16-256", "giant-opt-patch16-384"),
)

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
) + tuple(
    Siglip(
        model="siglip2",
        preset=f"siglip2-{name}",
        repo=f"google/siglip2-{name}",
        size=int(name[-3:]),
        patch_size=int(name.split("-patch")[1][:2]),
        resample="bilinear",
        sources={**SOURCES, "resample": IMAGE_CONFIG},
    )
    for name in SIGLIP2
)
