"""What a checkpoint's folder says about text: its tokenizer, its chat template, its special tokens."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vtok.checkpoints.folders import content_of, home, text_of
from vtok.errors import UsageError
from vtok.parts.family import Family

TOKENIZER = "tokenizer.json"
SPECIALS = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
"""The special tokens that a template may name (transformers 5.23, SPECIAL_TOKENS_ATTRIBUTES)."""

LARGEST = 4 * 2**20
"""Bytes of a template; those of models are a thousand times smaller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The tokenizer's file, and the chat template with the name of its file, where the folder has one.

    `folder` may be the tokenizer's file itself. `named` is what messages call the tokenizer, a flag or a file.
    `tool_template` takes the template's place where a chat has tools. `specials` are special tokens by their names,
    `added` the tokens that tokenizer_config.json adds, by their ids. `placeholders` are the tokens that it names for
    images and videos.
    """

    folder: str
    tokenizer: str
    named: str
    template: str = ""
    template_file: str = ""
    tool_template: str = ""
    specials: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    placeholders: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The tokenizer as a message names it."""
        return os.path.join(self.folder, TOKENIZER) if os.path.isdir(self.folder) else self.folder


def words_of(family: Family) -> Words | None:
    """The tokenizer and template of a preset: those of its own folder, or of its repository in the local cache."""
    folder = home(family)
    tokenizer = os.path.join(folder, TOKENIZER) if folder else ""
    return words_in(folder, tokenizer) if folder and os.path.isfile(tokenizer) else None


def words_in(place: str, named: str) -> Words:
    """The tokenizer and template in a folder, or the tokenizer in that file alone.

    Raises UsageError where there is no tokenizer, or a file cannot be read.
    """
    if not os.path.isdir(place):
        if not os.path.isfile(place):
            raise UsageError(f"{named}: no {TOKENIZER} there; give that file or the folder that holds it")
        return Words(folder=place, tokenizer=place, named=named)
    tokenizer = os.path.join(place, TOKENIZER)
    if not os.path.isfile(tokenizer):
        raise UsageError(f"{named}: no {TOKENIZER} there; give that file or the folder that holds it")
    config = _json(place, "tokenizer_config.json")
    name, template, tools = _template(place, config)
    added = config.get("added_tokens_decoder")
    return Words(
        folder=place,
        tokenizer=tokenizer,
        named=named,
        template=template,
        template_file=name,
        tool_template=tools,
        specials=_specials({**_json(place, "special_tokens_map.json"), **config}),
        added=added if isinstance(added, Mapping) else {},
        placeholders=_named(config),
    )


def _json(folder: str, name: str) -> Mapping[str, Any]:
    path = os.path.join(folder, name)
    return content_of(path, path) if os.path.lexists(path) else {}


def _specials(config: Mapping[str, Any]) -> dict[str, str]:
    named = {name: config.get(name) for name in SPECIALS}
    texts = {name: value.get("content") if isinstance(value, Mapping) else value for name, value in named.items()}
    return {name: text for name, text in texts.items() if isinstance(text, str)}


def _named(config: Mapping[str, Any]) -> dict[str, str]:
    """The tokens of images and videos: keys of the config itself, or of its extra special tokens."""
    extra = [config.get(key) for key in ("extra_special_tokens", "model_specific_special_tokens")]
    holders = [config, *(holder for holder in extra if isinstance(holder, Mapping))]
    named = ((kind, holder.get(f"{kind}_token")) for kind in ("image", "video") for holder in holders)
    return {kind: token for kind, token in named if isinstance(token, str)}


def _template(folder: str, config: Mapping[str, Any]) -> tuple[str, str, str]:
    """The name of the template's file, the template, and another one for chats with tools; empty where there is none.

    A processor reads chat_template.json, else chat_template.jinja (transformers 5.23, processing_utils.py,
    get_processor_dict); what tokenizer_config.json has, a text or a list of named ones, is the tokenizer's own.
    """
    name = "chat_template.json"
    template = _json(folder, name).get("chat_template")
    if template is None and os.path.lexists(path := os.path.join(folder, "chat_template.jinja")):
        return "chat_template.jinja", _text(path), ""
    if template is None:
        name, template = "tokenizer_config.json", config.get("chat_template")
    if isinstance(template, list):
        template = {item.get("name"): item.get("template") for item in template if isinstance(item, Mapping)}
    if isinstance(template, Mapping):
        tools, template = template.get("tool_use"), template.get("default")
    else:
        tools = None
    text = template if isinstance(template, str) else ""
    return (name if text else ""), text, tools if isinstance(tools, str) else ""


def _text(path: str) -> str:
    """The text of a template's file. Raises UsageError where it is none."""
    return text_of(path, path, most=LARGEST, what="chat template")
