"""An encoder of videos on its own: it returns a state for each tubelet, a square of pixels through a few frames."""

from typing import ClassVar

from vtok.geometry.many import Sizes
from vtok.geometry.places import Patches, merged_raster
from vtok.parts.encoder import Cut
from vtok.parts.family import family, option
from vtok.parts.keys import Keys, by_square
from vtok.parts.resizing import OptionalResize
from vtok.parts.spans import encoder_states
from vtok.parts.videos import SampledByNumber
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media, Sampling, Sink, View


@family
class VideoEncoder(OptionalResize, SampledByNumber):
    """The numbers of an encoder of videos.

    Every frame is cut as `cut` says. `tubelet_size` frames make a temporal step; a rest of frames is dropped.
    """

    sink: ClassVar[Sink] = "output"
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "crop_size": ("video:crop_size|square",),
        "do_resize": ("video:do_resize",),
        "do_center_crop": ("video:do_center_crop",),
        "patch_size": ("config:patch_size",),
        "tubelet_size": ("config:tubelet_size",),
        "resample": ("video:resample|filter",),
        "max_position_embeddings": (),
    }

    crop_size: int
    patch_size: int = 16
    tubelet_size: int = 2

    do_center_crop: bool = option(default=True, text="cut out the middle; false takes all of a frame")

    @property
    def cut(self) -> Cut:
        """How a frame becomes a square."""
        raise NotImplementedError

    def frames(self, media: Media) -> Sampling:
        """The frames that are taken of a video."""
        raise NotImplementedError

    def layout(self, media: Media) -> Layout:
        """Views: one for all frames. Spans: the states of the tubelets are the output."""
        original, steps = self.orient(media)
        cut, sampling = self.cut, self.frames(media) if media.is_video else None
        done, view = fixed_view(
            original,
            cut.side,
            Patches(self.patch_size),
            crop_size=cut.crop_size,
            keep_aspect=cut.keep_aspect,
            do_resize=self.do_resize,
        )
        if sampling:
            view = self.tubelets(view, sampling)
        self.check(view)
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=encoder_states(view, raster=merged_raster(view, sampling), sink=self.sink, class_tokens=0),
            resized=done[0].after,
            content=view.content,
            sampling=sampling,
        )

    def tubelets(self, view: View, sampling: Sampling) -> View:
        """The view of whole tubelets. Too few frames for one are repeated together, as often as one has frames.

        Upstream: transformers 5.23, models/vjepa2/modeling_vjepa2.py, VJEPA2Embeddings.
        """
        size, frames = self.tubelet_size, sampling.indices
        frames = frames * size if len(frames) < size else frames
        steps = len(frames) // size
        return view._replace(kind="frame", grid=(steps, *view.grid[1:]), frames=frames[: steps * size])

    def check(self, view: View) -> None:
        """Raise UnsupportedSizeError for a view that the encoder does not take."""

    def count_keys(self, sizes: Sizes) -> Keys:
        """The grid."""
        side, crop_size, keep_aspect = self.cut
        patch, resize = self.patch_size, self.do_resize
        return by_square(sizes, side, patch, crop_size=crop_size, keep_aspect=keep_aspect, do_resize=resize)
