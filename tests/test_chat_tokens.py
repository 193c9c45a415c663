# ruff: noqa: RUF001 - names of special tokens have such letters
"""What chat templates put around a message, token by token: the tables are upstream's, vtok only has the numbers.

A row is a template as it is rendered for one message with one image in front, and how the checkpoint's tokenizer
divides it. The image's own tokens, which the layout counts, stand as {image}, the message as {text}.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from vtok import families

PLACES = ("{image}", "{text}")


class Row(NamedTuple):
    """Presets, the template that they share, and its tokens."""

    presets: tuple[str, ...]
    template: str
    pieces: tuple[str, ...]


def faults(row: Row, numbers: Mapping[str, int | None]) -> list[str]:
    """What is wrong with a row, or with what these presets say."""
    count = sum(piece not in PLACES for piece in row.pieces)
    wrong = [] if "".join(row.pieces) == row.template else ["the pieces are not the template"]
    return wrong + [f"{name}: {numbers[name]}, not {count}" for name in row.presets if numbers[name] != count]


def _sizes(name: str, *sizes: str) -> tuple[str, ...]:
    return tuple(name.format(size) for size in sizes)


USER = ("<|im_start|>", "user", "\n")
REPLY = ("<|im_end|>", "\n", "<|im_start|>", "assistant", "\n")
HELPFUL = (
    *("<|im_start|>", "system", "\n", "You", " are", " a", " helpful", " assistant", ".", "<|im_end|>", "\n"),
    *USER,
)  # fmt: skip
ABLE = (
    *("You", " are", " a", " helpful", " language", " and", " vision", " assistant", "."),
    *(" You", " are", " able", " to", " understand", " the", " visual", " content", " that", " the", " user"),
    *(" provides", ",", " and", " assist", " the", " user", " with", " a", " variety", " of", " tasks", " using"),
    *(" natural", " language", "."),
)  # fmt: skip
CAREFUL = (
    *("You", " should", " follow", " the", " instructions", " carefully", " and", " explain", " your", " answers"),
    *(" in", " detail", "."),
)  # fmt: skip
MISTRAL_SMALL = (
    *("You", " are", " Mist", "ral", " Small", " ", "3", ",", " a", " Large", " Language", " Model", " (", "LL", "M"),
    *(")", " created", " by", " Mist", "ral", " AI", ",", " a", " French", " startup", " head", "quartered", " in"),
    *(" Paris", ".\n", "Your", " knowledge", " base", " was", " last", " updated", " on", " ", "2", "0", "2", "3"),
    *("-", "1", "0", "-", "0", "1", ".", " The", " current", " date", " is", " ", "2", "0", "2", "6", "-", "1", "1"),
    *("-", "2", "1", ".\n\n", "When", " you", "'re", " not", " sure", " about", " some", " information", ",", " you"),
    *(" say", " that", " you", " don", "'t", " have", " the", " information", " and", " don", "'t", " make", " up"),
    *(" anything", ".\n", "If", " the", " user", "'s", " question", " is", " not", " clear", ",", " ambiguous", ","),
    *(" or", " does", " not", " provide", " enough", " context", " for", " you", " to", " accurately", " answer"),
    *(" the", " question", ",", " you", " do", " not", " try", " to", " answer", " it", " right", " away", " and"),
    *(" you", " rather", " ask", " the", " user", " to", " clarify", " their", " request", " (", "e", ".g", "."),
    *(' "', "What", " are", " some", " good", " restaurants", " around", " me", '?"', " =>", ' "', "Where", " are"),
    *(" you", '?"', " or", ' "', "When", " is", " the", " next", " flight", " to", " Tokyo", '"', " =>", ' "'),
    *("Where", " do", " you", " travel", " from", "?", '")'),
)  # fmt: skip

ROWS = (
    # TRL, chat_templates/qwen2_5_vl.jinja; divided by the tokenizer.json of Qwen2 and Qwen3, which are alike here.
    # The template of Qwen2.5-Omni is the same but for the names around the image. Keye-VL's is in
    # Kwai-Keye/Keye e472844, keye-vl-8b-preview/chat_template.json.
    Row(
        (
            *_sizes("qwen2-vl-{}", "2b", "7b", "72b"),
            *_sizes("qwen2.5-vl-{}", "3b", "7b", "32b", "72b"),
            *_sizes("qwen2.5-omni-{}", "3b", "7b"),
            "keye-vl-8b-preview",
        ),
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n",
        (*HELPFUL, "{image}", "{text}", *REPLY),
    ),
    # TRL, chat_templates/qwen3_vl.jinja; divided by the tokenizer.json of Qwen3
    Row(
        _sizes("qwen3-vl-{}", "2b", "4b", "8b", "32b", "30b-a3b", "235b-a22b"),
        "<|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n",
        (*USER, "{image}", "{text}", *REPLY),
    ),
    # ms-swift, swift/template/templates/qwen.py: ChatML without a system prompt; the tokenizer of Qwen3
    Row(
        ("qwen3-omni-30b-a3b-instruct",),
        "<|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n",
        (*USER, "{image}", "{text}", *REPLY),
    ),
    # TRL, chat_templates/qwen3_5_think.jinja (of 4B and larger) and qwen3_5_nothink.jinja (of smaller ones); words
    # divided by the vocabulary of Qwen3.5 and 3.6, in which <think> and </think> are tokens
    Row(
        _sizes("qwen3.5-{}", "4b", "9b", "27b", "35b-a3b", "122b-a10b", "397b-a17b"),
        "<|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n<think>\n",
        (*USER, "{image}", "{text}", *REPLY, "<think>", "\n"),
    ),
    Row(
        ("qwen3.5-0.8b",),
        "<|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
        (*USER, "{image}", "{text}", *REPLY, "<think>", "\n\n", "</think>", "\n\n"),
    ),
    # vLLM, examples/template_qwen_vl_chat.jinja, and Qwen-VL's tokenizer, whose from_list_format writes the image's
    # number and the newline; divided by qwen.tiktoken
    Row(
        ("qwen-vl-chat",),
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\nPicture 1: {image}\n{text}<|im_end|>\n<|im_start|>assistant\n",
        (*HELPFUL, "Picture", " ", "1", ":", " ", "{image}", "\n", "{text}", *REPLY),
    ),
    # transformers, convert_ovis2_weights_to_hf.py; the tokenizer of Qwen2.5
    Row(
        _sizes("ovis2-{}", "1b", "2b"),
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
        "<|im_start|>user\n{image}\n{text}<|im_end|>\n<|im_start|>assistant\n",
        (*HELPFUL, "{image}", "\n", "{text}", *REPLY),
    ),
    # transformers, convert_internvl_weights_to_hf.py; the tokenizer of Qwen2.5
    Row(
        _sizes("internvl3-{}", "1b", "2b", "8b", "14b", "38b", "78b"),
        "<|im_start|>user\n{image}\n{text}<|im_end|>\n<|im_start|>assistant\n",
        (*USER, "{image}", "\n", "{text}", *REPLY),
    ),
    # transformers, tests/models/video_llama_3: [151644, 872, 198, ..., 198, ..., 151645, 198, 151644, 77091, 198]
    Row(
        ("videollama3-2b-image",),
        "<|im_start|>user\n{image}\n{text}<|im_end|>\n<|im_start|>assistant\n",
        (*USER, "{image}", "\n", "{text}", *REPLY),
    ),
    # vLLM, examples vision_language.py; transformers' Molmo2Processor puts the tokenizer's beginning before the whole
    # prompt (tests/models/molmo2: 151645). Divided by the tokenizer of Qwen3.
    Row(
        _sizes("molmo2-{}", "4b", "8b"),
        "<|im_end|>{image}<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n",
        ("<|im_end|>", "{image}", *USER, "{text}", *REPLY),
    ),
    # TRL, chat_templates/lfm2.jinja; [1, 6, 6423, 708, ..., 7, 708, 6, 64015, 708] in several public ports
    Row(
        _sizes("lfm2-vl-{}", "450m", "1.6b", "3b"),
        "<|startoftext|><|im_start|>user\n{image}{text}<|im_end|>\n<|im_start|>assistant\n",
        ("<|startoftext|>", *USER, "{image}", "{text}", *REPLY),
    ),
    # transformers, GotOcr2Processor, which writes the whole prompt, its query " OCR: " included; qwen.tiktoken
    Row(
        ("got-ocr-2.0",),
        "<|im_start|>system\nYou should follow the instructions carefully and explain your answers in detail.<|im_end|>"
        "<|im_start|>user\n{image}\n OCR: <|im_end|><|im_start|>assistant\n",
        (
            *("<|im_start|>", "system", "\n", *CAREFUL, "<|im_end|>", *USER, "{image}", "\n", " OCR", ":", " "),
            *("<|im_end|>", "<|im_start|>", "assistant", "\n"),
        ),
    ),
    # transformers, tests/models/llava: [1, 3148, 1001, 29901, 29871, 32000, 13, ..., 319, 1799, 9047, 13566, 29901];
    # convert_llava_next_video_weights_to_hf.py has the same template for the same language model
    Row(
        (*_sizes("llava-1.5-{}", "7b", "13b"), *_sizes("llava-next-video-{}", "7b", "7b-dpo")),
        "<s>USER: {image}\n{text} ASSISTANT:",
        ("<s>", "US", "ER", ":", " ", "{image}", "\n", "{text}", " A", "SS", "IST", "ANT", ":"),
    ),
    # TRL, chat_templates/llava_next.jinja; tokenizer.model of Mistral 7B, which marks the beginning of a word before
    # the newline, too: [1, 733, 16289, 28793, 28705, ..., 28705, 13, ...]
    Row(
        ("llava-v1.6-mistral-7b",),
        "<s>[INST] {image}\n{text} [/INST]",
        ("<s>", "[", "INST", "]", " ", "{image}", "", "\n", "{text}", " [", "/", "INST", "]"),
    ),
    # mPLUG-Owl2, mplug_owl2/conversation.py (no system prompt); Llama's tokenizer
    Row(
        ("mplug-owl2-llama2-7b",),
        "<s>USER: {image}{text} ASSISTANT:",
        ("<s>", "US", "ER", ":", " ", "{image}", "{text}", " A", "SS", "IST", "ANT", ":"),
    ),
    # CogVLM, modeling_cogvlm.py (chat); Llama's tokenizer, to which the space before the message is part of its first
    # word
    Row(
        ("cogvlm-chat",),
        "<s>{image}Question:{text} Answer:",
        ("<s>", "{image}", "Question", ":", "{text}", " Answer", ":"),
    ),
    # Llama 3.2 Vision, chat_template.json (no system prompt beside an image); the tokenizer of Llama 3.1
    Row(
        _sizes("llama-3.2-{}-vision-instruct", "11b", "90b"),
        "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\n{image}{text}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        (
            *("<|begin_of_text|>", "<|start_header_id|>", "user", "<|end_header_id|>", "\n\n", "{image}", "{text}"),
            *("<|eot_id|>", "<|start_header_id|>", "assistant", "<|end_header_id|>", "\n\n"),
        ),
    ),
    # transformers, convert_llama4_weights_to_hf.py; tokenizer.model of Llama 4
    Row(
        ("llama-4-scout-17b-16e", "llama-4-maverick-17b-128e"),
        "<|begin_of_text|><|header_start|>user<|header_end|>\n\n{image}{text}<|eot|>"
        "<|header_start|>assistant<|header_end|>\n\n",
        (
            *("<|begin_of_text|>", "<|header_start|>", "user", "<|header_end|>", "\n\n", "{image}", "{text}"),
            *("<|eot|>", "<|header_start|>", "assistant", "<|header_end|>", "\n\n"),
        ),
    ),
    # transformers, convert_perception_lm_weights_to_hf.py; the tokenizer of Llama 3.1
    Row(
        _sizes("perception-lm-{}", "1b", "3b", "8b"),
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n"
        "You are a helpful language and vision assistant. You are able to understand the visual content that the user "
        "provides, and assist the user with a variety of tasks using natural language.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n{image}{text}<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        (
            *("<|begin_of_text|>", "<|start_header_id|>", "system", "<|end_header_id|>", "\n\n", *ABLE, "<|eot_id|>"),
            *("<|start_header_id|>", "user", "<|end_header_id|>", "\n\n", "{image}", "{text}"),
            *("<|eot_id|>", "<|start_header_id|>", "assistant", "<|end_header_id|>", "\n\n"),
        ),
    ),
    # TRL, chat_templates/idefics3.jinja; the tokenizer of Llama 3.1
    Row(
        ("idefics3-8b",),
        "<|begin_of_text|>User:{image}{text}<end_of_utterance>\nAssistant:",
        ("<|begin_of_text|>", "User", ":", "{image}", "{text}", "<end_of_utterance>", "\n", "Assistant", ":"),
    ),
    # vLLM, examples vision_language.py; [1, 11126, 42, ..., 49279, 198, 9519, 9531, 42] in several public ports
    Row(
        (
            *_sizes("smolvlm-{}", "256m", "500m", "2.2b"),
            *_sizes("smolvlm2-{}", "256m", "500m", "2.2b"),
        ),
        "<|im_start|>User:{image}{text}<end_of_utterance>\nAssistant:",
        ("<|im_start|>", "User", ":", "{image}", "{text}", "<end_of_utterance>", "\n", "Ass", "istant", ":"),
    ),
    # TRL, chat_templates/gemma3.jinja, with the empty lines that Gemma3Processor writes around an image; divided by
    # its tokenizer.json, to which three newlines are one token
    Row(
        _sizes("gemma-3-{}", "4b", "12b", "27b"),
        "<bos><start_of_turn>user\n\n\n{image}\n\n{text}<end_of_turn>\n<start_of_turn>model\n",
        (
            *("<bos>", "<start_of_turn>", "user", "\n\n\n", "{image}", "\n\n", "{text}"),
            *("<end_of_turn>", "\n", "<start_of_turn>", "model", "\n"),
        ),
    ),
    # transformers, models/gemma3n/convert_gemma3n_weights.py (0d9e0ea), with the empty lines that Gemma3nProcessor adds
    # around an image; divided as by Gemma 3's tokenizer, whose vocabulary it has
    Row(
        _sizes("gemma-3n-{}", "e2b", "e4b"),
        "<bos><start_of_turn>user\n\n\n{image}\n\n{text}<end_of_turn>\n<start_of_turn>model\n",
        (
            *("<bos>", "<start_of_turn>", "user", "\n\n\n", "{image}", "\n\n", "{text}"),
            *("<end_of_turn>", "\n", "<start_of_turn>", "model", "\n"),
        ),
    ),
    # ms-swift, templates/gemma.py (an empty channel of thought for the larger ones only); [2, 105, 2364, 107, ..., 106,
    # 107, 105, 4368, 107] and [..., 100, 45518, 107, 101] in several public ports
    Row(
        ("gemma-4-e2b-it", "gemma-4-e4b-it"),
        "<bos><|turn>user\n{image}{text}<turn|>\n<|turn>model\n",
        ("<bos>", "<|turn>", "user", "\n", "{image}", "{text}", "<turn|>", "\n", "<|turn>", "model", "\n"),
    ),
    Row(
        ("gemma-4-26b-a4b-it", "gemma-4-31b-it", "gemma-4-12b-it"),
        "<bos><|turn>user\n{image}{text}<turn|>\n<|turn>model\n<|channel>thought\n<channel|>",
        (
            *("<bos>", "<|turn>", "user", "\n", "{image}", "{text}", "<turn|>", "\n", "<|turn>", "model", "\n"),
            *("<|channel>", "thought", "\n", "<channel|>"),
        ),
    ),
    # transformers, PaliGemmaProcessor: no template
    Row(
        (
            *_sizes("paligemma-3b-pt-{}", "224", "448", "896"),
            *_sizes("paligemma-3b-mix-{}", "224", "448"),
            *(f"paligemma2-{size}-pt-{side}" for size in ("3b", "10b", "28b") for side in (224, 448, 896)),
        ),
        "{image}<bos>{text}\n",
        ("{image}", "<bos>", "{text}", "\n"),
    ),
    # transformers, ColPaliProcessor, which writes the text itself; 1,030 vectors of a page are 1,024 and these (arXiv
    # 2407.01449)
    Row(
        ("colpali-v1.2", "colpali-v1.3"),
        "{image}<bos>Describe the image.\n",
        ("{image}", "<bos>", "Describe", " the", " image", ".", "\n"),
    ),
    # transformers, ColQwen2Processor, which writes the text itself; divided as by Qwen2-VL's tokenizer
    Row(
        ("colqwen2-v1.0",),
        "<|im_start|>user\n{image}Describe the image.<|im_end|><|endoftext|>",
        (*USER, "{image}", "Describe", " the", " image", ".", "<|im_end|>", "<|endoftext|>"),
    ),
    # vLLM, examples/template_pixtral_hf.jinja
    Row(("pixtral-12b",), "<s>[INST]{image}{text}[/INST]", ("<s>", "[INST]", "{image}", "{text}", "[/INST]")),
    # mistral-common (version 11): the checkpoint publishes no template of its own
    Row(
        ("mistral-small-3.2-24b-instruct-2506",),
        "<s>[INST]{image}{text}[/INST]",
        ("<s>", "[INST]", "{image}", "{text}", "[/INST]"),
    ),
    # llama.cpp, models/templates/mistralai-Mistral-Small-3.1-24B-Instruct-2503.jinja, which names the day; divided by
    # mistral-common's tekken, to which each digit is a token
    Row(
        ("mistral-small-3.1-24b-instruct-2503",),
        "<s>[SYSTEM_PROMPT]You are Mistral Small 3, a Large Language Model (LLM) created by Mistral AI, a French "
        "startup headquartered in Paris.\nYour knowledge base was last updated on 2023-10-01. The current date is "
        "2026-11-21.\n\nWhen you're not sure about some information, you say that you don't have the information and "
        "don't make up anything.\nIf the user's question is not clear, ambiguous, or does not provide enough context "
        "for you to accurately answer the question, you do not try to answer it right away and you rather ask the user "
        'to clarify their request (e.g. "What are some good restaurants around me?" => "Where are you?" or "When is '
        'the next flight to Tokyo" => "Where do you travel from?")[/SYSTEM_PROMPT][INST]{image}{text}[/INST]',
        (
            *("<s>", "[SYSTEM_PROMPT]", *MISTRAL_SMALL, "[/SYSTEM_PROMPT]"),
            *("[INST]", "{image}", "{text}", "[/INST]"),
        ),
    ),
    # vLLM, examples vision_language.py
    Row(
        ("phi-4-multimodal",),
        "<|user|>{image}{text}<|end|><|assistant|>",
        ("<|user|>", "{image}", "{text}", "<|end|>", "<|assistant|>"),
    ),
    # PaddleFormers' test of GLM-4.5V: [151331, 151333, 151336, 198, 151339, 151363, 151340, ..., 151337, 198]; the
    # template adds no more unless thinking is switched off
    Row(
        ("glm-4.5v",),
        "[gMASK]<sop><|user|>\n{image}{text}<|assistant|>\n",
        ("[gMASK]", "<sop>", "<|user|>", "\n", "{image}", "{text}", "<|assistant|>", "\n"),
    ),
    # PaddleFormers' test of Kimi-K2.5: [163587, 2482, 163601, 163602, 4017, 163603, 163605, 163604, 198]; the rest as
    # in transformers' test of that tokenizer, [163586, 163588, 69702, 163601], and thinking is on
    Row(
        _sizes("kimi-k2.{}", "5", "6"),
        "<|im_user|>user<|im_middle|>{image}\n{text}<|im_end|><|im_assistant|>assistant<|im_middle|><think>",
        (
            *("<|im_user|>", "user", "<|im_middle|>", "{image}", "\n", "{text}", "<|im_end|>"),
            *("<|im_assistant|>", "assistant", "<|im_middle|>", "<think>"),
        ),
    ),
    # transformers, tests/models/paddleocr_vl: [100273, 2969, 93963, 93919, ..., 23, 92267, 93963, 93919]
    Row(
        ("paddleocr-vl",),
        "<|begin_of_sentence|>User: {image}{text}\nAssistant: ",
        ("<|begin_of_sentence|>", "User", ":", " ", "{image}", "{text}", "\n", "Assistant", ":", " "),
    ),
    # vLLM, examples vision_language.py
    Row(
        ("hunyuanocr",),
        "<｜hy_begin▁of▁sentence｜>{image}{text}<｜hy_User｜>",
        ("<｜hy_begin▁of▁sentence｜>", "{image}", "{text}", "<｜hy_User｜>"),
    ),
    # DeepSeek-OCR and DeepSeek-OCR-2, process/image_process.py: no template
    Row(
        ("deepseek-ocr", "deepseek-ocr-2"),
        "<｜begin▁of▁sentence｜>{image}{text}",
        ("<｜begin▁of▁sentence｜>", "{image}", "{text}"),
    ),
    # transformers, tests/models/blip_2, [50265] * 32 + [2, ...]; tests/models/instructblip, [32001] * 32 + [2, ...]
    Row(
        (*_sizes("blip-2-opt-{}", "2.7b", "6.7b"), *_sizes("instructblip-vicuna-{}", "7b", "13b")),
        "{image}</s>{text}",
        ("{image}", "</s>", "{text}"),
    ),
    # T5's tokenizer: no template
    Row(
        (*_sizes("blip-2-flan-t5-{}", "xl", "xxl"), *_sizes("instructblip-flan-t5-{}", "xl", "xxl")),
        "{image}{text}</s>",
        ("{image}", "{text}", "</s>"),
    ),
    # transformers, Florence2Processor
    Row(
        _sizes("florence-2-{}", "large", "base"),
        "{image}<s>{text}</s>",
        ("{image}", "<s>", "{text}", "</s>"),
    ),
    # transformers, FuyuProcessor
    Row(("fuyu-8b",), "{image}<s>{text}<0x04>", ("{image}", "<s>", "{text}", "<0x04>")),
    # transformers, Kosmos2Processor
    Row(("kosmos-2",), "<s>{image}{text}", ("<s>", "{image}", "{text}")),
)  # fmt: skip


def published_numbers() -> dict[str, int | None]:
    """The chat tokens of all presets by all of their names."""
    return {name: preset.chat_tokens for preset in families.presets() for name in preset.names}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.presets[0])
def test_the_number_is_that_of_the_template(row: Row) -> None:
    assert faults(row, published_numbers()) == []


def test_the_comparison_can_fail() -> None:
    row = next(row for row in ROWS if "qwen3-vl-8b" in row.presets)
    numbers = dict.fromkeys(row.presets, 8)
    assert faults(row, numbers) == []
    assert faults(row, numbers | {"qwen3-vl-8b": 9}) == ["qwen3-vl-8b: 9, not 8"]
    short = row._replace(pieces=row.pieces[:-1])
    assert faults(short, dict.fromkeys(row.presets, 7)) == ["the pieces are not the template"]
