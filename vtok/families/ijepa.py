"""I-JEPA: the image stretched to a square, a state for each patch and no class token.

Rule     The image is stretched to 224 or 448 pixels and cut into patches of 14 or 16.
Numbers  The configs that transformers' convert_ijepa_to_hf.py (at 15ea02a) writes for the checkpoints; the published
         ones, as copied in hlky/dinoml_v2 (at 6b8c0ac), have the same.
Paper    arXiv 2301.08243. Code: transformers 5.23, models/ijepa, whose image processor is ViT's.
"""

from vtok.parts.encoder import SOURCES, Encoder
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    "ViTImageProcessor": {"size": 224, "keep_aspect": False},
    "IJepaConfig": {"patch_size": 16},
}
PRESETS = tuple(
    Encoder(
        model="ijepa",
        preset=f"ijepa-{name}",
        repo=f"facebook/ijepa_{name.replace('-', '_')}",
        size=size,
        patch_size=patch_size,
        num_class_tokens=0,
        resample="bilinear",
        sources=SOURCES,
    )
    for name, size, patch_size in (
        ("vith14-1k", 224, 14),
        ("vith14-22k", 224, 14),
        ("vith16-1k", 448, 16),
        ("vitg16-22k", 224, 16),
    )
)
