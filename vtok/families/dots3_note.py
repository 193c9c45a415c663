"""dots3.note: Qwen2-VL's grid; a video is one run of tokens without timestamps, and positions are plain.

Rule     Images as Qwen2-VL. Videos as Qwen3-VL, whose limits hold for all frames together, but no time is written out.
         Sound is not counted.
Numbers  The checkpoint's own are not known. Those of transformers' classes: patches of 14 (Dots3NoteVisionConfig),
         images of 3,136 to 1,003,520 pixels, all frames of a video of 131,072 to 786,432.
Paper    none. Code: transformers 5.23, models/dots3_note; llama.cpp, tools/mtmd/mtmd.cpp (start and end).

Where they disagree, and what vtok follows:
- Qwen3VLVideoProcessor has patches of 16 by default, and the encoder has 14. vtok follows the encoder.
- SGLang gives a video as images between its sounds. vtok follows transformers.
"""

from typing import ClassVar

from vtok.families.qwen3_vl import PROCESSORS
from vtok.geometry.places import merged_raster, whole_view
from vtok.parts.family import LIBRARY_DEFAULT, Placeholders, family
from vtok.parts.sources import ClassDefaults
from vtok.parts.spans import enclosed
from vtok.parts.together import LimitedTogether
from vtok.values import Layout, Media


@family
class Dots3Note(LimitedTogether):
    """The numbers of a dots3.note checkpoint."""

    placeholders: ClassVar[Placeholders] = {"image": ("<|imgpad|>",), "video": ("<|video_pad|>",)}

    start: str = "<|img|>"
    end: str = "<|endofimg|>"

    def layout(self, media: Media) -> Layout:
        """Views: one for the whole image or video. Spans: start, the merged grid, end."""
        original, steps = self.orient(media)
        sampling = self.frames(media) if media.is_video else None
        steps += (self.resize(original, sampling),)
        view = whole_view(original, steps[-1].after, self.patches, sampling=sampling)
        spans = enclosed(merged_raster(view, sampling), start=self.start, end=self.end)
        return self.describe(media, original, steps=steps, views=(view,), spans=spans, sampling=sampling)


CLASS_DEFAULTS: ClassDefaults = {
    **PROCESSORS,
    "Dots3NoteConfig": {"patch_size": 14, "merge_size": 2, "max_position_embeddings": 524_288},
}
PRESETS = (
    Dots3Note(
        model="dots3-note",
        preset="dots3-note-prev",
        repo="dots-studio/dots3-note-prev",
        sources={"*": LIBRARY_DEFAULT},
    ),
)
