"""SmolVLM and SmolVLM2: Idefics3's tiling, with larger tiles and fewer tokens for each; SmolVLM2 takes videos, too.

Rule     As Idefics3. In 2.2B, the longer side is 1,536 pixels, tiles are 384 with 81 tokens each (pixel shuffle 3 x 3).
         In 256M and 500M, it is 2,048 pixels, tiles are 512 with 64 tokens each (pixel shuffle 4 x 4).
         Videos of SmolVLM2: a frame a second, at most 64. Each frame is stretched to one tile. Text before the first
         frame has the number of frames and the duration, text before each frame its minute and second.
Numbers  preprocessor_config.json and processor_config.json of the checkpoints; for videos its video_sampling.
Paper    arXiv 2504.05299. Code: transformers 5.23, models/smolvlm/{video_processing,processing}_smolvlm.py (SmolVLM2)
         and models/idefics3 (SmolVLM), whose rules for images are the same.

Where they disagree, and what vtok follows:
- The encoder of 256M and 500M is SigLIP-B/16 at 512: 32 x 32 patches, as config.json of the checkpoints has it.
- In each tile of 2.2B, 6 of 384 pixels at the right and bottom do not fill a patch and are not seen.
- A number of frames is an upper limit: at a frame a second, a short video has fewer.
- Of a video that is longer than the most frames times the rate, plus 2 seconds, the first and the last second are
  skipped. Upstream multiplies by the rate where a division would give the seconds that the most frames last.
- The longer side of a frame is first resized to the size for images, not to video_sampling.video_size, which the size
  beside it overrides. The second resize decides the size of the tile alone.
- transformers' processor samples frames if a rate or a number of frames reaches it, as by its chat template; called
  without both, it takes every frame. vtok samples. Without a rate of the video, upstream refuses to sample.
- The text around frames is named, but not counted. With several videos in one prompt, the text before each has the
  number of frames of the longest one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

from vtok.families import idefics3
from vtok.families.idefics3 import Idefics3
from vtok.geometry.clocks import trimmed_frames
from vtok.geometry.frames import needed_rate
from vtok.geometry.places import Patches
from vtok.geometry.resize import longest_edge_even, stretch
from vtok.parts.family import Placeholders, family, option
from vtok.parts.numerals import in_words
from vtok.parts.resizing import check_side
from vtok.parts.spans import plain
from vtok.parts.tagged_tiles import TaggedTiles
from vtok.parts.videos import ASSUMED_FPS, SampledUpTo, each_frame, sampled_up_to
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media

SKIPPED = 1
"""Seconds that are skipped at either end of a long video."""


VIDEO_TEMPLATE = (
    "<|im_start|>{% for message in messages %}{{ message.role | capitalize }}:"
    "{% if message.content[0].type != 'image' %}{{ ' ' }}{% endif %}{% for part in message.content %}"
    "{% if part.type == 'text' %}{{ part.text }}{% else %}<{{ part.type }}>{% endif %}{% endfor %}"
    "<end_of_utterance>{{ '\\n' }}{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""Writes what DEFAULT_CHAT_TEMPLATE of processing_smolvlm.py does."""


