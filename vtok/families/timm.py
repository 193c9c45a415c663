"""timm: an encoder of timm by its name; the middle of the image, a state for each patch, class tokens and registers.

Rule     The shorter side is resized to size / crop_pct, without its fraction, and the middle square of size is cut out.
         In the crop mode squash, the image is stretched to size / crop_pct first. Patches, class tokens and registers
         are those of the architecture, and follow from its name: vit_medium_patch16_reg4_gap_256 has patches of 16, 4
         registers and no class token. Of architectures with stages, a state stands for 32 x 32 pixels.
Numbers  pretrained_cfg of timm 1.0.31 (timm_cfgs.json beside this file), or config.json of a folder.
Paper    Code: huggingface/pytorch-image-models 1.0.31, timm/data/transforms_factory.py, timm/models.

Where they disagree, and what vtok follows:
- The states are those of forward_features, which TimmWrapperModel of transformers returns as last_hidden_state.
- A name without a tag is that of the architecture's default weights.
- A name that timm 1.0.31 does not have counts by its architecture. Its size stands at the end of the name; its crop is
  the library's default.
- Refused are architectures whose grid does not follow from their name, the crop mode that pads, and inputs that are no
  squares.
"""

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import Any, ClassVar

from vtok.errors import UnknownModelError, UsageError
from vtok.geometry.places import rounded_center_crop
from vtok.parts.encoder import Cut, Encoder
from vtok.parts.family import LIBRARY_DEFAULT, family
from vtok.parts.settings import shown
from vtok.parts.timm_names import numbers_of
from vtok.values import Box, Size

STRIDE = 32

DEFAULTS: dict[str, Any] = {"size": 224, "crop_pct": 0.875, "keep_aspect": True, "resample": "bicubic"}
"""What timm takes where pretrained_cfg leaves it out: timm/data/config.py, resolve_data_config."""
TABLED = dict.fromkeys(DEFAULTS, "pretrained_cfg of timm 1.0.31")


@family
class Timm(Encoder):
    """The numbers of an encoder of timm; `crop_pct` is the share of the resized side that is cut out."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"timm": ("1.0.31",)}
    structure: ClassVar[frozenset[str]] = frozenset({"crop_size", "do_center_crop"})
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "architecture": ("config:architecture",),
        "size": ("config:pretrained_cfg.input_size|input_size",),
        "crop_pct": ("config:pretrained_cfg.crop_pct",),
        "keep_aspect": ("config:pretrained_cfg.crop_mode|crop_mode",),
        "resample": ("config:pretrained_cfg.interpolation|filter",),
        "patch_size": ("config:model_args.patch_size",),
        "num_register_tokens": ("config:model_args.reg_tokens",),
        "do_resize": (),
    }

    architecture: str
    crop_pct: float

    @property
    def cut(self) -> Cut:
        """The middle of the resized image."""
        side = int(self.size / self.crop_pct)
        if not side:
            raise UsageError(f"crop_pct {self.crop_pct:g} resizes size {self.size} to nothing; set it to at most 1")
        if self.merge_size > 1 and self.size % STRIDE:
            raise UsageError(f"vtok knows the states of {self.architecture} for multiples of {STRIDE}, not {self.size}")
        return Cut(side, self.size, self.keep_aspect)

    def middle(self, size: Size, crop: Size) -> tuple[Box, Box]:
        """As torchvision cuts."""
        return rounded_center_crop(size, crop)

    @classmethod
    def implied(cls, numbers: Mapping[str, Any]) -> dict[str, Any]:
        """The numbers of the architecture, and what timm takes for those that are left out."""
        name = str(numbers.get("architecture", ""))
        of_name = numbers_of(name)
        if of_name is None:
            named_so = shown(name) if name else "an architecture without a name"
            raise UsageError(f"the states of {named_so} do not follow from the name, or timm has none such")
        return {**DEFAULTS, **of_name}


@cache
def table() -> Any:
    """The settings of timm's weights: `cfgs`, and by architecture and tag the index of one; the default tag first."""
    return json.loads(resources.files(__package__).joinpath("timm_cfgs.json").read_text("utf-8"))


@lru_cache(maxsize=256)
def named(name: str) -> Timm | None:
    """The preset of a name of timm, with or without a tag; None for one that is neither of PATCHED nor of STAGED.

    Raises UnknownModelError for one whose size is not known.
    """
    architecture, _, tag = name.partition(".")
    numbers = numbers_of(architecture)
    if numbers is None:
        return None
    tags = table()["architectures"].get(architecture, {})
    sources = TABLED
    if tags and (not tag or tag in tags):
        size, crop_pct, mode, resample = table()["cfgs"][tags[tag or next(iter(tags))]]
        settings = {"size": size, "crop_pct": crop_pct, "keep_aspect": mode == "center", "resample": resample}
    elif stated := re.search(r"_(\d{3,4})$", architecture):
        settings = {**DEFAULTS, "size": int(stated[1])}
        sources = {**dict.fromkeys(DEFAULTS, LIBRARY_DEFAULT), "size": "its name"}
    else:
        raise UnknownModelError(f"timm/{name}: its input size is not known; give -m a folder with its config.json")
    return Timm(
        model="timm",
        preset=name,
        repo=f"timm/{name}",
        architecture=architecture,
        sources={"*": "architecture", **sources},
        **{**settings, **numbers},
    )


MODEL_TYPES = ("timm_wrapper",)
DEFAULT = named("vit_base_patch16_224.augreg2_in21k_ft_in1k")
PRESETS = (DEFAULT,) if DEFAULT else ()
