"""DeepSeek-VL 1.3B: the image padded to a square of 384 pixels, a token for each patch.

Rule     The longer side is resized to 384 pixels; small images are enlarged. The image is padded to a square, in the
         middle of it. Each patch of 16 is one token: always 576.
Numbers  preprocessor_config.json of the checkpoints.
Paper    arXiv 2403.05525. Code: transformers 5.23, models/deepseek_vl; deepseek-ai/DeepSeek-VL 681bffb,
         deepseek_vl/models/image_processing_vlm.py.

Where they disagree, and what vtok follows:
- The original truncates the shorter side, transformers rounds it. For half of all sizes the content differs by a pixel;
  the tokens never differ. vtok follows each pipeline.
- A side is never below min_size, so that a thin strip is widened.
- The original can keep its image tag before the tokens (add_special_token). It is off by default, and so it is here.
- The original ignores the EXIF orientation, transformers' loader applies it. vtok follows each pipeline.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.geometry.resize import long_edge_rounded, long_edge_truncated
from vtok.geometry.snapping import not_resized
from vtok.parts.family import family
from vtok.parts.keys import Keys, cells, padded_square
from vtok.parts.resizing import OptionalResize, check_patches
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.views import centred_view, square_layout
from vtok.values import Layout, Media

PIPELINES: dict[str, tuple[str, ...]] = {"transformers": ("5.23",), "original": ("681bffb",)}


RULES = {"transformers": long_edge_rounded, "original": long_edge_truncated}
"""How each pipeline rounds the shorter side."""


@family
class DeepseekVL(OptionalResize):
    """The numbers of a DeepSeek-VL checkpoint with one encoder."""

    images_only: ClassVar[bool] = True
    must_do: ClassVar[tuple[str, ...]] = ("do_pad",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = PIPELINES
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": ("image:size|square", "image:image_size")}

    size: int = 384
    min_size: int = 14
    patch_size: int = 16

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image, padded. Spans: its grid."""
        original, _ = self.orient(media)
        resize = not_resized(original)
        if self.do_resize:
            resize = RULES[self.pipeline_used](original, self.size, least=self.min_size)
        pad, view = centred_view(original, resize, Patches(self.patch_size))
        check_patches(self, view, self.size)
        return square_layout(self, media, (resize, pad), view, enclosed(merged_raster(view)))

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid of the padded square, where the image is not resized."""
        return () if self.do_resize else cells(padded_square(sizes), self.patch_size)


MODEL_TYPES = ("multi_modality",)
CLASS_DEFAULTS: ClassDefaults = {
    "DeepseekVLImageProcessor": {"size": 384, "min_size": 14},
    "DeepseekVLConfig": {},
}
PRESETS = tuple(
    DeepseekVL(
        model="deepseek-vl-1.3b",
        preset=f"deepseek-vl-1.3b-{kind}",
        repo=f"deepseek-ai/deepseek-vl-1.3b-{kind}",
        aliases=(f"deepseek-community/deepseek-vl-1.3b-{kind}",),
        max_position_embeddings=16_384 if kind == "chat" else None,
        sources={"size": IMAGE_CONFIG, "min_size": IMAGE_CONFIG, "patch_size": "config.json"},
        remarks=("SigLIP-L/16-384 without class token: 24 x 24 x 1024; one token a patch.",),
    )
    for kind in ("chat", "base")
)
