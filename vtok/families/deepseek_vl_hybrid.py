"""DeepSeek-VL 7B: two encoders see the same padded square, at 1,024 and at 384 pixels, and share its 576 tokens.

Rule     The longer side is resized to 1,024 pixels; small images are enlarged. The image is padded to a square, in the
         middle of it. SAM reads it in 64 x 64 patches; a bilinear resampling and two convolutions make 24 x 24 of them.
         SigLIP reads it at 384 pixels, in 24 x 24 patches. The two are joined along the channels, not one after the
         other: always 576 tokens.
Numbers  preprocessor_config.json of the checkpoints.
Paper    arXiv 2403.05525. Code: transformers 5.23, models/deepseek_vl_hybrid; deepseek-ai/DeepSeek-VL 681bffb,
         deepseek_vl/models/image_processing_vlm.py, clip_encoder.py and sam.py.

Where they disagree, and what vtok follows:
- The original truncates the shorter side, transformers rounds it. For half of all sizes the content differs by a pixel;
  the tokens never differ. vtok follows each pipeline.
- The original shrinks the padded square for SigLIP bilinearly and after normalising, transformers bicubically and
  before. The pixel values differ, the geometry does not.
- The resampling to 96 x 96 is fixed, so that any high_res_size leaves 24 x 24.
- The original ignores the EXIF orientation, transformers' loader applies it. vtok follows each pipeline.
"""

from typing import ClassVar

from vtok.families.deepseek_vl import PIPELINES, RULES
from vtok.geometry.places import Patches, cell_edges, scaled, whole_view
from vtok.geometry.resize import stretch
from vtok.geometry.snapping import check_positive
from vtok.parts.family import Family, family
from vtok.parts.keys import all_equal
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import vision
from vtok.parts.views import centred_view
from vtok.values import Layout, Media, Raster, Size, Span, View

RESAMPLED, STRIDE = 96, 4
"""The side of SAM's map after resampling, and the stride of its two convolutions together (sam.py)."""


@family
class DeepseekVLHybrid(Family):
    """The numbers of a DeepSeek-VL checkpoint with two encoders."""

    images_only: ClassVar[bool] = True
    must_do: ClassVar[tuple[str, ...]] = ("do_pad",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = PIPELINES
    attention: ClassVar[str] = (
        "its SAM attends within 14 x 14 patches of a padded grid, in layers 2, 5, 8 and 11 in full; its SigLIP in full"
    )
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "high_res_size": ("image:high_res_size", "image:image_size"),
        "resample": ("image:high_res_resample|filter",),  # of the first resize; the second one starts from its result
    }

    high_res_size: int = 1024
    size: int = 384
    min_size: int = 14
    patch_size: int = 16

    def layout(self, media: Media) -> Layout:
        """Views: the padded square for SAM, and a smaller one for SigLIP. Spans: one map that both make."""
        check_positive(high_res_size=self.high_res_size, size=self.size)
        original, steps = self.orient(media)
        patches, small = Patches(self.patch_size), Size(self.size, self.size)
        resize = RULES[self.pipeline_used](original, self.high_res_size, least=self.min_size)
        pad, high = centred_view(original, resize, patches)
        low = whole_view(original, small, patches, content=scaled(high.content, high.size, small))
        shrink = stretch(high.size, small)._replace(name="siglip", reason=f"shrunk to {small} for the second encoder")
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad, shrink),
            views=(high, low._replace(encoder="siglip")),
            spans=(self.tokens(high),),
            resized=resize.after,
            canvas=high.size,
            content=high.content,
            tiles=(1, 1),
        )

    count_keys = all_equal

    def tokens(self, view: View) -> Span:
        """The tokens that both encoders make together."""
        cells = RESAMPLED // STRIDE
        ys, xs = cell_edges(cells, cells, cell=view.size.width / cells, content=view.content, source=view.source)
        raster = Raster(t=1, rows=cells, columns=cells, ys=ys, xs=xs)
        return vision(raster, 0, 1)


CLASS_DEFAULTS: ClassDefaults = {
    "DeepseekVLHybridImageProcessor": {"size": 384, "high_res_size": 1024, "min_size": 14},
    "DeepseekVLHybridConfig": {},
}
PRESETS = tuple(
    DeepseekVLHybrid(
        model="deepseek-vl-7b",
        preset=f"deepseek-vl-7b-{kind}",
        repo=f"deepseek-ai/deepseek-vl-7b-{kind}",
        aliases=(f"deepseek-community/deepseek-vl-7b-{kind}", *aliases),
        max_position_embeddings=16_384 if kind == "chat" else None,
        sources={"*": IMAGE_CONFIG, "patch_size": "config.json"},
        remarks=(
            "SAM-B/16-1024: 64x64x768 patches, neck 64x64x256, resampled 96x96x256, strided 48x48x512, 24x24x1024.",
            "A branch of SAM's first layer of full attention takes the same way; it is added, times a learned scalar.",
            "SigLIP-L/16-384 without class token: 24x24x1024, projected and joined to SAM's along the channels.",
        ),
    )
    for kind, aliases in (("chat", ("deepseek-vl",)), ("base", ()))
)
