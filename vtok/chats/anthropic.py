"""Parts of messages as Anthropic's API takes them: images by `source`, tools in parts of their own."""

from collections.abc import Mapping
from typing import Any

from vtok.chats.messages import Part, Text, Visual
from vtok.chats.sources import decoded
from vtok.errors import ChatError


def part(item: Mapping[str, Any], place: str) -> Part | None:
    """The image or the thought that this object is; None where it has another form."""
    if item.get("type") == "thinking" and isinstance(item.get("thinking"), str):
        return Text(item["thinking"])
    source = item.get("source")
    if item.get("type") != "image" or not isinstance(source, Mapping):
        return None
    if source.get("type") == "base64" and isinstance(source.get("data"), str):
        return Visual(source=decoded(source["data"], f"{place}: source.data is"), kind="image", place=place)
    if source.get("type") == "url":
        return Visual(source=source.get("url"), kind="image", place=place)
    raise ChatError(f"{place}: a source of type {str(source.get('type'))[:40]!r}; expected base64 or url")


def call(item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A part that calls a tool, as chat templates of transformers take a call; None for another part."""
    if item.get("type") != "tool_use":
        return None
    function = {"name": item.get("name", ""), "arguments": item.get("input", {})}
    return {"id": item.get("id", ""), "type": "function", "function": function}


def tool(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A tool as chat templates take it: `input_schema` is what they call `parameters`."""
    if "input_schema" not in item:
        return item
    function = {key: item[key] for key in ("name", "description") if key in item}
    return {"type": "function", "function": {**function, "parameters": item["input_schema"]}}
