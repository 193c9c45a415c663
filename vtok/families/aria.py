"""Aria: the image on a square of 980 pixels, whose patches 256 learned queries read.

Rule     The longer side is resized to 980, the shorter one in proportion, but at least 336; the rest of the square is
         padded. 256 queries read its patches of 14. With max_image_size 490, the queries are 128.
Numbers  preprocessor_config.json and processor_config.json of the checkpoint.
Paper    arXiv 2410.05993. Code: transformers 5.23, models/aria/{image_processing,processing}_aria.py.

Where they disagree, and what vtok follows:
- transformers' processor takes 980 whatever the config says; max_image_size is an option of a call. So is split_image,
  which cuts the image into crops; vtok does not offer it.
- A query has no place in the image: each reads all of it. Patches of padding alone are masked.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import long_edge_at_least
from vtok.parts.family import Family, Placeholders, family, limit
from vtok.parts.keys import all_equal
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.values import Box, Layout, Media, Size, Span, Step

QUERIES = {490: 128, 980: 256}
"""The queries of a square, by its side (size_conversion, projector_patch_to_query_dict)."""


@family
class Aria(Family):
    """The numbers of an Aria checkpoint."""

    images_only: ClassVar[bool] = True
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {"max_image_size": ()}
    placeholders: ClassVar[Placeholders] = {"image": ("<|img|>",)}

    max_image_size: int = limit(980)
    min_image_size: int = 336
    patch_size: int = 14

    def layout(self, media: Media) -> Layout:
        """Views: one, padded. Spans: the queries."""
        original, steps = self.orient(media)
        side = self.max_image_size
        if side not in QUERIES:
            raise UsageError(f"max_image_size {side} is not one of {', '.join(map(str, QUERIES))}")
        resize = long_edge_at_least(original, side, least=self.min_image_size)
        canvas = Size(side, side)
        pad = Step(name="pad", before=resize.after, after=canvas, reason="padded at the right and bottom to the square")
        view = whole_view(original, canvas, Patches(self.patch_size), content=Box.of(resize.after))
        queries = Span(kind="query", count=QUERIES[side], is_token=True, views=(0,))
        return self.describe(
            media,
            original,
            steps=(*steps, resize, pad),
            views=(view,),
            spans=(queries,),
            resized=resize.after,
            content=view.content,
        )

    count_keys = all_equal


CLASS_DEFAULTS: ClassDefaults = {
    "AriaImageProcessor": {"min_image_size": 336},
    "AriaConfig": {},
}
PRESETS = tuple(
    Aria(
        model="aria",
        preset=name.lower(),
        repo=f"rhymes-ai/{name}",
        max_position_embeddings=context,
        sources={
            "*": IMAGE_CONFIG,
            "resample": IMAGE_CONFIG,
            "max_image_size": "transformers 5.23 AriaProcessor",
            "patch_size": "config.json",
        },
        remarks=("70 x 70 patches of the square; 256 queries cross-attend to them.",),
    )
    for name, context in (("Aria", 65_536), ("Aria-Chat", 8192), ("Aria-Base-64K", 65_536), ("Aria-Base-8K", 65_536))
)
