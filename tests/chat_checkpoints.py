"""Folders of checkpoints with a tokenizer and a chat template, made for tests, and random chats for them.

The configs are published ones, of tests/configs. A tokenizer is a small BPE with the special tokens of its family,
trained here. A template writes what the family's published template writes for these chats.
"""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from conftest import ROOT

from vtok.chats.messages import Chat, Part, Text, Turn, Visual
from vtok.chats.prompts import Seen
from vtok.values import Media, Size

CONFIGS = ROOT / "tests" / "configs"
PROSE = (
    "the a of image describe this that what is there in and how many people can you see look again it shows two cats "
    "on chart table red blue 3 17 2024 yes no, please. Why? def f(x): return x naïve 图片 привет über 😀 it's"
)
WORDS = tuple(PROSE.split())
SENTENCES = ("Describe this image.", "What do these frames show?\n\n", " And now?", "\n1. One\n2. Two\n", "   ", "ok")


class Family(NamedTuple):
    """A family: its published configs, its processor's class, its template, and what its tokenizer and chats need.

    `specials` are special tokens, `named` those that the processor asks its tokenizer for, `metaspace` the tokenizer of
    Llama and Gemma, to which a space is "▁" ("first" and "always" put one before text). `config` are changes of its
    configs, `arguments` those of the processor's class, `options` vtok's options for videos, and `sampling` upstream's
    words for these. `plain` are roles whose content is a string.
    """

    configs: str
    processor: str
    template: str
    specials: tuple[str, ...]
    named: dict[str, str] = {}  # noqa: RUF012 - never written to
    begin: str = ""
    end: str = ""
    metaspace: str = ""
    config: dict[str, Any] = {}  # noqa: RUF012
    arguments: dict[str, Any] = {}  # noqa: RUF012
    options: dict[str, Any] = {}  # noqa: RUF012
    sampling: dict[str, Any] = {}  # noqa: RUF012
    videos: bool = False
    system: bool = True
    tools: bool = False
    plain: tuple[str, ...] = ()


def turns(start: str, end: str, image: str, video: str = "", *, first: str = "", last: str = "") -> str:
    """A template of turns that are alike: `start` with the role, parts in their order, `end`."""
    visual = f"{{% elif part.type == 'video' %}}{video}" if video else ""
    return (
        f"{first}{{% for message in messages %}}{start}"
        "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
        f"{{% if part.type == 'image' %}}{image}{visual}{{% else %}}{{{{ part.text }}}}{{% endif %}}"
        f"{{% endfor %}}{{% endif %}}{end}{{% endfor %}}{{% if add_generation_prompt %}}{last}{{% endif %}}"
    )


