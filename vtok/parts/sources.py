"""Where most numbers of a checkpoint are from."""

from typing import Any

IMAGE_CONFIG = "preprocessor_config.json"
VIDEO_CONFIG = "video_preprocessor_config.json"
CHAT_TEMPLATE = "chat template, with one image"

SIZE_ALONE: dict[str, tuple[str, ...]] = {
    "min_pixels": ("image:size.shortest_edge",),
    "max_pixels": ("image:size.longest_edge",),
    "video_min_pixels": ("video:size.shortest_edge",),
    "video_max_pixels": ("video:size.longest_edge",),
}
"""The `config_keys` of a family whose processors read limits in `size` alone, and no min_pixels and max_pixels."""

ClassDefaults = dict[str, dict[str, Any]]
"""The numbers that transformers takes where a config leaves them out: for each class, by vtok's field,
None for one to which vtok has no answer.

A family file lists them in CLASS_DEFAULTS, the class that transformers has for the model first. The class of a config's
file is known by its ending: ImageProcessor, VideoProcessor, Config; others are of processor_config.json. A class
without numbers of its own is listed, too; those of encoders and language models that families share are in
checkpoints/keys.py.
"""
