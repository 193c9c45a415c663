"""Gemma 4 12B: Gemma 4 without an encoder; each square of 48 pixels is projected to a token.

Rule     As Gemma 4. 3 x 3 patches of 16 are joined before the projection, not averaged behind an encoder: the language
         model sees the pixels of each square of 48.
Numbers  class defaults of transformers: 280 tokens for an image, 70 for a frame.
Paper    none. Code: transformers 5.23, models/gemma4_unified.

Where they disagree, and what vtok follows:
- A patch is the square that becomes one token, since nothing else looks at the patches of 16.
"""

from typing import ClassVar

from vtok.families.gemma4 import REMARKS, Gemma4
from vtok.geometry.places import Patches
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class Gemma4Unified(Gemma4):
    """The numbers of a Gemma 4 checkpoint without an encoder."""

    attention: ClassVar[str] = "it has no encoder; its language model attends to the squares of an image"

    @property
    def patches(self) -> Patches:
        """What is embedded: squares that become one token each."""
        return Patches(self.patch_size * self.pooling_kernel_size)


CODE = "transformers 5.23 Gemma4UnifiedImageProcessor"
CLASS_DEFAULTS: ClassDefaults = {
    "Gemma4UnifiedImageProcessor": {"patch_size": 16, "pooling_kernel_size": 3, "max_soft_tokens": 280},
    "Gemma4UnifiedVideoProcessor": {"video_max_soft_tokens": 70, "sample_frames": 32},
    "Gemma4UnifiedConfig": {"max_position_embeddings": 262_144},
}
PRESETS = (
    Gemma4Unified(
        model="gemma4-unified",
        preset="gemma-4-12b-it",
        repo="google/gemma-4-12B-it",
        aliases=("google/gemma-4-12B",),
        max_position_embeddings=262_144,
        chat_tokens=13,
        sources={"max_position_embeddings": "model card"},
        remarks=REMARKS,
    ),
)
