"""What the names of timm's architectures say of what an encoder returns (timm 1.0.31, timm/models)."""

import re

PATCHED = re.compile(
    r"(?!.*(?:_r\d+_|_r_|_mci_|sapiens))(?:vit|deit3?|beit(?:v2|3)?|eva(?:02)?|aimv2|samvit)_.*?patch(\d{1,3})(?!\d)"
)
"""Architectures with patches of one size, which their names state."""
STAGED = re.compile(r"(?:swin|swinv2|hiera|sam2_hiera|convnext|convnextv2)_|(?:se|eca|wide_)?resne[xt]t?\d")
"""Architectures whose last states stand for 32 x 32 pixels each, if the size is a multiple of 32."""
WITHOUT_CLASS = re.compile(
    r"aimv2_|samvit_|vit_s?relpos_(?!.*_cls)|vit_pe_\w+_gigantic_|.*(?:_gap|_siglip|_rpn|_map)(?:_|$)"
)
"""Architectures with PATCHED names that have no class token."""
REGISTERS = {"dinov3": 4, "lingbot": 4, "radio_v3": 7, "radio_v4": 9}
"""Registers that a name implies; others are stated, as in _reg4."""


def numbers_of(architecture: str) -> dict[str, int] | None:
    """The patches, merges, class tokens and registers of an architecture; None where its name does not say them."""
    if STAGED.match(architecture):
        return {"patch_size": 4, "merge_size": 8, "num_class_tokens": 0, "num_register_tokens": 0}
    patched = PATCHED.match(architecture)
    if not patched:
        return None
    stated = re.search(r"_reg(\d{1,3})(?!\d)", architecture)
    implied = next((count for word, count in REGISTERS.items() if word in architecture), 0)
    return {
        "patch_size": int(patched[1]),
        "merge_size": 1,
        "num_class_tokens": 0 if WITHOUT_CLASS.match(architecture) else 1 + ("distilled" in architecture),
        "num_register_tokens": int(stated[1]) if stated else implied,
    }
