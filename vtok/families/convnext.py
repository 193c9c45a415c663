"""ConvNeXt: the middle of the image, a state for every 32 x 32 pixels and no class token.

Rule     Below 384 pixels, the shorter side is resized to size / crop_pct, and the middle square of size is cut out: 224
         of 256. From 384 on, the image is stretched to the square. Convolutions take patches of 4 pixels, and three
         times halve the grid; rests of a grid are not seen.
Numbers  The configs that transformers' convert_convnext_to_pytorch.py (at 0106543) and
         convert_convnextv2_to_pytorch.py (at 09cb93d) write for the checkpoints.
Paper    arXiv 2201.03545; v2: 2301.00808. Code: transformers 5.23, models/convnext, models/convnextv2.

The states are those of the last stage: 7 x 7 of 224 pixels. The stages before have 56 x 56, 28 x 28 and 14 x 14.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.parts.encoder import SOURCES, Cut, Encoder
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults

STRETCHED = 384
"""The least size to which images are stretched, without a cut."""


@family
class ConvNext(Encoder):
    """The numbers of a ConvNeXt checkpoint; `crop_pct` is the share of the resized shorter side that is cut out."""

    structure: ClassVar[frozenset[str]] = frozenset({"crop_size", "keep_aspect", "do_center_crop"})
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "size": ("image:size",),
        "crop_pct": ("image:crop_pct|or_null",),
    }

    keep_aspect: bool = True  # its size is a shortest edge, as `vtok verify` gives it to transformers
    crop_pct: float | None = 0.875
    patch_size: int = 4
    merge_size: int = 8
    num_class_tokens: int = 0

    @property
    def cut(self) -> Cut:
        """The middle of a small size; the cut belongs to the resize, and so falls away with it."""
        if self.size >= STRETCHED or not self.do_resize:
            return Cut(self.size, None, keep_aspect=False)
        if self.crop_pct is None:
            raise UsageError(f"size {self.size} needs a crop_pct; from {STRETCHED} on none is needed")
        side = int(self.size / self.crop_pct)
        if not side:
            raise UsageError(f"crop_pct {self.crop_pct:g} resizes size {self.size} to nothing; set it to at most 1")
        return Cut(side, self.size, keep_aspect=True)


NAMES = {
    "convnext": (
        *(f"{size}-224" for size in ("tiny", "small", "base", "large")),
        *(f"{size}-384" for size in ("base", "large")),
        *(f"{size}-224-22k" for size in ("base", "large", "xlarge")),
        *(f"{size}-{side}-22k-1k" for size in ("base", "large", "xlarge") for side in (224, 384)),
    ),
    "convnextv2": (
        *(f"{size}-1k-224" for size in ("tiny", "atto", "femto", "pico", "nano", "base", "large", "huge")),
        *(f"{size}-22k-224" for size in ("nano", "tiny", "base", "large")),
        *(f"{size}-22k-384" for size in ("nano", "tiny", "base", "large", "huge")),
        "huge-22k-512",
    ),
}

MODEL_TYPES = ("convnextv2",)
CLASS_DEFAULTS: ClassDefaults = {
    "ConvNextImageProcessor": {"size": 384, "crop_pct": 224 / 256},
    "ConvNextConfig": {"patch_size": 4},
    "ConvNextV2Config": {"patch_size": 4},
}
PRESETS = tuple(
    ConvNext(
        model=model,
        preset=f"{model}-{name}",
        repo=f"facebook/{model}-{name}",
        size=next(side for side in (224, 384, 512) if str(side) in name),
        sources={**SOURCES, "crop_pct": SOURCES["size"]},
    )
    for model, names in NAMES.items()
    for name in names
)
