"""Questions of `vtok locate` about tokens, positions, pixels and boxes, and their answers from a layout."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import vtok
from vtok.errors import UsageError, VtokError
from vtok.parts.abilities import rotary
from vtok.parts.family import Family
from vtok.values import Box, Layout

if TYPE_CHECKING:
    from vtok.values.tokens import Token, TokenMap

    Ids = tuple[int, int, int]

NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})", re.ASCII)


class Question(NamedTuple):
    """What is asked: the flag without its dashes, and its value: a number, a point or the edges of a box."""

    flag: str
    value: Any

    def __str__(self) -> str:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return f"{self.flag} {','.join(f'{value:g}' if isinstance(value, float) else str(value) for value in values)}"

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a question: the flag and its value."""
        if self.flag == "pixel":
            return {"pixel": dict(zip("xy", self.value, strict=True))}
        return {self.flag: Box(*self.value).to_dict() if self.flag == "box" else self.value}


class Answer(NamedTuple):
    """A question and the tokens that answer it, with their M-RoPE ids where the model has some; or why none does."""

    question: Question
    tokens: "Sequence[Token]" = ()
    ids: "Sequence[Ids]" = ()
    error: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON of an answer."""
        if self.error:
            return {**self.question.to_dict(), "error": self.error}
        tokens = [token.to_dict() for token in self.tokens]
        for token, ids in zip(tokens, self.ids, strict=False):
            token["ids"] = dict(zip("thw", ids, strict=True))
        return {**self.question.to_dict(), "tokens": tokens}


def questions(
    tokens: Sequence[int], positions: Sequence[int], pixels: Sequence[str], boxes: Sequence[str]
) -> list[Question]:
    """What was typed behind the flags; UsageError for a point or a box that is none."""
    return [
        *(Question("token", number) for number in tokens),
        *(Question("position", number) for number in positions),
        *(Question("pixel", numbers_in("--pixel", typed, "X,Y")) for typed in pixels),
        *(Question("box", numbers_in("--box", typed, "X1,Y1,X2,Y2")) for typed in boxes),
    ]


def numbers_in(flag: str, text: str, form: str) -> tuple[float, ...]:
    """The numbers of a point or a box, as they are typed with commas between; UsageError for anything else."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != len(form.split(",")) or not all(map(NUMBER.fullmatch, parts)):
        raise UsageError(f"{flag} {text[:60]!r}: write {form} in pixels of the image, x before y")
    return tuple(int(part) if part.lstrip("+-").isdigit() else float(part) for part in parts)


def answers(asked: Sequence[Question], family: Family, layout: Layout, frame: int | None) -> Iterator[Answer]:
    """The answers in order, of a video about source frame `frame` alone. UsageError for a frame of an image."""
    if frame is not None and not layout.media.is_video:
        raise UsageError("--frame picks a frame of a video, and this is an image; leave it out")
    places, ids = layout.token_map(), _ids(family, layout)
    for question in asked:
        try:
            tokens = _tokens(question, places, frame)
        except VtokError as error:
            yield Answer(question, error=str(error))
        else:
            of_tokens = [tuple(map(int, ids[:, token.position])) for token in tokens] if ids is not None else []
            yield Answer(question, tokens, of_tokens)  # type: ignore[arg-type]  # three of each


def _tokens(question: Question, places: "TokenMap", frame: int | None) -> "list[Token]":
    value = question.value
    if question.flag == "token":
        return [places.token(value)]
    if question.flag == "position":
        return [places.at_position(value)]
    if question.flag == "pixel":
        numbers = places.at_pixel(value[0], value[1], frame)
    else:
        numbers = places.in_box(Box(*value), frame)
    return [places.token(number) for number in numbers]


def _ids(family: Family, layout: Layout) -> Any:
    """Time, row and column of every position of the image on its own: shape (3, positions); None without M-RoPE."""
    if rotary(family) is None:
        return None
    positions = vtok.position_ids(family, segments=[layout])
    return positions.ids if positions.length == layout.prompt_tokens else None
