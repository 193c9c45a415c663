"""InternVideo2.5: 128 frames of a video, each stretched to 448 pixels; every four of them share 64 tokens.

Rule     Each frame is one tile of InternVL: 32 x 32 patches of 14, pixel shuffle to 16 x 16. The 1,024 tokens of four
         frames are merged by likeness until 64 are left (ToMe), of which each frame's place in the prompt gets 16,
         between a start and an end token.
Numbers  the constants of the model's class; frames as the model card passes them to its functions, which are
         InternVL's.
Paper    arXiv 2501.12386. Code: OpenGVLab/InternVideo2_5_Chat_8B's modeling_internvl_chat_hico2.py, as copied in
         boostcampaitech7/level4-cv-finalproject-hackathon-cv-01-lv3 5f666aa, model_2_5/source; the card's get_index.

Where they disagree, and what vtok follows:
- vLLM runs it as an InternVL, with 256 tokens a frame. vtok follows the original.
- The card has a number of frames by duration, too: a frame a second, 128 to 512. Its example does not use it.
- A number of frames that is no multiple of four fails, and so do images: they are taken in groups of four.
- A merged token stands for alike patches of four frames, wherever they lie, so that vtok gives it no place.
- The text before each frame ("Frame1: ") is named, but not counted.
"""

from typing import ClassVar

from vtok.errors import UnsupportedSizeError
from vtok.families.internvl import InternVL
from vtok.geometry.bounds import bounded
from vtok.geometry.frames import every_frame, near_middle_frames
from vtok.geometry.places import Patches
from vtok.parts.family import Family, family, limit, option
from vtok.parts.keys import all_equal
from vtok.parts.spans import plain, special
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media, Sampling, Span

GROUP = 4
"""The frames whose tokens are merged together (local_num_frames)."""
MERGED = 64
"""The tokens of a group after that (num_tome_tokens)."""


@family
class InternVideo25(Family):
    """The numbers of an InternVideo2.5 checkpoint."""

    kinds: ClassVar[tuple[str, ...]] = ("video",)
    always_resizes: ClassVar[tuple[str, ...]] = ("video",)
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("5f666aa",)}
    loader_turns: ClassVar[tuple[str, ...]] = ()
    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        **{name: InternVL.config_keys[name] for name in ("image_size", "patch_size", "merge_size")},
        "num_segments": (),
    }

    image_size: int = 448
    patch_size: int = 14
    merge_size: int = 2
    num_segments: int = limit(128, limits="video")
    start: str = "<img>"
    end: str = "</img>"

    sample: bool = option(default=True, text="take some frames of a video; false takes every frame")
    sample_frames: int | None = option(None, "how many frames of a video are taken, instead of num_segments")

    def layout(self, media: Media) -> Layout:
        """Views: one for each frame. Spans: for each frame its name, start, its share of the tokens of four, end."""
        original, steps = self.orient(media)
        sampling = self.frames(media)
        done, view = fixed_view(original, self.image_size, Patches(self.patch_size, self.merge_size))
        views = tuple(view._replace(kind="frame", frames=(frame,)) for frame in sampling.indices)
        spans: list[Span] = []
        for i in range(len(views)):
            first, line = i // GROUP * GROUP, "\n" if i else ""
            seen = tuple(range(first, first + GROUP))
            tokens = Span(kind="query", count=MERGED // GROUP, is_token=True, views=seen)
            spans += (plain(f"{line}Frame{i + 1}: "), *special(self.start), tokens, *special(self.end))
        return self.describe(
            media, original, steps=steps + done, views=views, spans=tuple(spans), sampling=sampling, tiles=(1, 1)
        )

    count_keys = all_equal

    def frames(self, media: Media) -> Sampling:
        """The frames that the card's function takes. Raises UnsupportedSizeError for no whole groups of them."""
        total, n = media.total_frames, self.sample_frames or self.num_segments
        taken = near_middle_frames(total, fps=media.fps, n=n) if self.sample else None
        sampling = taken or every_frame(total, fps=media.fps, multiple=1)
        if bounded(len(sampling.indices), "frames") % GROUP:
            raise UnsupportedSizeError(
                f"{self.model} takes frames in groups of {GROUP}, not {len(sampling.indices)}; ask for another number"
            )
        return sampling


PRESETS = (
    InternVideo25(
        model="internvideo2.5",
        preset="internvideo2.5-chat-8b",
        repo="OpenGVLab/InternVideo2_5_Chat_8B",
        sources={
            "*": "model card",
            **dict.fromkeys(("patch_size", "merge_size"), "InternVL2.5, the base"),
        },
        remarks=("InternViT-300M with a class token, which is dropped.",),
    ),
)
