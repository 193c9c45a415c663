"""A stand-in for a checkpoint's tokenizer: the family's special tokens, and a token for every other character."""

from typing import Any

from vtok.verify.known import Known

CHARACTERS = "".join(map(chr, range(32, 127))) + "\n"
"""What stands for itself. Any other character is one unknown token."""

UNKNOWN, BEGIN = "<unk>", "<s>"


def tokenizer(known: Known) -> Any:
    """A tokenizer of transformers. The text of its tokens, joined, is the text that was tokenized."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {character: i for i, character in enumerate((UNKNOWN, *CHARACTERS))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token=UNKNOWN))
    backend.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    marks = {"unk_token": UNKNOWN, "bos_token": BEGIN, "eos_token": "</s>", "pad_token": "<pad>"}
    made = PreTrainedTokenizerFast(tokenizer_object=backend, **marks, extra_special_tokens=dict(known.tokens))
    made.add_tokens(list(known.words), special_tokens=True)
    return made
