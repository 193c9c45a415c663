"""Qwen-VL: 256 queries read the image; their slots in the prompt also spell the path of the image in bytes.

Rule     The image is stretched to 448 pixels and cut into patches of 14: 1,024 states, no class token. 256 queries with
         two-dimensional positions read them. In the prompt stand <img>, 256 slots and </img>. The first slots hold the
         bytes of the image's path (ids 0 to 255), the others <imgpad>. The model reads the path back from the ids and
         puts the queries there.
Numbers  config.json of the checkpoints.
Paper    arXiv 2308.12966. Code: the checkpoint's modeling_qwen.py, visual.py and tokenization_qwen.py, read in
         ports of them; QwenLM/Qwen-VL aa00ed0 has README and evaluation only.

Where they disagree, and what vtok follows:
- The first stage of training saw 224 pixels, also as 256 queries; the published checkpoints see 448.
- A path is measured in bytes after Unicode normalisation (NFC), not in characters: 85 characters of three bytes fit, 86
  do not. A path of exactly 256 bytes passes, but leaves no <imgpad> by which the model finds its end.
"""

from typing import ClassVar

from vtok.errors import UsageError
from vtok.geometry.places import Patches
from vtok.parts.family import Family, family, option
from vtok.parts.keys import all_equal
from vtok.parts.sources import CHAT_TEMPLATE
from vtok.parts.spans import encoder_states, special
from vtok.parts.views import fixed_view
from vtok.values import Layout, Media, Span


@family
class QwenVL(Family):
    """The numbers of a Qwen-VL checkpoint."""

    images_only: ClassVar[bool] = True
    pipelines: ClassVar[dict[str, tuple[str, ...]]] = {"original": ("aa00ed0",)}

    config_keys: ClassVar[dict[str, tuple[str, ...]]] = {
        "image_size": ("config:visual.image_size",),
        "patch_size": ("config:visual.patch_size",),
    }

    image_size: int = 448
    patch_size: int = 14
    n_queries: int = 256

    image_path: str | None = option(None, "the path or address written into the slots, at most 256 bytes")

    def layout(self, media: Media) -> Layout:
        """Views: one. Spans: its states, which the queries read, then start, slots and end, the prompt's part."""
        original, steps = self.orient(media)
        done, view = fixed_view(original, self.image_size, Patches(self.patch_size))
        used = self.path_bytes()
        return self.describe(
            media,
            original,
            steps=steps + done,
            views=(view,),
            spans=(
                *encoder_states(view, sink="memory", class_tokens=0),
                *special("<img>"),
                *self.slots(used),
                *special("</img>"),
            ),
            content=view.content,
            tiles=(1, 1),
            notes=("the path fills every slot, and the model cannot find its end; shorten it",)
            if used == self.n_queries
            else (),
        )

    count_keys = all_equal

    def path_bytes(self) -> int:
        """How many slots the path takes. Raises UsageError if there are fewer."""
        if not self.image_path:
            return 0
        from unicodedata import normalize

        used = len(normalize("NFC", self.image_path).encode("utf-8", "surrogatepass"))
        if used > self.n_queries:
            raise UsageError(f"image_path has {used} bytes, and there are {self.n_queries} slots for it; shorten it")
        return used

    def slots(self, used: int) -> tuple[Span, ...]:
        """The queries in slots that spell the path, then the queries in slots of padding."""
        spelt = Span(kind="query", count=used, is_token=True, text=self.image_path or "", views=(0,))
        rest = Span(kind="query", count=self.n_queries - used, is_token=True, text="<imgpad>", views=(0,))
        return tuple(span for span in (spelt, rest) if span.count)


MODEL_TYPES = ("qwen",)
PRESETS = tuple(
    QwenVL(
        model="qwen-vl",
        preset=name.lower(),
        repo=f"Qwen/{name}",
        max_position_embeddings=8192 if name == "Qwen-VL-Chat" else None,
        chat_tokens=25 if name == "Qwen-VL-Chat" else None,
        sources={"*": "config.json", "chat_tokens": CHAT_TEMPLATE},
        remarks=(
            "OpenCLIP ViT-bigG/14 at 448: 1,024 x 1664; its table of 16 x 16 positions is interpolated to 32 x 32.",
            "The prompt's text is Picture N: <img>PATH</img> and a line break; images of earlier turns count again.",
        ),
    )
    for name in ("Qwen-VL", "Qwen-VL-Chat")
)
