"""EVA-CLIP: the middle of the image, a state for each patch and one for the class.

Rule     The shorter side is resized to 224, 336 or 448 pixels, and the middle square is cut out, its margins rounded
         half to even. It is cut into patches of 14 or 16. A class token comes first.
Numbers  the files of model_configs in the repository.
Paper    arXiv 2303.15389 (EVA-CLIP), 2402.04252 (EVA-CLIP-18B). Code: baaivision/EVA 5623d08,
         EVA-CLIP/rei/eva_clip/transform.py, image_transform, and eva_vit_model.py, forward_features; both again in
         EVA-CLIP-18B/shinji.

Where they disagree, and what vtok follows:
- The 8B and 18B models are published for transformers, too, with CLIP's image processor, which rounds the margins down.
- timm has EVA-02's encoders by names of its own (timm/eva02_large_patch14_clip_336).
"""

from typing import ClassVar

from vtok.geometry.places import rounded_center_crop
from vtok.parts.encoder import CLIPEncoder
from vtok.parts.family import family
from vtok.values import Box, Size


@family
class EvaClip(CLIPEncoder):
    """The numbers of an EVA-CLIP checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("5623d08",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()

    patch_size: int = 14

    def middle(self, size: Size, crop: Size) -> tuple[Box, Box]:
        """Where the middle is cut out, as torchvision's CenterCrop does."""
        return rounded_center_crop(size, crop)


CHECKPOINTS = {
    "eva02-clip-l-14-336": ("QuanSun/EVA-CLIP", 336, 14),
    "eva02-clip-l-14": ("QuanSun/EVA-CLIP", 224, 14),
    "eva02-clip-b-16": ("QuanSun/EVA-CLIP", 224, 16),
    "eva02-clip-bige-14": ("QuanSun/EVA-CLIP", 224, 14),
    "eva02-clip-bige-14-plus": ("QuanSun/EVA-CLIP", 224, 14),
    "eva01-clip-g-14": ("QuanSun/EVA-CLIP", 224, 14),
    "eva01-clip-g-14-plus": ("QuanSun/EVA-CLIP", 224, 14),
    "eva-clip-8b": ("BAAI/EVA-CLIP-8B", 224, 14),
    "eva-clip-8b-448": ("BAAI/EVA-CLIP-8B-448", 448, 14),
    "eva-clip-18b": ("BAAI/EVA-CLIP-18B", 224, 14),
}
PRESETS = tuple(
    EvaClip(
        model="eva-clip",
        preset=preset,
        repo="" if repo == "QuanSun/EVA-CLIP" else repo,
        size=size,
        crop_size=size,
        patch_size=patch_size,
        sources={"*": "model_configs", "resample": "eva_clip/transform.py"},
        remarks=("BLIP-2, CogVLM and others read the patches of such an encoder.",),
    )
    for preset, (repo, size, patch_size) in CHECKPOINTS.items()
)
