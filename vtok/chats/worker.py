"""Renders chat templates and counts tokens: a program of its own, which answers a line of JSON for each line it reads.

A template is a program, and a tokenizer.json may make its library panic, allocate gigabytes or never end. None of that
ends vtok: this process has a limit of memory, and its parent a limit of time. It imports nothing of vtok.

The first line is a setup: `tokenizer` (a path), `added` (tokens of tokenizer_config.json by their ids), `specials`
(special tokens by name), `placeholders` (what a template writes for an image or video, by kind). Every other line is a
request: `texts`, which are counted one by one; or a chat, with `template`, `messages`, `visuals` and `texts`.
"""

import json
import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

MOST_MEMORY = 2 * 2**30
"""Bytes of address space; the largest published tokenizers take half of it."""

LONGEST = 2**26
"""Characters of a rendered chat."""

REASONING = ("reasoning_content", "thinking", "reasoning")
"""Names of a message's reasoning; templates read the first."""


class RefusedError(Exception):
    """The chat, the template or the tokenizer cannot be used; the message says why."""


def environment() -> Any:
    """The sandbox in which transformers renders chat templates.

    Source: transformers 5.23, utils/chat_template_utils.py, _cached_compile_jinja_template.
    """
    from jinja2 import ext, nodes
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(ext.Extension):
        """{% generation %} marks what the assistant says; the text stays as it is."""

        tags = {"generation"}  # noqa: RUF012 - jinja2 declares it so

        def parse(self, parser: Any) -> Any:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.CallBlock(self.call_method("_same"), [], [], body).set_lineno(line)

        def _same(self, caller: Any) -> Any:
            return caller()

    extensions = [Generation, ext.loopcontrols]
    made = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=extensions)
    made.filters["tojson"] = _json
    made.globals |= {"raise_exception": _refuse, "strftime_now": _now, "namespace": _namespace()}
    return made


def _namespace() -> Any:
    """The namespaces of templates, without names that reach into Python."""
    from jinja2.exceptions import SecurityError
    from jinja2.utils import Namespace

    def check(name: Any) -> None:
        if isinstance(name, str) and name.startswith("_"):
            raise SecurityError(f"a namespace cannot hold {name!r}")

    class Plain(Namespace):
        def __init__(*args: Any, **kwargs: Any) -> None:
            attributes = dict(*args[1:], **kwargs)
            for name in attributes:
                check(name)
            Namespace.__init__(args[0], attributes)

        def __setitem__(self, name: str, value: Any) -> None:
            check(name)
            Namespace.__setitem__(self, name, value)

    return Plain


def _json(
    value: Any, ensure_ascii: Any = None, indent: Any = None, separators: Any = None, sort_keys: Any = None
) -> str:
    """The filter `tojson`, which escapes nothing; its arguments may come by place."""
    ascii_, sort = bool(ensure_ascii), bool(sort_keys)
    return json.dumps(value, ensure_ascii=ascii_, indent=indent, separators=separators, sort_keys=sort)


def _refuse(message: str) -> None:
    """The function `raise_exception`, with which a template refuses a chat."""
    raise RefusedError(f"the chat template refuses the chat: {_words(ValueError(message))}")


def _now(form: str) -> str:
    """The function `strftime_now`: the local day and time, as transformers writes them."""
    from datetime import datetime

    return datetime.now().strftime(form)  # noqa: DTZ005


class Prompt:
    """A rendered chat, with what the processor writes for each image and video in place of its placeholder.

    `text` is the prompt, in which one token stands for each run of visual embeddings. `spans` are where each image and
    video lies in it, with the marks around it that the template wrote.
    """

    def __init__(self, rendered: str, visuals: Sequence[Mapping[str, Any]], placeholders: Mapping[str, str]) -> None:
        self.rendered = rendered
        pieces: list[str] = []
        self._places: list[tuple[int, int]] = []
        self.spans: list[tuple[int, int]] = [(0, 0)] * len(visuals)
        length = last = 0
        for visual, start, end in _matches(rendered, visuals, placeholders):
            before = rendered[last:start]
            pieces.append(before)
            self._places.append((last, length))
            length += len(before)
            expansion, item = visuals[visual]["text"], visuals[visual]
            lead = next((mark for mark in item["lead"] if rendered.endswith(mark, last, start)), "")
            trail = next((mark for mark in item["trail"] if rendered.startswith(mark, end)), "")
            expansion = expansion[len(lead) : len(expansion) - len(trail)]
            pieces.append(expansion)
            self.spans[visual] = (length - len(lead), length + len(expansion) + len(trail))
            length += len(expansion)
            last = end
        pieces.append(rendered[last:])
        self._places.append((last, length))
        self.text = "".join(pieces)

    def place(self, at: int) -> int:
        """Where a character of the rendered text lies in the prompt; the end of an image for one in its placeholder."""
        number = bisect_right(self._places, (at, len(self.text))) - 1
        start, moved = self._places[number]
        following = self._places[number + 1 : number + 2]
        return min(moved + at - start, following[0][1]) if following else moved + at - start


