"""Florence-2: the image stretched to 768 pixels, 24 x 24 tokens and before them their mean.

Rule     The image is stretched to a square of 768 pixels. DaViT halves it in stages down to 24 x 24 features of 32
         pixels each. The mean of all features comes first, then each of them. Nothing encloses them.
Numbers  preprocessor_config.json and config.json of the checkpoints: image_seq_length 577.
Paper    arXiv 2311.06242. Code: transformers 5.23, models/florence2.

The stages are 192 x 192, 96 x 96, 48 x 48 and 24 x 24. The patches of the first overlap: 7 x 7 pixels every 4. The
tokens are the input of the encoder of an encoder-decoder, before the text.
"""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.geometry.snapping import not_resized, pad_to_multiple
from vtok.parts.family import family
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize, check_side
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.parts.views import fixed_view, padded_view
from vtok.values import Layout, Media


@family
class Florence2(OptionalResize):
    """The numbers of a Florence-2 checkpoint."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = (
        "its encoder (DaViT) attends by turns within 12 x 12 features of a padded map and across channels"
    )

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size|box",),
        "patch_size": (),  # config.json has the patch size of each stage
    }

    size: int = 768
    patch_size: int = 32

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image. Spans: the mean of all features, then the features."""
        original, steps = self.orient(media)
        patches = Patches(self.patch_size)
        done, view = fixed_view(original, self.size, patches)
        if not self.do_resize:  # the convolutions pad
            resize = not_resized(original)
            pad, view = padded_view(original, resize, patches)
            done = (resize, pad)
            check_side(self, view, self.size)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(view, sink="prompt"),
            tiles=(1, 1),
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The padded grid of an image that is not resized."""
        return () if self.do_resize else cells(pad_to_multiple(sizes, self.patch_size).after, self.patch_size)


CLASS_DEFAULTS: ClassDefaults = {
    "CLIPImageProcessor": {"size": None},  # it keeps the aspect ratio
}
PRESETS = tuple(
    Florence2(
        model="florence-2",
        preset=f"florence-2-{size}",
        repo=f"florence-community/Florence-2-{size}",
        max_position_embeddings=1024 if size == "base" else 4096,
        chat_tokens=2,
        sources={
            "size": "preprocessor_config.json",
            "patch_size": "product of the strides in config.json",
            "chat_tokens": "transformers 5.23 Florence2Processor",
        },
        remarks=("Stages: 192x192, 96x96, 48x48, 24x24; the first token is the mean of the others.",),
    )
    for size in ("large", "base")
)
