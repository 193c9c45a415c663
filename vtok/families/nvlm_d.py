"""NVLM-D: InternVL's tiles, up to six of 448 pixels, and the whole image, each behind a tag in plain text.

Rule     Of all grids of 1 to 6 tiles, the one wins whose aspect ratio is nearest to the image's. The image is stretched
         over the grid and cut into tiles; the whole image follows as one more tile, unless there is only one. 2 x 2
         patches of 14 make a token: 256 a view. Before a tile stands <tile_1> and so on, before the whole image
         <tile_global_thumbnail>, around all of them <Image> and </Image>.
Numbers  the defaults of NVLM_D_Config as a copy of the checkpoint's configuration has them: 1 to 6 tiles; the rest is
         InternVL's. No copy of its config.json was found.
Paper    arXiv 2409.11402. Code: vLLM 0.33.0, transformers_utils/processors/{nvlm_d,internvl}.py and
         model_executor/models/nvlm_d.py, adapted from the checkpoint's modeling_nvlm_d.py; its chat_batch in a copy
         has the same tags.

The tags are plain text for its tokenizer: named, but not counted.
"""

from typing import ClassVar

from vtok.families.internvl import InternVL
from vtok.geometry.tiling import Grid, tile_grids_of_set
from vtok.parts.family import family, limit
from vtok.parts.nearest_tiles import NearestTiles
from vtok.parts.spans import plain, view_tokens
from vtok.values import Span, View


@family
class NvlmD(NearestTiles):
    """The numbers of an NVLM-D checkpoint."""

    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("vllm-0.33",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        name: InternVL.config_keys[name] for name in ("image_size", "min_num", "max_num", "patch_size", "merge_size")
    }

    max_num: int = limit(6)

    def grids(self) -> tuple[Grid, ...]:
        """The grids as a set of Python has them, sorted by their tiles."""
        return tile_grids_of_set(self.min_num, self.max_num)

    def spans(self, views: tuple[View, ...]) -> tuple[Span, ...]:
        """The prompt's part: a tag before each view."""
        tags = (*(f"<tile_{i}>" for i in range(1, len(views))), "<tile_global_thumbnail>")
        tagged = enumerate(zip(tags, views, strict=True))
        parts = (span for i, (tag, view) in tagged for span in (plain(tag), view_tokens(view, i)))
        return (plain("<Image>"), *parts, plain("</Image>"))


CONFIG = "NVLM_D_Config (copy)"
MODEL_TYPES = ("NVLM_D",)
PRESETS = (
    NvlmD(
        model="nvlm-d",
        preset="nvlm-d-72b",
        repo="nvidia/NVLM-D-72B",
        sources={
            "*": "InternVL's",
            **dict.fromkeys(("min_num", "max_num", "merge_size"), CONFIG),
        },
        remarks=(
            "InternViT-6B with a class token, which is dropped: 32 x 32 patches of a view, pixel shuffle to 16 x 16.",
        ),
    ),
)
