"""Counts the tokens of the text on standard input with the tokenizer in a file: a program of its own.

A tokenizer.json may make its library panic, allocate gigabytes or never end. None of that ends vtok. The answer is one
JSON object on standard output: `tokens`, or `error`.
"""

import json
import sys

MOST_MEMORY = 4 * 2**30
"""Bytes of address space; the largest published tokenizers take a quarter of it."""


def main() -> None:
    """Count, and print the answer."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # Windows, or a lower limit already
        pass
    from tokenizers import Tokenizer

    text = sys.stdin.buffer.read().decode()
    try:
        tokens = len(Tokenizer.from_file(sys.argv[1]).encode(text, add_special_tokens=False).ids)
        answer: dict[str, int | str] = {"tokens": tokens}
    except BaseException as error:
        answer = {"error": " ".join(str(error).split())[:120] or type(error).__name__}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
