"""A checkpoint's numbers, read from its config files."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, NamedTuple, get_type_hints

from vtok.checkpoints.files import FILES, Configs, Files, as_upstream, file_of
from vtok.checkpoints.identify import stems_of
from vtok.checkpoints.keys import NOT_DONE, OF_VISION, PLAIN, SHARED_DEFAULTS
from vtok.checkpoints.places import Place, in_no_config, places, readable
from vtok.checkpoints.values import from_config
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.families import module, presets_of
from vtok.parts.family import Family
from vtok.parts.settings import check_together, shown
from vtok.values import Media, Size

FEW = 4
"""Numbers up to this one may be equal by chance."""
PROCESSORS = ("image", "video")
"""The files that processors read: null is a value there, where config.json has null for what is left out."""
OF_ONE_CHECKPOINT: dict[str, set[None]] = {"max_position_embeddings": set(), "chat_tokens": {None}}
"""Numbers that are not copied from a preset when another one matches the files equally well and has another number.
None is another one, if it means that there is none: Flan-T5 has no context. Of chats, it means that none is known."""
OF_VIDEOS, UNNOTED = ("tokens_per_second",), ("resample", "max_position_embeddings")
"""Numbers of config.json that matter to videos alone, and numbers that no count of an image or video depends on."""
Defaults = Mapping[str, Mapping[str, Any]]
"""The numbers that classes of transformers have where a config leaves them out, by class and field."""


class Checkpoint(NamedTuple):
    """A preset read from configs, and the published preset that is closest to it.

    `not_read` has, for each file, the keys at its top that vtok does not read, since they say nothing about sizes.
    `contents` are the files' contents by their short names, as transformers reads them.
    """

    family: Family
    base: Family
    not_read: dict[str, tuple[str, ...]]
    contents: Configs = MappingProxyType({})

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Numbers and options that differ: the checkpoint's, and the published preset's."""
        names = (f.name for f in fields(self.family) if self.family.has_option(f.name) and not in_no_config(f.name))
        pairs = ((name, getattr(self.family, name), getattr(self.base, name)) for name in names)
        return {name: (value, published) for name, value, published in pairs if value != published}

    @property
    def num_unread(self) -> int:
        """How many keys vtok does not read: of two families with equal numbers, the right one reads more."""
        return sum(map(len, self.not_read.values()))

    @property
    def distance(self) -> int:
        """How many numbers differ from the published ones, as far as these are known."""
        return sum(published is not None for _, published in self.differences.values())


def read(configs: Configs, name: str, *, whole: bool = False) -> Checkpoint:
    """The checkpoint that these configs describe, called `name`; `whole` if it has no others.

    No config says whose code prepares the input: a preset with a pipeline of its own serves its name alone. So does a
    fine-tune.
    Raises UnknownModelError for a family that vtok does not know, UsageError for values that no checkpoint can have.
    """
    files = as_upstream(configs, name, whole=whole)
    stems = stems_of(files.contents, files.labels, name)
    readings = [
        _reading(preset, files, _defaults(stem))
        for stem in stems
        for preset in presets_of(stem)
        if not (preset.pipeline or preset.fine_tune) or _is_called(preset, name)
    ]
    closest = min(readings, key=lambda one: (one.distance, not _is_called(one.base, name), one.num_unread))
    equally_close = [one.family for one in readings if one.distance == closest.distance]
    unknown: dict[str, Any] = {
        key: None
        for key, not_known in OF_ONE_CHECKPOINT.items()
        if len({getattr(family, key) for family in equally_close} - not_known) > 1
    }
    family = replace(closest.family, **unknown)
    _check(family, name)
    return closest._replace(family=family)


def _defaults(stem: str) -> Defaults:
    """The class defaults that a family file lists, and those of the parts that families share."""
    defaults: Defaults = getattr(module(stem), "CLASS_DEFAULTS", {})
    return {**defaults, **SHARED_DEFAULTS}


