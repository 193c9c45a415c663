"""Phi-3 and 3.5 Vision: the image as large as 16 tiles of 336 pixels allow, padded white, and the canvas in one more.

Rule     The longer side gets the most tiles with which the whole image has at most num_crops. The image is enlarged or
         shrunk until the longer side fills them, and lies in the middle of the shorter side; the rest is white. CLIP's
         24 x 24 patches of a tile are merged 2 x 2. The canvas, with its padding, is stretched to a tile of its own. In
         the prompt the tiles come first, stitched, with a learned newline after each row of tokens; then a learned
         separator; then the whole image, with newlines, too.
Numbers  preprocessor_config.json of Phi-3-vision-128k-instruct: num_crops 16; Phi-3.5-vision-instruct publishes 4
         (vLLM, tests/models/multimodal/processing/test_phi3v.py).
Paper    arXiv 2404.14219. Code: the checkpoint's image_processing_phi3_v.py and processing_phi3_v.py, copied in
         g1y5x3/vlm-study c982100; vLLM 0.33.0, model_executor/models/phi3v.py, for the order of the tokens.

Where they disagree, and what vtok follows:
- The encoder gets the whole image first, the prompt has it last (hd_transform_order sub_glb).
- Small images are enlarged as well: one of 28 x 28 pixels has as many tokens as one of 1,344 x 1,344.
- The card of Phi-3.5 asks for num_crops 16 for a single image. vtok follows the published file.
"""

from typing import ClassVar

from vtok.geometry.canvases import cut, floor_centred
from vtok.geometry.places import Patches, scaled
from vtok.geometry.tiling import chosen, filled_tiles, longest_strip
from vtok.parts.family import Family, family, limit
from vtok.parts.keys import by_tiling
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import NEWLINE, SEPARATOR, view_tokens
from vtok.parts.tiles import canvas_layout, stitched_tokens
from vtok.parts.views import thumbnail
from vtok.values import Candidate, Layout, Media, Size, Step


@family
class Phi3V(Family):
    """The numbers of a Phi-3 Vision checkpoint; `size` is the side of a tile."""

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("c982100",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"size": (), "patch_size": (), "pool": ()}

    size: int = 336
    num_crops: int = limit(16)
    patch_size: int = 14
    pool: int = 2
    resample: str = "bilinear"

    def layout(self, media: Media) -> Layout:
        """Views: the whole canvas, then the tiles. Spans: the tiles stitched, separator, the whole canvas."""
        original, _ = self.orient(media)
        best, patches = chosen(self.candidates(media)), Patches(self.patch_size, self.pool)
        canvas, tile = best.canvas, Size(self.size, self.size)
        resized = filled_tiles(original, max(best.tiles), tile=self.size)
        content = floor_centred(resized, canvas)
        whole = thumbnail(original, self.size, patches)._replace(content=scaled(content, canvas, tile))
        tiles = cut(original, canvas, best.tiles, patches, content=content)
        done = (
            Step(
                name="resize", before=original, after=resized, reason=f"the longer side fills {max(best.tiles)} tiles"
            ),
            Step(name="pad", before=resized, after=canvas, reason="white to whole tiles, the image in the middle"),
        )
        spans = (stitched_tokens(tiles, best.tiles[0], first=1), SEPARATOR, view_tokens(whole, 0, row_end=NEWLINE))
        return canvas_layout(self, media, best, done, content=content, views=(whole, *tiles), spans=spans)

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The numbers of tiles along the longer side, up to the first that needs more than num_crops tiles."""
        original, _ = self.orient(media)
        return longest_strip(original, tile=self.size, max_num=self.num_crops)


CODE = "image_processing_phi3_v.py"
SOURCES = {"*": CODE, "num_crops": IMAGE_CONFIG, "max_position_embeddings": "its authors: a context of 128k"}
REMARKS = ("CLIP ViT-L/14-336, second-last layer, without its class token: 24 x 24 patches of a view.",)

PRESETS = (
    Phi3V(
        model="phi-3-vision",
        preset="phi-3-vision",
        repo="microsoft/Phi-3-vision-128k-instruct",
        max_position_embeddings=131_072,
        sources=SOURCES,
        remarks=REMARKS,
    ),
    Phi3V(
        model="phi-3-vision",
        preset="phi-3.5-vision",
        repo="microsoft/Phi-3.5-vision-instruct",
        num_crops=4,
        max_position_embeddings=131_072,
        sources={**SOURCES, "num_crops": "vLLM, test_phi3v.py: its published default"},
        remarks=REMARKS,
    ),
)
