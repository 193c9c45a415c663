"""BEiT: the image stretched to a square, a state for each patch and one for the class.

Rule     The image is stretched to 224, 384 or 512 pixels and cut into patches of 16. A class token comes first.
Numbers  The configs that transformers' convert_beit_unilm_to_pytorch.py (at 001f85b) writes for the checkpoints;
         preprocessor_config.json and config.json of Data2Vec's, as copied in hlky/dinoml_v2 (at 6b8c0ac).
Paper    arXiv 2106.08254; DiT: 2203.02378. Code: transformers 5.23, models/beit.

The image processor can cut out the middle, a square of crop_size. The published ones do not.
"""

from typing import ClassVar

from vtok.parts.encoder import SOURCES, CroppingEncoder
from vtok.parts.family import family, option
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults


@family
class Beit(CroppingEncoder):
    """The numbers of a BEiT checkpoint; a `size` that is one number is a square."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **CroppingEncoder.config_keys,
        "keep_aspect": ("image:size|aspect",),
    }

    keep_aspect: bool = False
    crop_size: int | None = 224
    do_center_crop: bool = option(default=False, text="cut out the middle")


NAMES = {
    224: (
        *(f"beit-{size}-patch16-224{tuned}" for size in ("base", "large") for tuned in ("", "-pt22k", "-pt22k-ft22k")),
        *("dit-base", "dit-large"),
    ),
    384: ("beit-base-patch16-384", "beit-large-patch16-384"),
    512: ("beit-large-patch16-512",),
}

MODEL_TYPES = ("data2vec_vision",)
CLASS_DEFAULTS: ClassDefaults = {
    "BeitImageProcessor": {"size": 224, "crop_size": 224, "keep_aspect": False, "do_center_crop": False},
    "BeitConfig": {"patch_size": 16},
}
PRESETS = (
    *(
        Beit(model="beit", preset=name, repo=f"microsoft/{name}", size=size, resample="bilinear", sources=SOURCES)
        for size, names in NAMES.items()
        for name in names
    ),
    *(
        Beit(
            model="beit", preset=name, repo=f"facebook/{name}", size=224, sources={**SOURCES, "resample": IMAGE_CONFIG}
        )
        for name in (f"data2vec-vision-{size}{tuned}" for size in ("base", "large") for tuned in ("", "-ft1k"))
    ),
)