def _is_called(preset: Family, name: str) -> bool:
    """Whether a folder or repository, or the folder of a config file, has this preset's name."""
    *parents, last = name.partition("@")[0].rstrip("/").lower().split("/")
    if parents and last.endswith(".json"):
        last = parents[-1]
    return any(last == known.rsplit("/", 1)[-1].lower() for known in preset.names)


class _Reading:
    """The numbers of one preset's fields in the files: values, their sources, and what was met on the way."""

    def __init__(self, base: Family, files: Files, defaults: Defaults) -> None:
        self.base, self.files, self.defaults = base, files, defaults
        self.values: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        self.used: set[tuple[str, ...]] = set()
        self.ignored: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        hints = get_type_hints(type(base))
        for field in readable(base):
            known = places(base, field)
            for i, place in enumerate(known):
                self._look(field, hints[field], place)
                last = all(other.file != place.file for other in known[i + 1 :])
                if last and place.file in PROCESSORS:
                    self._default(field, known, place.file)  # its class does not look into other files
            self._default(field, known)

    def _look(self, field: str, hint: Any, place: Place) -> None:
        """Take the value at this place, if there is one and no place before had one."""
        value = self.files.at(place.file, place.path)
        if place.how == "or_null" and self.files.is_null(place.file, place.path):
            self.values[field], self.sources[field] = None, self.files.labels[place.file]
        if value is None or not place.applies(value, self.files):
            return
        where = f"{self.files.labels[place.file]}: {'.'.join(place.path)}"
        self.used.add((place.file, *place.path))
        number = from_config(field, value, hint, place.how, f"{self.files.name}: {where}")
        if field not in self.values:
            self.values[field], self.sources[field] = number, self.files.labels[place.file]
        elif number != self.values[field]:
            first = f"{self.sources[field]} has {shown(self.values[field])}"
            self.ignored.append(f"{where} ({shown(value)}), since {first}")

    def _default(self, field: str, known: tuple[Place, ...], only: str = "") -> None:
        """Take the class default for a field that the files leave out; UsageError where an object has only half.

        `only` is the file whose class is asked, every file's if it is empty.
        """
        for name, numbers in self.defaults.items() if field not in self.values else ():
            file = file_of(name)
            if field not in numbers or file != (only or file) or not self.files.reads(name, self.defaults):
                continue
            if file in PROCESSORS and not (file == "video" and _is_borrowed(file, self.files)):
                self._refuse_half(name, [place for place in known if place.file == file and not place.only])
            if numbers[field] is None and file in PROCESSORS:
                where = f"{self.files.name}: {self.files.labels[file]}"
                raise UsageError(f"{where}: {field} is left out, and vtok has no answer to the class default of {name}")
            self.values[field] = numbers[field]
            self.sources[field] = f"left out of {self.files.labels[file]}, the class default of {name}"
            if numbers[field] != getattr(self.base, field) and field not in UNNOTED:
                kind = "video" if file == "video" or field in OF_VIDEOS else "image"
                self.left_out.append((kind, f"{field} {_written(numbers[field])}: {self.sources[field]}"))
            return

    def _refuse_half(self, name: str, known: list[Place]) -> None:
        """Raise UsageError where the class would refuse the file: for null, and for a size that lacks this number.

        Processors that read limits at the top, too, take null there, and a whole size that is null, as left out.
        """
        limits = {len(place.path) for place in known} == {1, 2}
        for file, path, *_ in known:
            where = f"{self.files.name}: {self.files.labels[file]}"
            parent = self.files.at(file, path[:-1]) if len(path) > 1 else None
            if parent is not None and path[0].endswith("size") and not (limits and isinstance(parent, list)):
                raise UsageError(f"{where}: {'.'.join(path[:-1])} must have {path[-1]}; vtok knows no other for {name}")
            if not limits and self.files.is_null(file, path):
                raise UsageError(f"{where}: {'.'.join(path)} must not be null; {name} refuses it")