CHATML = "{{ '<|im_start|>' + message.role + '\\n' }}"
END = "{{ '<|im_end|>\\n' }}"
LAST = "{{ '<|im_start|>assistant\\n' }}"
QWEN_IMAGE, QWEN_VIDEO = (f"<|vision_start|><|{kind}_pad|><|vision_end|>" for kind in ("image", "video"))
HELPFUL = (
    "{% if messages[0].role != 'system' %}"
    "{{ '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}{% endif %}"
)
TOOLS = (
    "{% set has_system = messages[0].role == 'system' %}"
    "{% if tools %}{{ '<|im_start|>system\\n' }}{% if has_system %}{% for part in messages[0].content %}{{ part.text }}"
    "{% endfor %}{{ '\\n\\n' }}{% endif %}"
    "{{ '# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\nYou are provided with "
    "function signatures within <tools></tools> XML tags:\\n<tools>' }}"
    "{% for tool in tools %}{{ '\\n' + tool | tojson }}{% endfor %}"
    "{{ '\\n</tools>\\n\\nFor each function call, return a json object with function name and arguments within "
    '<tool_call></tool_call> XML tags:\\n<tool_call>\\n{"name": <function-name>, "arguments": <args-json-object>}'
    "\\n</tool_call><|im_end|>\\n' }}{% endif %}"
    "{% if tools and has_system %}{% set messages = messages[1:] %}{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% set system = messages[0].content[0].text + '\\n\\n' if messages[0].role == 'system' else '' %}"
    "{% for message in messages if message.role != 'system' %}"
    "{{ '<start_of_turn>' + ('model' if message.role == 'assistant' else message.role) + '\\n' }}"
    "{% if loop.first %}{{ system }}{% endif %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<start_of_image>{% else %}{{ part.text | trim }}{% endif %}{% endfor %}"
    "{{ '<end_of_turn>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}"
)
IDEFICS = "{{ message.role | capitalize }}{% if message.content[0].type == 'image' %}:{% else %}{{ ': ' }}{% endif %}"
VISUALS_FIRST = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' }}"
    "{% for part in message.content if part.type == 'image' %}{{ '<image>\\n' }}{% endfor %}"
    "{% for part in message.content if part.type == 'video' %}{{ '<video>\\n' }}{% endfor %}"
    "{% for part in message.content if part.type == 'text' %}"
    "{% if message.role == 'assistant' %}{% generation %}{{ part.text }}{% endgeneration %}"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{{ '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
MISTRAL = (
    "{% for message in messages %}{% if message.role == 'user' %}{{ '[INST] ' }}"
    "{% for part in message.content if part.type == 'image' %}{{ '<image>\\n' }}{% endfor %}"
    "{% for part in message.content if part.type == 'text' %}{{ part.text }}{% endfor %}{{ ' [/INST]' }}"
    "{% elif message.role == 'assistant' %}{{ ' ' + message.content[0].text + '</s> ' }}"
    "{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}"
)
PIXTRAL = (
    "{% set system = messages[0].content if messages[0].role == 'system' %}{{ bos_token }}"
    "{% for message in messages if message.role != 'system' %}{% if message.role == 'user' %}[INST]"
    "{% if loop.last and system %}{{ system + '\\n' }}{% endif %}{% for part in message.content %}"
    "{% if part.type == 'image' %}[IMG]{% else %}{{ part.text }}{% endif %}{% endfor %}[/INST]"
    "{% else %}{{ message.content + eos_token }}{% endif %}{% endfor %}"
)
VICUNA = (
    "{% for message in messages %}{% if message.role != 'system' %}{{ message.role.upper() + ': ' }}{% endif %}"
    "{% for part in message.content if part.type == 'image' %}{{ '<image>\\n' }}{% endfor %}"
    "{% for part in message.content if part.type == 'text' %}{{ part.text + ' ' }}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"
)
GLM = (
    "[gMASK]<sop>{% for message in messages %}{{ '<|' + message.role + '|>\\n' }}"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'video' %}<|begin_of_video|><|video|><|end_of_video|>"
    "{% elif part.type == 'image' %}<|begin_of_image|><|image|><|end_of_image|>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}{% endif %}"
)

OF_QWEN = ("<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>")
ROWS = tuple(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))
OF_IDEFICS = ("<fake_token_around_image>", "<image>", "<end_of_utterance>", "<global-img>", *ROWS)
TWO_FRAMES_A_SECOND: dict[str, Any] = {
    "videos": True, "options": {"sample_fps": 2.0}, "sampling": {"fps": 2.0, "do_sample_frames": True},
}  # fmt: skip

