"""A vision encoder on its own: it takes an image of a fixed size and returns a state for each patch."""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches
from vtok.parts.family import family, option
from vtok.parts.keys import Keys, by_square
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import encoder_states
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media

SOURCES = {"*": "architecture", "size": IMAGE_CONFIG, "crop_size": IMAGE_CONFIG, "patch_size": "config.json"}


@family
class Encoder(OptionalResize):
    """The numbers of a plain vision encoder.

    The image is stretched to a square of `size`. With `crop_size`, its shorter side is resized to `size` instead, and
    the middle is cut out. A checkpoint without preprocessor_config.json has the size of its encoder in config.json. The
    positions in config.json are those of the text model beside the encoder, and so are not read.
    """

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size", "config:vision_config.image_size", "config:image_size"),
        "crop_size": (),
        "keep_aspect": ("image:size|aspect",),
        "do_center_crop": (),
        "patch_size": ("config:vision_config.patch_size", "config:patch_size"),
        "max_position_embeddings": (),
    }

    size: int
    keep_aspect: bool = False
    crop_size: int | None = None
    patch_size: int = 16
    class_token: bool = True
    num_register_tokens: int = 0

    do_center_crop: bool = option(default=True, text="cut out the middle, where the model does so")

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: class token, registers and patches are the output."""
        original, steps = self.orient(media)
        patches = Patches(self.patch_size)
        done, view = fixed_view(
            original,
            self.size,
            patches,
            crop_size=self.crop_size if self.do_center_crop else None,
            keep_aspect=self.keep_aspect,
            do_resize=self.do_resize,
        )
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(view, sink="output", class_token=self.class_token, registers=self.num_register_tokens),
            resized=done[0].after,
            content=view.content,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        crop_size = self.crop_size if self.do_center_crop else None
        aspect, resize = self.keep_aspect, self.do_resize
        return by_square(sizes, self.size, self.patch_size, crop_size=crop_size, keep_aspect=aspect, do_resize=resize)