def _matches(
    rendered: str, visuals: Sequence[Mapping[str, Any]], placeholders: Mapping[str, str]
) -> Iterator[tuple[int, int, int]]:
    """The number of each image and video, and where its placeholder begins and ends, in the order of the text.

    Raises RefusedError where there are more of one than of the other, as the processor does.
    """
    of_kind: dict[str, list[int]] = {kind: [] for kind in placeholders}
    for number, visual in enumerate(visuals):
        if visual["kind"] not in of_kind:
            raise RefusedError(f"the model's chat template has no placeholder of a {visual['kind']}")
        of_kind[visual["kind"]].append(number)
    for kind, numbers in of_kind.items():
        met = rendered.count(placeholders[kind])
        if met != len(numbers):
            plural = "" if len(numbers) == 1 else "s"
            raise RefusedError(f"{len(numbers)} {kind}{plural}, but {met} {placeholders[kind]} in the rendered chat")
    if not visuals:
        return
    queues = {kind: iter(numbers) for kind, numbers in of_kind.items()}
    kinds = {text: kind for kind, text in placeholders.items()}
    for match in re.finditer("|".join(map(re.escape, kinds)), rendered):
        yield next(queues[kinds[match.group()]]), match.start(), match.end()


class Counter:
    """A tokenizer, and the templates that were compiled so far."""

    def __init__(self, setup: Mapping[str, Any]) -> None:
        self._specials = setup["specials"]
        self._placeholders: dict[str, str] = setup["placeholders"]
        self._templates: dict[str, Any] = {}
        self._tokenizer = _tokenizer(setup["tokenizer"], setup["added"])

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens of each text, or those of a chat."""
        if "messages" in request:
            return self._chat(request)
        return {"tokens": [len(self._encoded(text, special=False)) for text in request["texts"]]}

    def _chat(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens of a chat: all, those of each image, of each text, and up to the end of each turn."""
        rendered = self._rendered(request, request["messages"], generation=request["add_generation_prompt"])
        visuals = request["visuals"]
        for token in {visual["token"] for visual in visuals}:
            if self._tokenizer.token_to_id(token) is None:
                raise RefusedError(f"the tokenizer has no token {token}")
        prompt = Prompt(rendered, visuals, self._placeholders)
        # A prompt that begins with it gets no special tokens (transformers, ProcessorMixin.apply_chat_template).
        begin = self._specials.get("bos_token")
        starts = sorted(self._encoded(prompt.text, special=begin is None or not rendered.startswith(begin)))
        more = [visual["more"] for visual in visuals]
        answer: dict[str, Any] = {
            "tokens": len(starts) + sum(more),
            "visuals": [_between(starts, *span) + extra for span, extra in zip(prompt.spans, more, strict=True)],
            "texts": list(_texts(prompt, request["texts"], starts)),
        }
        if request.get("prefixes"):
            ends = [prompt.place(end) for end in self._ends(request, rendered)]
            answer["turns"] = [
                bisect_left(starts, end) + sum(n for (at, _), n in zip(prompt.spans, more, strict=True) if at < end)
                for end in ends
            ] + [answer["tokens"]]
        return answer

    def _ends(self, request: Mapping[str, Any], rendered: str) -> Iterator[int]:
        """Where each turn but the last ends in the rendered chat: how much of it the turns up to there make alone."""
        end = 0
        for number in range(1, len(request["messages"])):
            try:
                alone = self._rendered(request, request["messages"][:number], generation=False)
                end = max(end, _common(rendered, alone))
            except RefusedError:  # a template may want a user's turn, or refuse a system prompt alone
                pass
            yield end

    def _rendered(self, request: Mapping[str, Any], messages: Sequence[Any], *, generation: bool) -> str:
        """The chat as the template writes it."""
        template = request["template"]
        try:
            if template not in self._templates:
                self._templates[template] = environment().from_string(template)
            return _joined(
                self._templates[template].generate(
                    messages=[_aliased(message) for message in messages],
                    tools=request.get("tools") or None,
                    documents=request.get("documents") or None,
                    add_generation_prompt=generation,
                    **self._specials,
                )
            )
        except RefusedError:
            raise
        except BaseException as error:
            raise RefusedError(f"the chat template fails: {_words(error)}") from None

    def _encoded(self, text: str, *, special: bool) -> list[int]:
        """Where each token of the text begins."""
        try:
            return [start for start, _ in self._tokenizer.encode(text, add_special_tokens=special).offsets]
        except BaseException as error:
            raise RefusedError(f"the tokenizer fails: {_words(error)}") from None


