"""Parts of messages as transformers and qwen-vl-utils take them: {"type": "image", "image": path}."""

from collections.abc import Mapping
from typing import Any

from vtok.chats.messages import Part, Visual
from vtok.chats.sources import decoded

PIPELINE = "qwen-vl-utils"
"""The pipeline that takes settings of single images and videos from their messages."""

KEYS = ("url", "path", "base64")
"""Keys of an image or video, beside the name of its type."""

OPTIONS = {
    "fps": "sample_fps",
    "nframes": "sample_frames",
    "num_frames": "sample_frames",
    **{
        name: name
        for name in (
            "sample_fps", "min_frames", "max_frames", "min_pixels", "max_pixels", "total_pixels", "resized_height",
            "resized_width", "video_start", "video_end",
        )
    },
}  # fmt: skip
"""Settings of one image or video, and vtok's options for them (qwen-vl-utils 0.0.14, vision_process.py)."""


def part(item: Mapping[str, Any], place: str) -> Part | None:
    """The image or video that this object is; None where it has another form.

    An object without any source is an image whose size the user gives, as templates of transformers take them.
    """
    kind = item.get("type", next((kind for kind in ("image", "video") if kind in item), None))
    if kind not in ("image", "video"):
        return None
    source = next((item[key] for key in (kind, *KEYS) if item.get(key) is not None), None)
    if source is not None and source is item.get("base64") and isinstance(source, str) and "," not in source:
        source = decoded(source, f"{place}: base64 is")
    options = {OPTIONS[key]: value for key, value in item.items() if key in OPTIONS and value is not None}
    return Visual(source=source, kind=kind, options=options, place=place)
