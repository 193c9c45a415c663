"""SAM: the image padded to 1,024 pixels, a feature for each patch of 16.

Rule     The longer side is resized to 1,024 pixels; small images are enlarged. The image is padded at the right and
         bottom to a square. Patches of 16 have no class token; a neck leaves 256 channels.
Numbers  preprocessor_config.json and config.json of the checkpoints.
Paper    arXiv 2304.02643. Code: transformers 5.23, models/sam.

The stages of the base model are 64 x 64 x 768 patches and 64 x 64 x 256 behind the neck. All but four layers attend
within windows of 14 x 14 patches. 64 is not a multiple of 14: the grid is padded to 70, five windows along each side.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, whole_view
from vtok.geometry.resize import long_edge
from vtok.geometry.snapping import not_resized
from vtok.parts.family import family, option
from vtok.parts.keys import Keys, cells
from vtok.parts.resizing import OptionalResize, check_within
from vtok.parts.sources import IMAGE_CONFIG, ClassDefaults
from vtok.parts.spans import encoder_states
from vtok.values import Box, Layout, Media, Size, Step


@family
class Sam(OptionalResize):
    """The numbers of a SAM checkpoint's image encoder; `window_size` is in patches, as in config.json."""

    images_only: ClassVar[bool] = True
    attention: ClassVar[str] = (
        "its encoder attends within 14 x 14 patches of a grid padded to whole windows, and in full in four layers"
    )
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "longest_edge": ("image:size.longest_edge",),
        "pad_size": ("image:pad_size", "config:vision_config.image_size"),
        "do_pad": ("image:do_pad",),
    }

    longest_edge: int = 1024
    pad_size: int = 1024
    patch_size: int = 16
    global_attn_indexes: tuple[int, ...]
    window_size: int = 14
    resample: str = "bilinear"
    do_pad: bool = option(default=True, text="pad to a square")

    def layout(self, media: Media) -> Layout:
        """Views: one, padded unless do_pad is false. Spans: its features are the output."""
        original, steps = self.orient(media)
        resize = long_edge(original, self.longest_edge) if self.do_resize else not_resized(original)
        steps += (resize,)
        canvas = resize.after
        if self.do_pad:
            canvas = self.padded(resize.after)
            reason = f"padded at the right and bottom to a square of {self.pad_size}"
            steps += (Step(name="pad", before=resize.after, after=canvas, reason=reason),)
        view = whole_view(original, canvas, Patches(self.patch_size), content=Box.of(resize.after))
        return self.describe(
            media,
            original,
            steps=steps,
            views=(view,),
            spans=encoder_states(view, sink="output", class_tokens=0),
            resized=resize.after,
            content=view.content,
            window=self.window_size * self.patch_size,
            full_layers=self.global_attn_indexes,
        )

    def count_keys(self, sizes: Sizes) -> Keys:
        """Whether the image fits the padded square or, where it is not padded, the grid."""
        resized = long_edge(sizes, self.longest_edge).after if self.do_resize else sizes
        if not self.do_pad:
            return cells(resized, self.patch_size)
        return (resized.area == 0, *(side > self.pad_size for side in resized))

    def padded(self, resized: Size) -> Size:
        """The padded square. Raises UsageError where the square that images are resized to does not hold them."""
        if self.do_resize and self.longest_edge > self.pad_size:
            raise UsageError(f"longest_edge {self.longest_edge:,} is above pad_size {self.pad_size:,}")
        square = Size(self.pad_size, self.pad_size)
        check_within(self, resized, square)
        return square


CLASS_DEFAULTS: ClassDefaults = {
    "SamImageProcessor": {"longest_edge": 1024, "pad_size": 1024},
    "SamVisionConfig": {"patch_size": 16, "global_attn_indexes": (2, 5, 8, 11), "window_size": 14},
}
PRESETS = tuple(
    Sam(
        model=model,
        repo=f"facebook/sam-vit-{size}",
        aliases=("sam",) if model == "sam-vit-b" else (),
        global_attn_indexes=layers,
        sources={"*": "config.json", **dict.fromkeys(("longest_edge", "pad_size", "resample"), IMAGE_CONFIG)},
        remarks=(f"Stages: patches 64x64x{width}, neck 64x64x256.",),
    )
    for model, size, layers, width in (
        ("sam-vit-b", "base", (2, 5, 8, 11), 768),
        ("sam-vit-l", "large", (5, 11, 17, 23), 1024),
        ("sam-vit-h", "huge", (7, 15, 23, 31), 1280),
    )
)
