"""An encoder on its own: an image of a fixed size in, a state for each patch out."""

from typing import Any, ClassVar

from vtok.geometry.places import Patches
from vtok.parts.family import Family, family
from vtok.parts.sources import CONFIG
from vtok.parts.spans import encoder_states
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media

SOURCES = {"*": "architecture", "size": CONFIG, "crop_size": CONFIG, "patch_size": "config.json"}


@family
class Encoder(Family):
    """The numbers of a plain vision encoder.

    `size` is the side of the square that images are stretched to; with `crop_size`, that of their shorter side,
    before the middle is cut out. Where there is no config of the preprocessor, config.json has the size that the
    encoder is made for. What it says of positions is about the text beside the encoder.
    """

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size", "config:vision_config.image_size", "config:image_size"),
        "crop_size": (),
        "patch_size": ("config:vision_config.patch_size", "config:patch_size"),
        "max_position_embeddings": (),
    }
    left_out: ClassVar[dict[str, Any]] = {"patch_size": 16}

    size: int = 224
    crop_size: int | None = None
    patch_size: int = 16
    class_token: bool = True
    num_register_tokens: int = 0

    def layout(self, media: Media) -> Layout:
        """One view; class token, registers and patches are the output."""
        original, steps = self.orient(media)
        patches = Patches(self.patch_size)
        done, view = fixed_view(original, self.size, patches, crop_size=self.crop_size)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(view, sink="output", class_token=self.class_token, registers=self.num_register_tokens),
            resized=done[0].after,
            content=view.content,
        )
