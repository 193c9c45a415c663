"""Pix2Struct, and DePlot and MatCha after it: an image scaled to at most 2,048 patches of 16, a memory for a decoder.

Rule     The image is scaled to the most patches within max_patches; the numbers of rows and columns drop their
         fractions, each is at least 1, and the image is stretched to them. The states of all patches are the memory
         that the decoder's cross-attention reads; the prompt has no token of the image.
Numbers  is_vqa of preprocessor_config.json, as hlky/dinoml_v2 (at 6b8c0ac) has it for five checkpoints in
         agents/plans/transformers/pix2struct/report.md. For other checkpoints for questions it is assumed, and
         `vtok models` says so. The rest are class defaults of transformers. The names of MatCha's are those of
         google-research/google-research (at 8b9f700), deplot/README.md.
Paper    arXiv 2210.03347. Code: transformers 5.23, models/pix2struct.

Where they disagree, and what vtok follows:
- The memory is padded to max_patches and masked. The padding is not counted here.
- The processor's class sets max_patches to 2,048, whatever preprocessor_config.json says; a call may set another.
- Models for questions (is_vqa) have the question drawn above the image, which changes its size. Its height follows from
  the text and a font: vtok counts the image alone and calls the count an estimate.
"""

from dataclasses import replace
from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.snapping import floor_patches
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import Keys
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.values import Layout, Media

HEADER = (
    "the question is drawn above the image (is_vqa), which changes its size; the count is that of the image alone",
)


def half_power(value: float) -> float:
    """The power of a half: upstream's square root, which may differ from `sqrt` in the last bit."""
    root: float = value**0.5
    return root


@family
class Pix2Struct(Family):
    """The numbers of a Pix2Struct checkpoint."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    counting: ClassVar[str] = "its decoder counts its own words one by one (1D); the memory has rows and columns"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "patch_size": ("image:patch_size",),
        "max_patches": (),
        "is_vqa": ("image:is_vqa", "config:is_vqa"),
    }

    patch_size: int = 16
    max_patches: int = limit(2048)
    is_vqa: bool = False
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: its patches, in the memory."""
        original, steps = self.orient(media)
        resize = floor_patches(original, patch_size=self.patch_size, max_patches=self.max_patches, root=half_power)
        view = whole_view(original, resize.after, Patches(self.patch_size))
        states = encoder_states(view, sink="cross", class_tokens=0)
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=tuple(replace(span, estimated=self.is_vqa) for span in states),
            notes=HEADER if self.is_vqa else (),
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The sizes themselves: numpy has no power that rounds as Python's."""
        return tuple(sizes)


CLASS_DEFAULTS: ClassDefaults = {
    "Pix2StructImageProcessor": {"patch_size": 16, "is_vqa": False},
    "Pix2StructConfig": {"is_vqa": False},
}
VQA = (
    *(
        f"pix2struct-{data}-base"
        for data in ("docvqa", "infographics-vqa", "chartqa", "ai2d", "ocrvqa", "screen2words")
    ),
    *("pix2struct-large", "deplot"),
)
"""Checkpoints that draw the question above the image."""
LIKELY_VQA = (
    *(f"pix2struct-{data}-large" for data in ("docvqa", "infographics-vqa", "ai2d")),
    *("matcha-chartqa", "matcha-plotqa-v1", "matcha-plotqa-v2"),
)
"""Checkpoints for questions whose own file was not found."""
PRESETS = (
    *(
        Pix2Struct(model="pix2struct", preset=name, repo=f"google/{name}")
        for name in ("pix2struct-base", "pix2struct-textcaps-base", "pix2struct-textcaps-large", "matcha-base")
    ),
    *(
        Pix2Struct(
            model="pix2struct",
            preset=name,
            repo=f"google/{name}",
            is_vqa=True,
            sources={"is_vqa": source},
        )
        for names, source in ((VQA, IMAGE_CONFIG), (LIKELY_VQA, "not found; as others for questions have it"))
        for name in names
    ),
)
