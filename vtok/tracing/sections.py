"""Numbers of a config.json, each by one of the names that configs have for it.

transformers fills a key that a config leaves out with the class default of the config's type, and so does this module:
`data/defaults.json` has these defaults, of transformers 5.23, by model_type. A number of a wrong kind is a UsageError.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from vtok.errors import UsageError

LARGEST = 2**31
"""No width, depth or number of experts is as large."""


@cache
def class_defaults() -> Mapping[str, Any]:
    """Class defaults by model_type (`types`), and the types of a config's parts where these name none (`parts`)."""
    text = resources.files(__package__).joinpath("data", "defaults.json").read_text("utf-8")
    defaults: Mapping[str, Any] = json.loads(text)
    return defaults


class Section:
    """One object of a config: the whole, or a part such as vision_config.

    `filled` says whether missing keys have class defaults: not in a config of which only some keys are known.
    `left_out` collects the keys whose class default was read, and is shared by all sections of a config.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        where: str,
        *,
        kind: str | None = None,
        filled: bool = True,
        left_out: list[str] | None = None,
    ) -> None:
        self.content, self.where, self.filled = content, where, filled
        self.left_out: list[str] = [] if left_out is None else left_out
        named, types = content.get("model_type"), class_defaults()["types"]
        self.kind = named if isinstance(named, str) and (kind is None or named in types) else kind or ""
        self.defaults: Mapping[str, Any] = types.get(self.kind, {}) if filled else {}

    def part(self, *names: str) -> "Section | None":
        """The first of these parts that the config has or, if its type is known to have one, an empty one."""
        kinds = class_defaults()["parts"].get(self.kind, {}) if self.filled else {}
        for name in names:
            content = self.content.get(name)
            if content is not None and not isinstance(content, Mapping):
                raise UsageError(f"{self.where}{name} must be an object with keys, not {content!r:.60}")
            if content is not None or name in kinds:
                where = f"{self.where}{name}."
                kind = kinds.get(name)
                if content and kind and content.get("model_type") == self.kind:
                    content = {**content, "model_type": kind}  # the part names the type of the whole
                return Section(content or {}, where, kind=kind, filled=self.filled, left_out=self.left_out)
        return None

    def text(self) -> "Section":
        """The part of the language model; the whole where its numbers stand at the top, as Qwen2-VL's do."""
        part = self.part("text_config", "llm_config", "language_config")
        if part and (part.content or "hidden_size" not in self.content):
            return part
        top = {key: value for key, value in self.content.items() if key != "model_type" or part is None}
        kind = part.kind if part else None
        return Section(top, self.where, kind=kind, filled=self.filled, left_out=self.left_out)

    def value(self, *names: str) -> Any:
        """The value of the first of these keys that the config has, else the first class default."""
        return self._met(names)[1]

    def _met(self, names: tuple[str, ...]) -> tuple[str, Any]:
        """The key that was met, and its value; null turns off what a class default turns on, such as sliding_window."""
        for name in names:
            if self.content.get(name) is not None:
                return name, self.content[name]
        for name in names:
            if name in self.content:
                return name, None
            if self.defaults.get(name) is not None:
                self.left_out.append(f"{self.where.partition(': ')[2]}{name} {self.defaults[name]}")
                return name, self.defaults[name]
        return names[0], None

    def whole(self, *names: str) -> int | None:
        """A whole number from 0, or None. Raises UsageError for anything else."""
        name, value = self._met(names)
        if value is None:
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < LARGEST:
            raise UsageError(f"{self.where}{name} must be a whole number, not {value!r:.60}")
        return value

    def real(self, *names: str) -> float | None:
        """A number above 0, or None. Raises UsageError for anything else."""
        name, value = self._met(names)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < LARGEST:
            raise UsageError(f"{self.where}{name} must be a number above 0, not {value!r:.60}")
        return float(value)

    def side(self, *names: str) -> int | None:
        """The side of a square: a whole number, or a list of two equal ones."""
        value = self.value(*names)
        if isinstance(value, list) and value and all(side == value[0] for side in value):
            return Section({names[0]: value[0]}, self.where, filled=False).whole(names[0])
        return self.whole(*names)

    def wholes(self, *names: str) -> tuple[int, ...] | None:
        """A list of whole numbers, or None. Raises UsageError for anything else."""
        name, value = self._met(names)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(n, int) and abs(n) < LARGEST for n in value):
            raise UsageError(f"{self.where}{name} must be a list of whole numbers, not {value!r:.60}")
        return tuple(value)

    def reals(self, *names: str) -> tuple[float, ...] | None:
        """A list of numbers, or None. Raises UsageError for anything else."""
        name, value = self._met(names)
        if value is None:
            return None
        if not isinstance(value, list) or not all(type(n) in (int, float) and abs(n) < LARGEST for n in value):
            raise UsageError(f"{self.where}{name} must be a list of numbers, not {value!r:.60}")
        return tuple(map(float, value))

    def words(self, *names: str) -> tuple[str, ...]:
        """A list of texts; empty where there is none. Raises UsageError for anything else."""
        name, value = self._met(names)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise UsageError(f"{self.where}{name} must be a list of texts, not {value!r:.60}")
        return tuple(value)

    def flag(self, *names: str) -> bool:
        """Whether a switch is on; off where it is left out."""
        return self.value(*names) is True
