"""DeepSeek-OCR: a page as a square of 16 x 16 tokens; a large page once more, stretched over two to six tiles.

Rule     There are five modes. tiny and small stretch the image to a square of 512 or 640 pixels; base and large pad it
         to 1,024 or 1,280. gundam pads the whole image to 1,024. If a side exceeds 640, gundam also stretches the image
         over the grid of two to six tiles of 640 whose aspect ratio is nearest. Convolutions leave one token for each
         4 x 4 patches of 16. The tiles come first, stitched, with a newline after each row of tokens; then the whole
         image, with newlines, too; last a separator.
Numbers  config.py of the repository.
Paper    arXiv 2510.18234. Code: deepseek-ai/DeepSeek-OCR e4ac34e, DeepSeek-OCR-vllm/process/image_process.py and
         deepseek_ocr.py; ImageOps.pad of Pillow 13.

Where they disagree, and what vtok follows:
- README and paper count 64, 100, 256 and 400 tokens. With newlines and the separator these are 73, 111, 273 and 421.
- The processor writes placeholders for the whole image, then for the tiles. The model fills them with the tiles first
  and the separator last. vtok lists what the model sees.
- In the paper, gundam takes up to nine tiles. config.py sets six, and names nine as the most it can take.
- The side above which gundam tiles, 640, is fixed in the code, whatever the size of a tile.
- The image runner applies the EXIF orientation; the runners for PDF and for benchmarks do not. vtok follows the image
  runner.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.resize import stretch
from vtok.geometry.tiling import chosen, nearest_aspect, tile_grids_of_set
from vtok.parts.family import family, limit, option
from vtok.parts.keys import Keys, either, longer_than
from vtok.parts.tiles_before_whole import TilesBeforeWhole
from vtok.parts.views import padded_thumbnail, thumbnail
from vtok.values import Candidate, Media, Size, Step, View

MODES = {"tiny": 512, "small": 640, "base": 1024, "large": 1280, "gundam": 1024}
"""The side of the view of the whole image; gundam alone has tiles, too."""
STRETCHED = ("tiny", "small")


@family
class DeepseekOCR(TilesBeforeWhole):
    """The numbers of DeepSeek-OCR; `image_size` is the side of gundam's tiles."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("e4ac34e",)}
    loader_turns: ClassVar[tuple[str, ...]] = ("original",)
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"image_size": ()}  # vision_config has the size of the whole

    image_size: int = 640
    min_crops: int = 2
    max_crops: int = limit(6)
    largest_uncropped: int = 640

    mode: str = option("gundam", "how the image is prepared", *MODES, limits="image")

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The grids of min_crops to max_crops tiles in gundam mode; none for an image that is not tiled."""
        original, _ = self.orient(media)
        if self.mode != "gundam" or max(original) <= self.largest_uncropped:
            return ()
        return self.nearest(original)

    def nearest(self, size: Size) -> tuple[Candidate, ...]:
        """The grids of min_crops to max_crops tiles."""
        return nearest_aspect(size, tile_grids_of_set(self.min_crops, self.max_crops), tile=self.image_size)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The tiles of a large image."""
        if self.mode != "gundam":
            return ()
        return either(longer_than(sizes, self.largest_uncropped), chosen(self.nearest(sizes)).tiles)

    def whole(self, original: Size) -> tuple[Step, View]:
        """The step to the view of the whole image, and that view."""
        side = MODES[self.mode]
        if self.mode in STRETCHED:
            return stretch(original, Size(side, side)), thumbnail(original, side, self.patches)
        return padded_thumbnail(original, side, self.patches)


PRESETS = (
    DeepseekOCR(
        model="deepseek-ocr",
        repo="deepseek-ai/DeepSeek-OCR",
        max_position_embeddings=8192,
        chat_tokens=1,
        sources={
            "*": "config.py",
            "chat_tokens": "image_process.py (no chat template)",
            "largest_uncropped": "image_process.py",
            "patch_size": "image_process.py",
        },
        remarks=(
            "SAM-B/16, then convolutions to 1/4 of each side, then CLIP-L on those blocks: 16 x 16 of 1,024 pixels.",
            "README counts 64, 100, 256, 400 tokens for tiny, small, base, large: without newlines and separator.",
            "base_size by mode: tiny 512, small 640, base 1024, large 1280, gundam 1024 with tiles of 640.",
        ),
    ),
)