def _written(value: Any) -> str:
    """A number in a sentence."""
    return f"{value:,}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value).lower()


def _reading(base: Family, files: Files, defaults: Defaults) -> Checkpoint:
    """This preset with the numbers of the files instead of its own."""
    reading = _Reading(base, files, defaults)
    try:
        implied = base.implied(reading.values)
    except UsageError as error:
        raise UsageError(f"{files.name}: {error}") from None
    reading.sources = dict.fromkeys(implied, files.labels["config"]) | reading.sources
    family = replace(
        base,
        **{**implied, **reading.values},
        preset=files.name,
        repo="",
        aliases=(),
        ignored=(*reading.ignored, *_unused(reading)),
        left_out=tuple(reading.left_out),
        sources={f.name: f"as {base.names[0]}" for f in fields(base)} | reading.sources,
    )
    about_sizes = {(file, path[0]) for file, *path in reading.used}
    about_sizes |= {("config", "model_type"), ("config", "architectures")}
    not_read = {
        files.labels[file]: tuple(sorted(str(key) for key in content if (file, key) not in about_sizes))
        for file, content in files.contents.items()
        if not _is_borrowed(file, files)
    }
    return Checkpoint(family, base, {label: keys for label, keys in not_read.items() if keys}, files.contents)


def _is_borrowed(file: str, files: Files) -> bool:
    """Whether the content stands in another file than its own."""
    return files.labels[file] != FILES[file]


def _unused(reading: _Reading) -> Iterator[str]:
    """What stands in the files and may bear on sizes, but has no effect here.

    Raises UsageError for a step that the files turn off and vtok cannot leave out.
    """
    files, used, base = reading.files, reading.used, reading.base
    seen: dict[str, Any] = {}
    numbers = {value for value, _ in base.numbers().values() if isinstance(value, int) and value > FEW}
    for file in ("image", "video", "processor", "config"):
        if file == "video" and files.labels["video"] == files.labels["image"]:
            continue
        for path, value in files.leaves(file):
            key, label = ".".join(path), files.labels[file]
            again, seen[key] = seen.get(key) == value, value
            if any((file, *path[: i + 1]) in used for i in range(len(path))):
                continue
            if key in NOT_DONE and value is False and file in ("image", "video"):
                yield from _not_done(key, file, reading)
            elif again or (isinstance(value, int) and value in numbers):
                continue  # the same number by another name
            elif _bears_on_sizes(file, path) and getattr(base, path[-1], None) != value:
                yield f"{label}: {key[:80]}"


def _not_done(key: str, file: str, reading: _Reading) -> Iterator[str]:
    """What becomes of a step that a file turns off: no effect upstream, or a UsageError."""
    base, label = reading.base, reading.files.labels[file]
    resizes = file in base.always_resizes and reading.values.get("crop_to_patches", True)
    if key == "do_sample_frames" or (key == "do_resize" and resizes):
        yield f"{label}: {key} false ({NOT_DONE[key]})"
    elif key == "do_resize" or key in base.must_do or (key == "do_center_crop" and getattr(base, "crop_size", None)):
        where = f"{reading.files.name}: {label}"
        raise UsageError(f"{where}: {key} false: {base.model} has no answer to that; set it true")


def _bears_on_sizes(file: str, path: tuple[str, ...]) -> bool:
    """Whether a key may be about sizes, by its name."""
    first, last = path[0], path[-1]
    if first in PLAIN or last in PLAIN:
        return False
    return file != "config" or bool(OF_VISION.search(last) and not last.endswith(("_id", "_index", "_token")))


def _check(family: Family, name: str) -> None:
    """Raise UsageError where the numbers contradict each other, or leave nothing of an image."""
    numbers = {
        field: (value, source)
        for field, (value, source) in family.numbers().items()
        if not source.startswith(("as ", "left out of "))
    }
    try:
        check_together(numbers)
        family.layout(Media(size=Size(448, 448)))
    except UnsupportedSizeError:
        return  # a family that refuses this image may take others
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