def _joined(pieces: Iterable[str]) -> str:
    """What a template writes, piece by piece, up to a bound."""
    kept, length = [], 0
    for piece in pieces:
        kept.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise RefusedError(f"the chat template writes more than {LONGEST:,} characters")
    return "".join(kept)


def _texts(prompt: Prompt, texts: Sequence[str], starts: Sequence[int]) -> Iterator[int]:
    """The tokens of each text of the chat, where the rendered chat has it; templates may strip its ends."""
    cursor = 0
    for text in texts:
        known = text if text in prompt.rendered else text.strip()
        at = prompt.rendered.find(known, cursor)
        if at < 0:  # a template may put the system prompt behind later turns
            at = prompt.rendered.find(known)
        else:
            cursor = at + len(known)
        yield _between(starts, prompt.place(at), prompt.place(at + len(known))) if known and at >= 0 else 0


def _between(starts: Sequence[int], start: int, end: int) -> int:
    return bisect_left(starts, end) - bisect_left(starts, start)


def _common(one: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _aliased(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message whose reasoning stands under the names that templates read (transformers, _alias_reasoning_fields)."""
    reasoning = next((message[key] for key in REASONING if message.get(key) is not None), None)
    return message if reasoning is None else {"thinking": reasoning, **message, "reasoning_content": reasoning}


class Ranks:
    """An encoding of tiktoken, from a file of its ranks: what is asked of a tokenizer here.

    The number of ranks tells which encoding it is, whose constructor reads the ranks; nothing is fetched. Source:
    tiktoken 0.14, tiktoken_ext/openai_public.py.
    """

    def __init__(self, path: str) -> None:
        from base64 import b64decode

        from tiktoken import Encoding
        from tiktoken_ext import openai_public

        with open(path, "rb") as file:
            pairs = (line.split() for line in file if line.strip())
            ranks = {b64decode(token, validate=True): int(rank) for token, rank in pairs}
        openai_public.load_tiktoken_bpe = lambda *_, **__: ranks
        name = next((name for name, most in ENCODINGS.items() if len(ranks) <= most), "o200k_base")
        numbers = openai_public.ENCODING_CONSTRUCTORS[name]()
        numbers.pop("explicit_n_vocab", None)
        self._encoding = Encoding(**numbers)

    def encode(self, text: str, *, add_special_tokens: bool) -> "Ranks":
        """The text's tokens; special tokens in it are text."""
        del add_special_tokens  # the encoding has none at the beginning
        tokens = self._encoding.encode_ordinary(text)
        self.offsets = [(start, start) for start in self._encoding.decode_with_offsets(tokens)[1]]
        return self

    def token_to_id(self, token: str) -> int | None:
        """The token's number, None if it is none."""
        tokens = self._encoding.encode_ordinary(token)
        return tokens[0] if len(tokens) == 1 else None


ENCODINGS = {"r50k_base": 60_000, "cl100k_base": 150_000}
"""The most ranks of an encoding; more are those of o200k_base."""


def _tokenizer(path: str, added: Mapping[str, Any]) -> Any:
    """The tokenizer in a file, with the tokens that tokenizer_config.json adds, without limits of length."""
    try:
        if path.lower().endswith(".tiktoken"):
            return Ranks(path)
        from tokenizers import AddedToken, Tokenizer

        tokenizer = Tokenizer.from_file(path)
        tokenizer.no_truncation()
        tokenizer.no_padding()
        for _, token in sorted(added.items(), key=lambda item: int(item[0])):
            if tokenizer.token_to_id(token["content"]) is None:
                flags = {key: token[key] for key in ("single_word", "lstrip", "rstrip", "normalized") if key in token}
                make = tokenizer.add_special_tokens if token.get("special") else tokenizer.add_tokens
                make([AddedToken(token["content"], special=bool(token.get("special")), **flags)])
    except BaseException as error:
        raise RefusedError(f"not a tokenizer that counts ({_words(error)})") from None
    return tokenizer


def _words(error: BaseException) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())[:160] or type(error).__name__


def main() -> None:
    """Answer every line."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):  # Windows, or a lower limit already
        pass
    counter: Counter | None = None
    for line in sys.stdin.buffer:
        try:
            request = json.loads(line)
            if counter is None:
                counter = Counter(request)
                answer: dict[str, Any] = {}
            else:
                answer = counter.answer(request)
        except RefusedError as error:
            answer = {"error": str(error)}
        except BaseException as error:
            answer = {"error": _words(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
