"""Which settings make a given number of tokens: those that differ little from the user's settings are searched.

If the tokens of a prompt and the features of an encoder do not match, two programs have nearly always prepared the same
image in two ways. They can differ in the preset, the pipeline or its version, the stored orientation, a limit, or in a
resize before the model: each of these is a `Change`. Settings with the fewest and likeliest changes come first.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, cached_property
from itertools import islice
from typing import Any, NamedTuple

from vtok import engines
from vtok.errors import VtokError
from vtok.parts.family import Family
from vtok.search.changes import MANY, SEEN, Change, another, changes_of, in_words, shrunk_to
from vtok.search.limits import names_of
from vtok.search.sizes import grids, longer_sides
from vtok.values import Layout, Media, Size

CLOSE = 3
"""How many near misses are listed if nothing yields the number."""

LIKELY = 3
"""The weight of the likelier resizes."""

COUNTED: dict[str, Callable[[Layout], int]] = {
    "tokens": lambda layout: layout.tokens,
    "prompt tokens": lambda layout: layout.prompt_tokens,
    "patches before merging": lambda layout: layout.patches,
    "cross-attention tokens": lambda layout: layout.cross_attention_tokens,
}
"""What an error message may have counted, the likeliest first."""


class Setting(NamedTuple):
    """Changes that yield `number`; `counted` says which count of the layout it is."""

    number: int
    counted: str
    changes: tuple[Change, ...]

    @property
    def weight(self) -> int:
        """How far these settings are from the user's."""
        return sum(change.weight for change in self.changes) + list(COUNTED).index(self.counted)

    @property
    def gist(self) -> tuple[object, ...]:
        """What tells these settings from similar ones. Two resizes under the same limit do not differ."""
        alone = len(self.changes) == 1
        return self.number, self.counted, *(c.what if alone or c.kind != "resize" else c.kind for c in self.changes)


class Explanation(NamedTuple):
    """The settings that yield a number, nearest first.

    If none does: the settings that come `nearest`, however far, and `other` images that yield the number.
    """

    exact: list[Setting]
    nearest: list[Setting]
    other: list[Setting]

    @property
    def settings(self) -> list[Setting]:
        """All settings, in this order."""
        return [*self.exact, *self.nearest, *self.other]


