"""Parts of messages as OpenAI's APIs take them: Chat Completions and Responses."""

from collections.abc import Mapping
from typing import Any

from vtok.chats.messages import Part, Text, Visual

TEXTS = {"text": "text", "input_text": "text", "output_text": "text", "refusal": "refusal"}
"""Types of parts that are text, and the key of the text."""

VISUALS = {"image_url": "image_url", "input_image": "image_url", "video_url": "video_url", "input_video": "video_url"}
"""Types of parts that are an image or video, and the key of its URL."""


def part(item: Mapping[str, Any], place: str) -> Part | None:
    """The part that this object is: text, or an image or video by its URL; None where it has another form.

    The URL stands in the object or in an object below it, beside `detail`. A path may stand instead.
    """
    kind = item.get("type")
    if not isinstance(kind, str):
        return None
    if kind in TEXTS and isinstance(item.get(TEXTS[kind]), str):
        return Text(item[TEXTS[kind]])
    if kind not in VISUALS or VISUALS[kind] not in item:
        return None
    holder = item[VISUALS[kind]]
    detail = (holder if isinstance(holder, Mapping) else item).get("detail")
    options = {} if detail in (None, "auto") else {"detail": detail}
    video = VISUALS[kind] == "video_url"
    return Visual(source=holder, kind="video" if video else "image", options=options, place=place)


def tool(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool as chat templates take it; the Responses API has the function's keys beside its type."""
    if item.get("type") == "function" and "function" not in item:
        return {"type": "function", "function": {key: value for key, value in item.items() if key != "type"}}
    return item
