"""The two numbers of a mismatch, read from the error that a library printed."""

import os
import re
from typing import NamedTuple

from vtok.errors import UsageError

PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # transformers 4.49 to 5, every model: "Image features and image tokens do not match: tokens: 9, features 8"
        r"tokens:? *(?P<got>\d+),? *features:? *(?P<expected>\d+)",
        # vLLM 0.5 to 0.8: "Attempted to assign 841 + 1032 = 1873 multimodal tokens to 1874 placeholders"
        r"assign .*?(?P<expected>\d+) (?:multimodal |image |vision )?(?:tokens|embeddings) to (?P<got>\d+) placeholder",
        # SGLang: "Got 9 tokens in the text but 8 tokens from multimodal embeddings."
        r"got (?P<got>\d+) tokens in the text but (?P<expected>\d+) tokens from",
        # transformers 4.52 and later, the processors: "Got ids=[7] and text=[9]."
        r"ids=\[(?P<got>[\d, ]+)\] and text=\[(?P<expected>[\d, ]+)\]",
        # torch: "value tensor of shape [8, 3584] cannot be broadcast to indexing result of shape [9, 3584]"
        r"value tensor of shape \[(?P<expected>\d+)[\d, ]*\].*indexing result of shape \[(?P<got>\d+)",
        # InternVL's own code: "input_embeds[selected].shape=torch.Size([9, 4]), vit_embeds.shape=torch.Size([8, 4])"
        r"input_embeds\[selected\]\.shape=torch\.Size\(\[(?P<got>\d+).*?vit_embeds\.shape=torch\.Size\(\[(?P<expected>\d+)",
    )
)
"""`got` are the image tokens in the prompt, `expected` the features of the encoder."""

LOOKS_LIKE_ONE = re.compile(r"\s.*\b(tokens?|features?|placeholders?|shape)\b", re.IGNORECASE | re.DOTALL)


class Mismatch(NamedTuple):
    """The two numbers of an error: image tokens in the prompt, features of the encoder."""

    got: int
    expected: int


def mismatch(argument: str) -> Mismatch | None:
    """The numbers in the text of an error; None for an argument that is no such text, but an input.

    Numbers of several samples are added up. Raises UsageError for an error of a wording that is not known.
    """
    if os.path.lexists(argument):
        return None
    for pattern in PATTERNS:
        match = pattern.search(argument)
        if match:
            return Mismatch(*(sum(map(int, re.findall(r"\d+", match[name]))) for name in ("got", "expected")))
    if LOOKS_LIKE_ONE.search(argument) and re.search(r"\d", argument):
        raise UsageError(
            f"no two numbers were found in {argument[:60]!r}; give them as --got N (tokens) --expected N (features)"
        )
    return None
