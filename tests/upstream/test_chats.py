"""Chats by the installed transformers' own processors: the length of its `input_ids` is vtok's."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chat_checkpoints import FAMILIES, chats, written

from vtok import checkpoints
from vtok.chats.checkpoint import words_of
from vtok.chats.counting import Counter, message_of
from vtok.chats.messages import Chat
from vtok.chats.prompts import Seen, prompt_of
from vtok.parts.family import Family

pytestmark = pytest.mark.upstream
pytest.importorskip("torch")
pytest.importorskip("torchvision")
transformers = pytest.importorskip("transformers")

CHATS = 50
"""Random chats of each family."""


def upstream(processor: Any, name: str, chat: Chat, seen: tuple[Seen, ...]) -> int:
    """The length of the `input_ids` that the processor makes of the chat."""
    from PIL import Image

    waiting, metadata = iter(seen), []
    messages = [message_of(turn) for turn in chat.turns]
    for message in messages:
        for part in message["content"] if isinstance(message["content"], list) else ():
            if part["type"] == "text":
                continue
            media: Any = next(waiting).media
            if media.is_video:
                part["video"] = np.zeros((media.num_frames, *media.size, 3), np.uint8)
                facts = {"total_num_frames": media.num_frames, "fps": media.fps, "duration": media.duration}
                metadata.append(facts | {"frames_indices": list(range(media.num_frames))})
            else:
                part["image"] = Image.new("RGB", (media.size.width, media.size.height))
    options = {"video_metadata": [metadata], **FAMILIES[name].sampling} if metadata else {}
    made = processor.apply_chat_template(
        messages,
        tools=list(chat.tools) or None,
        add_generation_prompt=chat.turns[-1].role != "assistant",
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        processor_kwargs=options,
    )
    return int(made["input_ids"].shape[-1])


def loaded(name: str, folder: Path) -> tuple[Any, Family]:
    """The processor of that folder, and vtok's preset of it."""
    family = FAMILIES[name]
    written(folder, name)
    processor = getattr(transformers, family.processor).from_pretrained(str(folder), **family.arguments)
    preset = checkpoints.get(str(folder))
    return processor, preset.choose(**family.options)


def differences(name: str, folder: Path, *, seed: int = 1, more: int = 0) -> list[str]:
    """The chats whose lengths differ; `more` is added to vtok's."""
    processor, preset = loaded(name, folder)
    words = words_of(preset)
    assert words
    faults = []
    with Counter(words, preset.placeholders) as counter:
        for number, (chat, seen) in enumerate(chats(name, seed, CHATS)):
            want = upstream(processor, name, chat, seen)
            here = prompt_of(chat, preset, seen, counter)
            assert not here.estimated
            assert not here.missing
            if here.tokens + more != want:
                faults.append(f"chat {number}: {here.tokens + more}, not {want}: {chat}")
    return faults


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FAMILIES)
def test_the_length_is_that_of_the_input_ids(name: str, tmp_path: Path) -> None:
    assert differences(name, tmp_path) == []


@pytest.mark.filterwarnings("ignore")
def test_the_comparison_can_fail(tmp_path: Path) -> None:
    assert len(differences("qwen2-vl", tmp_path, more=1)) == CHATS