@family
class SmolVLM2(TaggedTiles, SampledUpTo):
    """The numbers of a SmolVLM2 checkpoint."""

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **TaggedTiles.config_keys,
        "sample_fps": ("image:video_sampling.fps",),
        "max_frames": ("image:video_sampling.max_frames",),
    }
    placeholders: ClassVar[Placeholders] = {"image": ("<image>",), "video": ("<video>", "<image>")}

    video_template: ClassVar[str] = VIDEO_TEMPLATE

    max_frames: int = 64
    sample_fps: float = option(1.0, "frames taken per second of a video")

    def layout(self, media: Media) -> Layout:
        """Images: as Idefics3. Videos: a view for each frame, with the texts around it."""
        if not media.is_video:
            return super().layout(media)
        original, steps = self.orient(media)
        side, patches = self.max_image_size, Patches(self.patch_size, self.scale_factor)
        first = (longest_edge_even(original, self.longest_edge),) if self.do_resize else ()
        done, view = fixed_view(original, side, patches, do_resize=self.do_resize)
        check_side(self, view, side)
        if first:
            done = (*first, stretch(first[0].after, view.size))
        rate = needed_rate(self.sample_fps)
        sampling = sampled_up_to(self, media, trimmed_frames, sample_fps=rate, skip=SKIPPED)
        fps = media.fps or ASSUMED_FPS
        names = [clock(frame / fps) for frame in sampling.indices]
        views, spans = each_frame((view,), self.spans((view,), (0, 0)), sampling, name=lambda i: names[i - 1])
        seconds = media.duration or (media.total_frames if media.fps else sampling.indices[-1]) / fps
        return self.describe(
            media,
            original,
            steps=(*steps, *done),
            views=views,
            spans=(plain(intro(len(views), seconds)), *spans, plain("\n\n")),
            content=view.content,
            tiles=(0, 0),
            sampling=sampling,
        )

    def in_company(self, layouts: Sequence[Layout]) -> Sequence[Layout]:
        """Videos of one prompt are padded to the longest, and the text before each has its number of frames."""
        most = max((len(layout.views) for layout in layouts if layout.media.is_video), default=0)
        return [_renamed(layout, most) if layout.media.is_video else layout for layout in layouts]


def _renamed(layout: Layout, frames: int) -> Layout:
    first, *rest = layout.spans
    text = first.text.replace(f"{in_words(len(layout.views))} frames", f"{in_words(frames)} frames", 1)
    return replace(layout, spans=(replace(first, text=text), *rest))


def clock(seconds: float) -> str:
    """The text before a frame: its minute and second."""
    return f"\nFrame from {int(seconds // 60):02d}:{int(seconds % 60):02d}:"


def intro(frames: int, seconds: float) -> str:
    """The text before the first frame."""
    duration = timedelta(seconds=int(seconds))
    return f"You are provided the following series of {in_words(frames)} frames from a {duration} [H:MM:SS] video.\n"


SOURCES = {**idefics3.SOURCES, "resample": "preprocessor_config.json"}
SMALL: dict[str, Any] = {
    "longest_edge": 2048,
    "max_image_size": 512,
    "image_seq_len": 64,
    "patch_size": 16,
    "scale_factor": 4,
    "sources": SOURCES,
    "remarks": ("32 x 32 patches of a view, pixel shuffle to 8 x 8.",),
}
"""The numbers of the checkpoints with tiles of 512 pixels."""
DOCUMENTS = "Reads documents: SmolVLM-256M's images before another language model."

CLASS_DEFAULTS = idefics3.CLASS_DEFAULTS | {"SmolVLMVideoProcessor": {}}
KINDS: tuple[tuple[str, type[TaggedTiles]], ...] = (("SmolVLM", Idefics3), ("SmolVLM2", SmolVLM2))
PRESETS = (
    *(
        kind(
            model="smolvlm-2.2b",
            preset=f"{name.lower()}-2.2b",
            repo=f"HuggingFaceTB/{name}{'-2.2B' if kind is SmolVLM2 else ''}-Instruct",
            longest_edge=1536,
            max_image_size=384,
            image_seq_len=81,
            scale_factor=3,
            chat_tokens=8,
            max_position_embeddings=8192 if kind is SmolVLM2 else 16_384,
            sources=SOURCES,
            remarks=("27 x 27 patches of a view, pixel shuffle to 9 x 9.",),
        )
        for name, kind in KINDS
    ),
    *(
        kind(
            model=f"smolvlm-{size.lower()}",
            preset=f"{name.lower()}-{size.lower()}",
            repo=f"HuggingFaceTB/{name}-{size}{'-Video' if kind is SmolVLM2 else ''}-Instruct",
            **SMALL,
            chat_tokens=8,
            max_position_embeddings=8192,
        )
        for size in ("256M", "500M")
        for name, kind in KINDS
    ),
    *(
        Idefics3(
            model="smolvlm-256m",
            preset=name.lower(),
            repo=f"{home}/{name}",
            **SMALL | {"remarks": (*SMALL["remarks"], DOCUMENTS)},
            max_position_embeddings=8192,
        )
        for home, name in (("ibm-granite", "granite-docling-258M"), ("ds4sd", "SmolDocling-256M-preview"))
    ),
)
