"""OpenAI's o-series: o1 and o3 pay by tiles as GPT-4o does, o4-mini by patches as GPT-5 mini does.

Rule     That of gpt_tiles.py, and of gpt_patches.py for o4-mini.
Numbers  the tables of OpenAI's guide "Images and vision", edition of spring 2026.
Paper    none.
"""

from vtok.families.gpt_patches import GptPatches
from vtok.families.gpt_tiles import GUIDE, GptTiles
from vtok.parts.hosted import CONTEXT

PRESETS = (
    *(
        GptTiles(
            model="gpt-tiles",
            preset=name,
            base=75,
            per_tile=150,
            max_position_embeddings=200_000,
            basis=GUIDE,
            sources=CONTEXT,
        )
        for name in ("o3", "o1", "o1-pro")
    ),
    GptPatches(
        model="gpt-patches",
        preset="o4-mini",
        multiplier=1.72,
        max_position_embeddings=200_000,
        basis=GUIDE,
        sources=CONTEXT,
    ),
)
