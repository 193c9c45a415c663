"""An encoder on its own: a picture of a fixed size in, a state for each patch out."""

from dataclasses import dataclass

from vtok.families import Family
from vtok.geometry.places import center_crop, merged_raster, scaled, whole_view
from vtok.geometry.resize import short_edge, stretch
from vtok.geometry.tiling import floor_centred
from vtok.values import Box, Layout, Media, Sink, Size, Span, Step, View

CONFIG = "preprocessor_config.json"
SOURCES = {"*": "architecture", "size": CONFIG, "crop_size": CONFIG, "patch_size": "config.json"}


def fixed_view(
    original: Size, *, size: int, crop_size: int | None = None, patch_size: int
) -> tuple[tuple[Step, ...], View]:
    """The view of a picture stretched to a square or, with `crop_size`, of its middle; and the steps to it."""
    if crop_size is None:
        square = Size(size, size)
        return (stretch(original, square),), whole_view(original, square, patch_size=patch_size)
    resize = short_edge(original, size)
    crop = Size(crop_size, crop_size)
    shown, kept = center_crop(resize.after, crop)
    cut = Step(name="crop", before=resize.after, after=crop, reason=_lost(resize.after, kept))
    view = whole_view(original, crop, patch_size=patch_size, content=shown)
    return (resize, cut), view._replace(source=scaled(kept, resize.after, original))


def padded_view(original: Size, *, size: int, patch_size: int) -> tuple[tuple[Step, ...], View]:
    """The view of a picture padded to the square of its longer side; and the steps to it."""
    square, target = Size(max(original), max(original)), Size(size, size)
    reason = "to the square of the longer side, the picture in the middle" if original != square else "square already"
    pad = Step(name="pad", before=original, after=square, reason=reason)
    content = scaled(floor_centred(original, square), square, target)
    view = whole_view(original, target, patch_size=patch_size, content=content)
    return (pad, stretch(square, target)), view


def encoder_states(view: View, *, sink: Sink, class_token: bool = True, registers: int = 0) -> tuple[Span, ...]:
    """All states that an encoder returns for one view, those without a place first."""
    raster = merged_raster(view)
    spans = (
        Span(kind="class", count=int(class_token), sink=sink, is_token=True, views=(0,)),
        Span(kind="register", count=registers, sink=sink, is_token=True, views=(0,)),
        Span(kind="vision", count=raster.cells, sink=sink, is_token=True, raster=raster, views=(0,)),
    )
    return tuple(span for span in spans if span.count)


def _lost(resized: Size, kept: Box) -> str:
    share = 1 - kept.width * kept.height / resized.area
    return f"the middle; {share:.1%} of the picture is cut off" if share else "nothing is cut off"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Encoder(Family):
    """The numbers of a plain vision encoder.

    `size` is the side of the square that pictures are stretched to; with `crop_size`, that of their shorter side,
    before the middle is cut out.
    """

    size: int = 224
    crop_size: int | None = None
    patch_size: int = 16
    class_token: bool = True
    num_register_tokens: int = 0

    def layout(self, media: Media) -> Layout:
        """One view; class token, registers and patches are the output."""
        original, steps = self.orient(media)
        done, view = fixed_view(original, size=self.size, crop_size=self.crop_size, patch_size=self.patch_size)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(view, sink="output", class_token=self.class_token, registers=self.num_register_tokens),
            resized=done[0].after,
            canvas=view.size,
            content=view.content,
        )