FAMILIES = {
    "qwen2-vl": Family(
        "qwen2-vl-7b-instruct", "Qwen2VLProcessor",
        turns(CHATML, END, QWEN_IMAGE, QWEN_VIDEO, first=HELPFUL, last=LAST), OF_QWEN, end="<|im_end|>",
        **TWO_FRAMES_A_SECOND,
    ),
    "qwen2.5-vl": Family(
        "qwen2.5-vl", "Qwen2_5_VLProcessor",
        turns(CHATML, END, QWEN_IMAGE, QWEN_VIDEO, first=HELPFUL, last=LAST), OF_QWEN, end="<|im_end|>",
        # transformers 5.23 has one class for both, under this name
        config={"preprocessor_config.json": {"image_processor_type": "Qwen2VLImageProcessor"}}, **TWO_FRAMES_A_SECOND,
    ),
    "qwen3-vl": Family(
        "qwen3-vl-30b-a3b", "Qwen3VLProcessor",
        turns(CHATML, END, QWEN_IMAGE, QWEN_VIDEO, first=TOOLS, last=LAST), OF_QWEN, end="<|im_end|>",
        tools=True, **TWO_FRAMES_A_SECOND,
    ),
    "gemma3": Family(
        "gemma3", "Gemma3Processor", GEMMA,
        ("<bos>", "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>"),
        {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"},
        begin="<bos>", metaspace="never", config={"config.json": {"model_type": "gemma3"}},
    ),
    "idefics3": Family(
        "idefics3-8b", "Idefics3Processor",
        turns(IDEFICS, "<end_of_utterance>{{ '\\n' }}", "<image>", first="<|begin_of_text|>", last="Assistant:"),
        ("<|begin_of_text|>", *OF_IDEFICS), begin="<|begin_of_text|>",
    ),
    "smolvlm2": Family(
        "smolvlm2-500m", "SmolVLMProcessor",
        turns(IDEFICS, "<end_of_utterance>{{ '\\n' }}", "<image>", "<video>", first="<|im_start|>", last="Assistant:"),
        ("<|im_start|>", "<video>", *OF_IDEFICS), begin="<|im_start|>", videos=True,
    ),
    "internvl": Family(
        "internvl3-8b-hf", "InternVLProcessor",
        turns(CHATML, END, "{{ '<IMG_CONTEXT>\\n' }}", "{{ '<video>\\n' }}", last=LAST),
        ("<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>"),
        {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>",
         "video_token": "<video>"},
        end="<|im_end|>", videos=True, options={"sample_frames": 4},
        sampling={"num_frames": 4, "do_sample_frames": True},
    ),
    "llava-onevision": Family(
        "llava-onevision-7b", "LlavaOnevisionProcessor", VISUALS_FIRST,
        ("<|im_start|>", "<|im_end|>", "<image>", "<video>"), end="<|im_end|>", videos=True,
        options={"sample_frames": 4}, sampling={"num_frames": 4, "do_sample_frames": True},
    ),
    "llava-next": Family(
        "llava-next", "LlavaNextProcessor", MISTRAL, ("<s>", "</s>", "<image>"), begin="<s>", end="</s>",
        metaspace="always", system=False,
        arguments={"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1},
    ),
    "llava-1.5": Family(
        "llava-1.5-7b-hf", "LlavaProcessor", VICUNA, ("<s>", "</s>", "<image>"), begin="<s>", end="</s>",
        metaspace="first",
        arguments={"patch_size": 14, "vision_feature_select_strategy": "default", "num_additional_image_tokens": 1},
    ),
    "pixtral": Family(
        "pixtral-12b", "PixtralProcessor", PIXTRAL,
        ("<s>", "</s>", "[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]"), begin="<s>", end="</s>",
        plain=("system", "assistant"),
    ),
    "glm-4.1v": Family(
        "glm-4.1v-9b-thinking", "Glm4vProcessor", GLM,
        ("[gMASK]", "<sop>", "<|user|>", "<|assistant|>", "<|system|>", "<|begin_of_image|>", "<|image|>",
         "<|end_of_image|>", "<|begin_of_video|>", "<|video|>", "<|end_of_video|>"),
        videos=True, plain=("system", "assistant"),
    ),
    "ovis2": Family(
        "ovis2-1b", "Ovis2Processor",
        turns(CHATML, END, "{{ '<image>\\n' }}", first=HELPFUL, last=LAST),
        ("<|im_start|>", "<|im_end|>", "<image>", "<IMG_START>", "<IMG_ATOM>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>",
         "<IMG_END>"), end="<|im_end|>",
    ),
}  # fmt: skip
"""The templates are those of TRL (Qwen2.5-VL, Qwen3-VL, Gemma 3, Idefics3, LLaVA-NeXT), of transformers (SmolVLM; the
converters of InternVL, LLaVA-OneVision and LLaVA), of vLLM's examples (Pixtral) and of the checkpoint (GLM-4.1V)."""


@cache
def tokenizer(name: str) -> Any:
    """A small BPE of that family: bytes, as of Qwen and Llama 3, or "▁" for a space, as of Gemma and Llama 2."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    family = FAMILIES[name]
    if family.metaspace:
        made = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
        replace = normalizers.Replace(" ", "\u2581")
        first = [normalizers.Prepend("\u2581")] if family.metaspace == "always" else []
        made.normalizer = normalizers.Sequence([*first, replace])
        if family.metaspace == "first":
            made.normalizer = None
            made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
        alphabet = [f"<0x{byte:02X}>" for byte in range(256)]
        made.decoder = decoders.ByteFallback()
        trainer = trainers.BpeTrainer(vocab_size=700, special_tokens=["<unk>", *alphabet], show_progress=False)
    else:
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(vocab_size=500, initial_alphabet=alphabet, show_progress=False)
    made.train_from_iterator([PROSE, *SENTENCES, "\n\n\n", "\n\nFrame1: \nFrame2: 0.5 seconds"] * 8, trainer)
    made.add_special_tokens([AddedToken(token, normalized=False) for token in family.specials])
    return made


def written(folder: Path, name: str) -> Path:
    """A folder of that family: configs, tokenizer and template."""
    family = FAMILIES[name]
    files = json.loads((CONFIGS / f"{family.configs}.json").read_text("utf-8"))["files"]
    for file, content in family.config.items():
        files[file] = files.get(file, {}) | content
    for file, content in files.items():
        (folder / file).write_text(json.dumps(content))
    tokenizer(name).save(str(folder / "tokenizer.json"))
    specials = {"bos_token": family.begin, "eos_token": family.end}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **{key: value for key, value in specials.items() if value}}
    (folder / "tokenizer_config.json").write_text(json.dumps(config | {"extra_special_tokens": family.named}))
    (folder / "chat_template.jinja").write_text(family.template)
    return folder


def text(random_: random.Random) -> str:
    """A few words, or a sentence with breaks and spaces at its ends."""
    if random_.random() < 0.4:
        return random_.choice(SENTENCES)
    return " ".join(random_.choice(WORDS) for _ in range(random_.randint(1, 12)))


def media(random_: random.Random, kind: str) -> Media:
    """A small image, or a short video."""
    if kind == "image":
        return Media(size=Size(random_.randint(30, 700), random_.randint(30, 700)))
    frames, fps = random_.randint(8, 24), random_.choice((2.0, 4.0, 8.0))
    size = Size(random_.randint(60, 240), random_.randint(60, 240))
    return Media(size=size, num_frames=frames, fps=fps, duration=frames / fps)


TOOL = {
    "type": "function",
    "function": {
        "name": "crop",
        "description": "Crop an image <b>exactly</b>",
        "parameters": {"type": "object", "properties": {"box": {"type": "array", "items": {"type": "number"}}}},
    },
}


def chats(name: str, seed: int, number: int) -> Iterator[tuple[Chat, tuple[Seen, ...]]]:
    """Random chats that the family's template takes, with the measures of their images and videos."""
    family, random_ = FAMILIES[name], random.Random(f"{name} {seed}")
    for _ in range(number):
        yield chat(family, random_)


def chat(family: Family, random_: random.Random) -> tuple[Chat, tuple[Seen, ...]]:
    """One chat: perhaps a system prompt and tools, one to four turns of the user, the model's answers between them."""
    made: list[Turn] = []
    kinds = ("image", "image", "video") if family.videos else ("image",)
    if family.system and random_.random() < 0.4:
        made.append(_turn(family, "system", (Text(text(random_)),)))
    for number in range(random_.randint(1, 4)):
        if number:
            made.append(_turn(family, "assistant", (Text(text(random_)),)))
        parts: list[Part] = [
            Visual(source=None, kind=random_.choice(kinds), place=f"message {len(made)}")  # type: ignore[arg-type]
            for _ in range(random_.choice((0, 1, 1, 1, 2, 3)))
        ]
        parts += [Text(text(random_)) for _ in range(random_.choice((1, 1, 2)))]
        random_.shuffle(parts)
        made.append(_turn(family, "user", tuple(parts)))
    tools = (TOOL,) * random_.choice((0, 1, 2)) if family.tools else ()
    if random_.random() < 0.2:
        made.append(_turn(family, "assistant", (Text(text(random_)),)))
    whole = Chat(turns=tuple(made), tools=tools)
    return whole, tuple(Seen(one, one.place, media(random_, str(one.kind))) for one in whole.visuals)


def _turn(family: Family, role: str, parts: tuple[Part, ...]) -> Turn:
    return Turn(role=role, parts=parts, is_plain=role in family.plain)
