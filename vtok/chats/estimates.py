"""How many tokens a text is about, where no tokenizer counts it."""

import re

BYTES_PER_TOKEN = 4
"""The estimate: about right for the tokenizers of large vocabularies, in Latin script, Cyrillic and Chinese alike."""

PIECE = re.compile(r"\n+|[^\W\d_]+|\d|[^\w\s]|_|[ \t]+$")
"""What tokenizers make one token of: a word, a digit, a sign, line breaks in a row, spaces at the end."""

CHAT_TOKENS = 20
"""What a chat template puts around a message, where it is not known: a system prompt, two turns, a few breaks."""

TURN_TOKENS = 5
"""What a chat template puts around each further turn: its start, its role, a break, its end, a break."""

HOW = f"a token for every {BYTES_PER_TOKEN} bytes; --tokenizer counts them"


def of_text(text: str) -> int:
    """About how many tokens a text is."""
    return -(-len(text.encode(errors="replace")) // BYTES_PER_TOKEN)


def of_piece(text: str) -> int:
    """About how many tokens a short text between two special tokens is."""
    return max(1, len(PIECE.findall(text)))
