"""Muse Spark without its sound: Muse Glimmer's grid and timestamps in front of a larger language model.

Rule     As Muse Glimmer, whose image and video processor it uses. Sound is not counted.
Numbers  The checkpoint's own are not known. Those of transformers' classes: as Muse Glimmer.
Paper    none. Code: transformers 5.23, models/muse_spark and models/muse_glimmer.
"""

from vtok.families import muse_glimmer
from vtok.families.muse_glimmer import SOURCES, MuseGlimmer
from vtok.parts.sources import ClassDefaults

CLASS_DEFAULTS: ClassDefaults = {
    **{name: numbers for name, numbers in muse_glimmer.CLASS_DEFAULTS.items() if name.endswith("Processor")},
    "MuseSparkConfig": {
        "patch_size": 14,
        "merge_size": 2,
        "temporal_patch_size": 2,
        "max_position_embeddings": 1_048_576,
    },
}
PRESETS = (
    MuseGlimmer(
        model="muse-spark",
        preset="muse-spark-open-816b-a42b",
        repo="meta-models/Muse-Spark-Open-816B-A42B",
        sources=SOURCES,
    ),
)
