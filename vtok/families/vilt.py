"""ViLT: patches of 32 go straight into the transformer that reads the text, without an encoder.

Rule     The shorter side is resized to 384 pixels, or less if the longer one would exceed 639. Both sides are rounded
         down to multiples of 32. After the text stand a class token and a token for each patch.
Numbers  preprocessor_config.json of the checkpoints: 384, size_divisor 32.
Paper    arXiv 2102.03334. Code: transformers 5.23, models/vilt.

Where they disagree, and what vtok follows:
- In the paper the longer side is at most 640. In the code it is int(1333 / 800 x 384) = 639, and so at most 19 patches.
  vtok follows the code.
- A strip whose shorter side falls below 32 vanishes. transformers refuses it, and so does vtok.
- If max_image_length is below 0, as in the checkpoints, all patches are taken, but in random order. Each carries its
  place with it.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import short_edge_capped
from vtok.geometry.snapping import not_resized
from vtok.parts.family import family, limit
from vtok.parts.keys import Keys, token_grid
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.values import Layout, Media, Size, Step

LONGEST, SHORTEST = 1333, 800
"""Their quotient bounds the longer side over the shorter. The code keeps this scale of another model."""


@family
class Vilt(OptionalResize):
    """The numbers of a ViLT checkpoint."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = "every layer attends in full, over all patches and the text"
    counting: ClassVar[str] = "its patches have 2D positions, resampled to their grid; its text has learned 1D ones"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "shortest_edge": ("image:size.shortest_edge", "image:size|number"),
        "max_position_embeddings": (),  # 40 positions, for the text alone
    }

    shortest_edge: int = limit(384)
    size_divisor: int = 32
    patch_size: int = 32

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: class token, the grid."""
        original, steps = self.orient(media)
        resize = self.resize(original)
        view = whole_view(original, resize.after, Patches(self.patch_size))
        return self.describe(
            media,
            original,
            steps=(*steps, resize),
            views=(view,),
            spans=encoder_states(view, sink="prompt"),
        )

    def resize(self, size: Size) -> Step:
        """The size of the image."""
        if not self.do_resize:
            return not_resized(size)
        return short_edge_capped(
            size,
            shortest_edge=self.shortest_edge,
            longest_edge=int(LONGEST / SHORTEST * self.shortest_edge),
            factor=self.size_divisor,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        return token_grid(self.resize(sizes).after, self.patch_size)


CLASS_DEFAULTS: ClassDefaults = {
    "ViltImageProcessor": {"shortest_edge": 384, "size_divisor": 32},
    "ViltConfig": {"patch_size": 32},
}
PRESETS = tuple(
    Vilt(
        model="vilt",
        preset=f"vilt-b32-{task}",
        repo=f"dandelin/vilt-b32-{task}",
        sources={"*": IMAGE_CONFIG, "resample": IMAGE_CONFIG, "patch_size": "config.json"},
    )
    for task in ("mlm", "finetuned-vqa", "finetuned-nlvr2", "finetuned-coco")
)
