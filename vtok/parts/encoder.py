"""A vision encoder on its own: it takes an image of a fixed size and returns a state for each patch."""

from typing import ClassVar, NamedTuple

from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, center_crop, merged_raster
from vtok.parts.family import family, option
from vtok.parts.keys import Keys, by_square
from vtok.parts.resizing import OptionalResize
from vtok.parts.sources import IMAGE_CONFIG
from vtok.parts.spans import encoder_states
from vtok.parts.views import fixed_view
from vtok.values import Box, Layout, Media, Raster, Sink, Size, Step, View

SOURCES = {"*": "architecture", "size": IMAGE_CONFIG, "crop_size": IMAGE_CONFIG, "patch_size": "config.json"}


class Cut(NamedTuple):
    """How an image becomes a square: resized to `side`, the middle of `crop_size` cut out of it; None takes all."""

    side: int
    crop_size: int | None
    keep_aspect: bool


@family
class Encoder(OptionalResize):
    """The numbers of a plain vision encoder.

    The image is stretched to a square of `size` or, with `keep_aspect`, its shorter side is resized to `size`. With
    `crop_size`, the middle is cut out. Where stages merge patches, a state stands for merge_size x merge_size of them.
    A checkpoint without preprocessor_config.json has the size of its encoder in config.json. The positions in
    config.json are those of the text model beside the encoder, and so are not read.
    """

    images_only: ClassVar[bool] = True
    sink: ClassVar[Sink] = "output"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "size": ("image:size", "config:vision_config.image_size", "config:image_size"),
        "crop_size": (),
        "keep_aspect": ("image:size|aspect",),
        "do_center_crop": (),
        "patch_size": ("config:vision_config.patch_size", "config:patch_size"),
        "merge_size": (),
        "num_class_tokens": (),
        "num_register_tokens": ("config:num_register_tokens", "config:vision_config.num_register_tokens"),
        "max_position_embeddings": (),
    }

    size: int
    keep_aspect: bool = False
    crop_size: int | None = None
    patch_size: int = 16
    merge_size: int = 1
    num_class_tokens: int = 1
    num_register_tokens: int = 0

    do_center_crop: bool = option(default=True, text="cut out the middle, where the model does so")

    @property
    def cut(self) -> Cut:
        """How an image becomes a square."""
        return Cut(self.size, self.crop_size if self.do_center_crop else None, self.keep_aspect)

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: class tokens, registers and patches are the output."""
        original, steps = self.orient(media)
        done, view = self.view(original)
        raster = self.raster(view)
        if not raster.cells:
            cell = self.patch_size * self.merge_size
            raise UsageError(f"a view of {view.size} pixels holds no state of {cell} pixels; give a larger image")
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(
                view,
                raster=raster,
                sink=self.sink,
                class_tokens=self.num_class_tokens,
                registers=self.num_register_tokens,
            ),
            resized=done[0].after,
            content=view.content,
        )

    def view(self, original: Size) -> tuple[tuple[Step, ...], View]:
        """What the encoder sees of an image, and the steps that lead there."""
        cut, patches = self.cut, Patches(self.patch_size, self.merge_size)
        return fixed_view(
            original,
            cut.side,
            patches,
            crop_size=cut.crop_size,
            keep_aspect=cut.keep_aspect,
            do_resize=self.do_resize,
            cutting=self.middle,
        )

    def middle(self, size: Size, crop: Size) -> tuple[Box, Box]:
        """Where the middle is cut out: its box in the view, and the part of the resized image that it shows."""
        return center_crop(size, crop)

    def raster(self, view: View) -> Raster:
        """The cells of the last states."""
        return merged_raster(view)

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        cut, cell = self.cut, self.patch_size * self.merge_size
        return by_square(
            sizes,
            cut.side,
            cell,
            crop_size=cut.crop_size,
            keep_aspect=cut.keep_aspect,
            do_resize=self.do_resize,
        )


@family
class CroppingEncoder(Encoder):
    """The numbers of an encoder whose image processor cuts out the middle; config.json has another size, or none.

    A `size` that is one number keeps the aspect ratio.
    """

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **Encoder.config_keys,
        "size": ("image:size",),
        "crop_size": ("image:crop_size|square",),
        "keep_aspect": ("image:size|aspect_of_number",),
        "do_center_crop": ("image:do_center_crop",),
    }

    keep_aspect: bool = True


@family
class CLIPEncoder(CroppingEncoder):
    """The numbers of an encoder whose image processor is CLIP's, and whose config.json has the size of the middle."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **CroppingEncoder.config_keys,
        "size": Encoder.config_keys["size"],
        "patch_size": ("config:vision_config_dict.patch_size", *Encoder.config_keys["patch_size"]),
        "crop_size": ("image:crop_size|square", "config:vision_config.image_size", "config:image_size"),
    }