class Explained:
    """Images and videos with a model, and the similar settings under which they make other numbers of tokens."""

    def __init__(self, family: Family, media: Sequence[Media]) -> None:
        self.family = family
        self.media = tuple(media)
        self._shrunk = cache(self._tokens_shrunk)

    def explain(self, number: int) -> Explanation:
        """The settings that yield a number."""
        exact = _nearest(setting for setting in self._settings if setting.number == number)
        if all(setting.changes for setting in exact):
            alone = [setting.changes[0] for setting in exact if len(setting.changes) == 1]
            solved = [Setting(number, "tokens", (change,)) for change in self._solved(number, alone)]
            exact = _nearest([*exact, *solved])
        if not exact:
            exact = _nearest(setting for setting in self._farther if setting.number == number)
        if exact:
            return Explanation(exact, [], [])
        return Explanation([], _closest(self._settings, number), list(islice(self._other_images(number), CLOSE)))

    def under(self, changes: Iterable[Change]) -> tuple[Family, list[Media]]:
        """The model and the inputs after these changes. Raises a VtokError if the model refuses one of them."""
        family, media = self.family, list(self.media)
        options: dict[str, Any] = {}
        for change in changes:
            family = _with_options(change.preset, family) if change.preset else family
            options |= change.options
            if change.resize:
                media = [item if item.is_video else change.resize(item) for item in media]
        return engines.choose(family, **options), media

    @cached_property
    def _changes(self) -> list[Change]:
        return list(changes_of(self.family, self.media))

    @cached_property
    def _settings(self) -> list[Setting]:
        """The settings that are tried first, each with every count that it yields: all but limits after a resize."""
        return self._counted(changes for changes in _combined(self._changes) if not _is_far(changes))

    @cached_property
    def _farther(self) -> list[Setting]:
        """A limit after one of the likelier resizes: many settings, which often yield a number by chance."""
        likely = [change for change in self._changes if change.kind != "resize" or change.weight <= LIKELY]
        return self._counted(changes for changes in _combined(likely) if _is_far(changes))

    def _counted(self, tried: Iterable[tuple[Change, ...]]) -> list[Setting]:
        return [
            Setting(number, counted, changes) for changes in tried for counted, number in self._counts(changes).items()
        ]

    def _counts(self, changes: Sequence[Change]) -> dict[str, int]:
        """Every count of the inputs under these changes, by its name; none if the model refuses an input."""
        try:
            family, media = self.under(changes)
            layouts = [family.layout(item) for item in media]
        except VtokError:
            return {}
        counts = {name: sum(map(count, layouts)) for name, count in COUNTED.items()}
        return {name: count for name, count in counts.items() if count}

    def _tokens(self, change: Change) -> int:
        return self._counts((change,)).get("tokens", 0)

    def _tokens_shrunk(self, side: int) -> int:
        """Tokens of the inputs if larger images are first shrunk to that longer side."""
        return self._tokens(Change("", "", 0, resize=shrunk_to(side)))

    def _solved(self, number: int, known: Sequence[Change]) -> Iterator[Change]:
        """Ranges of limits and of sizes that yield a number. Options of the `known` changes are left out."""
        options = {name for change in known for name in change.options}
        yield from (change for change in self._limits(number) if options.isdisjoint(change.options))
        if not any(change.resize for change in known):
            yield from self._sides(number)

    def _limits(self, number: int) -> Iterator[Change]:
        """Ranges of each limit with many values that yield just that number of tokens."""
        for name in names_of(self.family, "image", "video"):
            now = getattr(self.family, name)
            if not isinstance(now, int) or isinstance(now, bool) or now <= MANY:
                continue
            for pipeline in (None, *self.family.pipelines):
                if pipeline == self.family.pipeline_used:
                    continue
                chosen = {} if pipeline is None else {"pipeline": pipeline, "version": ""}
                low, high = (self._first(name, 2 * now, chosen, wanted) for wanted in (number, number + 1))
                if low < high:
                    text = f"{name} from {in_words(low)} to {in_words(high - 1)}"
                    text += f", prepared by {pipeline}" if pipeline else ""
                    yield Change("limit", text, 5 if pipeline else 3, {**chosen, name: low})

    def _first(self, name: str, most: int, options: dict[str, Any], number: int) -> int:
        """The least value of a limit, up to `most`, that makes at least that many tokens."""
        low, high = 1, most
        while low < high:
            middle = (low + high) // 2
            if self._tokens(Change("", "", 0, {**options, name: middle})) >= number:
                high = middle
            else:
                low = middle + 1
        return low

    def _sides(self, number: int) -> Iterator[Change]:
        """The largest sizes of the same aspect ratio that yield just that number of tokens."""
        longest = max((max(item.size) for item in self.media if not item.is_video), default=0)
        sides = longer_sides(longest, lambda side: self._shrunk(side) == number)
        if sides:
            span = str(sides[0]) if len(sides) == 1 else f"{sides[0]} to {sides[-1]}"
            yield Change(
                "resize", f"shrunk so that its longer side was {span} pixels {SEEN}", 4, resize=shrunk_to(sides[-1])
            )

    def _other_images(self, number: int) -> Iterator[Setting]:
        """Images of nearly the same aspect ratio whose grid makes up the number, in the place of the only image."""
        if len(self.media) != 1 or self.media[0].is_video:
            return
        view = self.family.layout(self.media[0]).global_view
        factor = view.patch_size * view.merge_size
        for (rows, columns), counted in grids(self.family, number, self.media[0].upright, factor):
            size = Size(rows * factor, columns * factor)
            what = f"another image of {size} in its place: {rows} x {columns} tokens"
            yield Setting(number, counted, (Change("image", what, 8, resize=another(size)),))


def _closest(settings: Iterable[Setting], number: int) -> list[Setting]:
    """The settings that miss the number by least, one for each number of tokens; other models are left out."""
    nearest: dict[int, Setting] = {}
    for setting in sorted(settings, key=lambda s: s.weight):
        if setting.counted == "tokens" and not any(change.kind == "model" for change in setting.changes):
            nearest.setdefault(setting.number, setting)
    return sorted(nearest.values(), key=lambda s: abs(s.number - number))[:CLOSE]


def _nearest(settings: Iterable[Setting]) -> list[Setting]:
    """The settings, nearest first, without those that only add changes to another one of them."""
    kept: list[tuple[Setting, set[str]]] = []
    for setting in sorted(settings, key=lambda s: (s.weight, len(s.changes))):
        done = {repr(change.options) if change.options else change.what for change in setting.changes}
        if not any(other <= done for _, other in kept):
            kept.append((setting, done))
    return [setting for setting, _ in kept]


def _with_options(preset: Family, family: Family) -> Family:
    """Another preset with the options that the user set, if it has them."""
    asked = {name: getattr(family, name) for name in family.asked if preset.has_option(name)}
    try:
        return preset.choose(**asked)
    except VtokError:
        return preset


def _combined(changes: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """No change, each one, and all combinations of two that can be: of different kinds, and with one preset at most."""
    yield ()
    yield from ((change,) for change in changes)
    social = [change for change in changes if not change.alone]
    for i, change in enumerate(social):
        others = (other for other in social[i + 1 :] if other.kind != change.kind)
        yield from ((change, other) for other in others if not (change.preset and other.preset))


def _is_far(changes: Sequence[Change]) -> bool:
    kinds = {change.kind for change in changes}
    return "resize" in kinds and bool(kinds & {"limit", "lower limit"})
