"""DeepSeek-VL2: the whole image on one square of 384 pixels, then once more, larger, on a canvas of up to nine tiles.

Rule     Of 23 canvases, those win on which most of the image's pixels survive, and of these the least wasteful one. The
         image is padded to the canvas and cut into tiles. The whole image is always padded to one tile, too. Each tile
         makes 14 x 14 tokens: 27 x 27 patches, padded to 28 x 28 and merged 2 x 2. The whole image comes first, with a
         newline after each of its 14 rows; then a separator; then the tiles, stitched, with a newline after each row.
         If three or more images share a prompt, each gets one tile beside the whole image.
Numbers  processor_config.json of the checkpoints: canvases of up to nine tiles of 384, in any shape.
Paper    arXiv 2412.10302. Code: deepseek-ai/DeepSeek-VL2 ef9f91e, deepseek_vl2/models/processing_deepseek_vl_v2.py and
         modeling_deepseek_vl_v2.py; ImageOps.pad of Pillow 13.

Where they disagree, and what vtok follows:
- Paper and code agree on 210 + 1 + 14 rows x (14 columns + 1) tokens. An image of one tile is encoded twice.
- The code can put the whole image last (global_view_pos). The checkpoints publish "head", and vtok follows them.
- Releases of Pillow before 13 fail on an image more than 768 times as long as high. Pillow 13 shows none of it in the
  view of the whole image.
"""

from typing import ClassVar

from vtok.geometry.canvases import centred, contained, cut
from vtok.geometry.places import Patches
from vtok.geometry.tiling import best_fit, chosen
from vtok.parts.family import Family, family
from vtok.parts.keys import by_tiling
from vtok.parts.spans import SEPARATOR
from vtok.parts.tiles import canvas_layout, stitched_tokens
from vtok.parts.views import padded_thumbnail
from vtok.values import Candidate, Layout, Media, Size, Step

CANVASES = tuple(
    (384 * columns, 384 * rows) for columns in range(1, 10) for rows in range(1, 10) if columns * rows < 10
)
"""The canvases of up to nine tiles, as (width, height), in the order of processor_config.json."""


@family
class DeepseekVLV2(Family):
    """The numbers of a DeepSeek-VL2 checkpoint; `candidate_resolutions` are (width, height), the first one is a tile.

    If more than `max_cropped_images` images share a prompt, none of them is tiled.
    """

    images_only: ClassVar[bool] = True
    always_resizes: ClassVar[tuple[str, ...]] = ("image",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("ef9f91e",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "candidate_resolutions": ("processor:candidate_resolutions", "config:candidate_resolutions"),
        "patch_size": ("processor:patch_size", "config:vision_config.patch_size"),
    }

    candidate_resolutions: tuple[tuple[int, int], ...]
    patch_size: int = 14
    downsample_ratio: int = 2
    max_cropped_images: int = 2

    @property
    def side(self) -> int:
        """The side of a tile."""
        return self.candidate_resolutions[0][0]

    def layout(self, media: Media) -> Layout:
        """Views: the whole image, then the tiles. Spans: the whole image, a separator, the tiles as one map."""
        original, _ = self.orient(media)
        best = chosen(self.candidates(media))
        canvas, resized = best.canvas, contained(original, best.canvas)
        content = centred(resized, canvas)
        patches = Patches(self.patch_size, self.downsample_ratio)
        fit, whole = padded_thumbnail(original, self.side, patches)
        tiles = cut(original, canvas, best.tiles, patches, content=content)
        done = (
            Step(name="resize", before=original, after=resized, reason=f"the largest size that {canvas} holds"),
            Step(name="pad", before=resized, after=canvas, reason=f"grey up to {canvas}, the image in the middle"),
            fit,
        )
        spans = (stitched_tokens((whole,), 1), SEPARATOR, stitched_tokens(tiles, best.tiles[0], first=1))
        return canvas_layout(self, media, best, done, content=content, views=(whole, *tiles), spans=spans)

    count_keys = by_tiling

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The canvases of candidate_resolutions; a single tile if too many images share the prompt."""
        original, _ = self.orient(media)
        pairs, many = self.candidate_resolutions, self.num_images > self.max_cropped_images
        canvases = [Size(height, width) for width, height in (pairs[:1] if many else pairs)]
        candidates = best_fit(original, canvases, tile=self.side)
        why = f"{self.num_images} images share the prompt, and more than {self.max_cropped_images} are not tiled"
        return (candidates[0]._replace(reason=why),) if many else candidates


PROCESSOR = "processor_config.json"

MODEL_TYPES = ("deepseek_vl2",)
SHARED_WITH = ("deepseek_ocr", "deepseek_ocr2")
PRESETS = tuple(
    DeepseekVLV2(
        model="deepseek-vl2",
        preset=name,
        repo=f"deepseek-ai/{name}",
        candidate_resolutions=CANVASES,
        max_position_embeddings=4096,
        sources={
            "*": PROCESSOR,
            "max_position_embeddings": "README.md (sequence length)",
            "max_cropped_images": "processing_deepseek_vl_v2.py",
        },
        remarks=(
            "SigLIP-so400m/14-384 without class token: 27 x 27 patches of a view; its last 6 pixels are in no patch.",
            "27 x 27 patches are padded by a row and a column to 28 x 28, and 2 x 2 of them make a token: 196 a view.",
            "Newlines and the separator are learned vectors, all under the same id as the image's tokens (<image>).",
        ),
    )
    for name in ("deepseek-vl2", "deepseek-vl2-small", "deepseek-vl2-tiny")
)
