"""MiniCPM-V 4.7: MiniCPM-V 4.6's slices; the language model has the slices' positions on the image.

Rule     As MiniCPM-V 4.6, videos included.
Numbers  Class defaults of transformers: no published config of the checkpoint is known.
Paper    none yet; the documentation of transformers. Code: transformers 5.23, models/minicpmv4_7 and
         models/minicpmv4_6/{image_processing,video_processing}_minicpmv4_6.py, whose classes its checkpoints name.

Its positions count time, rows and columns on a canvas of all slices, over which the tokens of the whole image are
spread (canvas M-RoPE). vtok does not compute them.
"""

from typing import ClassVar

from vtok.families import minicpmv4_6
from vtok.families.minicpmv4_6 import MiniCPMV46
from vtok.parts.family import family
from vtok.parts.sources import ClassDefaults


@family
class MiniCPMV47(MiniCPMV46):
    """The numbers of a MiniCPM-V 4.7 checkpoint."""

    counting: ClassVar[str] = (
        "its language model counts positions by time, row and column on a canvas of all slices, which vtok does not "
        "compute"
    )


CLASS_DEFAULTS: ClassDefaults = {
    **{name: numbers for name, numbers in minicpmv4_6.CLASS_DEFAULTS.items() if name != "MiniCPMV4_6Config"},
    "MiniCPMV4_7Config": {"patch_size": 16},
}
PRESETS = tuple(
    MiniCPMV47(
        model="minicpm-v-4.7",
        preset=f"minicpm-v-4.7{suffix}",
        repo=f"openbmb/MiniCPM-V-4.7{suffix.upper()}",
        sources={"patch_size": "transformers 5.23 MiniCPMV4_6ImageProcessor"},
    )
    for suffix in ("-1b", "-35b-a3b")
)
