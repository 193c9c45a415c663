"""A checkpoint's own numbers: config files -> a preset, and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple, get_type_hints

from vtok.checkpoints.identify import stems_of
from vtok.checkpoints.keys import ALL_THE_SAME, COMMON_KEYS, OF_OTHERS, OF_VISION, PLAIN
from vtok.checkpoints.values import MOST, as_object, from_config, shown, to_config
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.families import modules, presets_of
from vtok.parts.family import Family
from vtok.parts.settings import check_together
from vtok.values import Media, Size

FILES = {
    "config": "config.json",
    "image": "preprocessor_config.json",
    "video": "video_preprocessor_config.json",
    "processor": "processor_config.json",
}
Configs = Mapping[str, Mapping[str, Any]]
"""The content of such files, by their short names."""

COARSEST = 4096
POSITIVE = {
    **dict.fromkeys(("patch_size", "merge_size", "temporal_patch_size", "window_size"), COARSEST),
    "max_position_embeddings": MOST,
}
CANVASES = ("image_grid_pinpoints", "candidate_resolutions")
FEW = 4
"""Numbers up to this one may be equal by chance."""
UNSAID = ("chat_tokens",)
"""Numbers that no config says."""
OF_THE_CHECKPOINT = ("max_position_embeddings", "chat_tokens")
"""Numbers that a preset which is no closer than another one cannot lend."""


class Checkpoint(NamedTuple):
    """A preset read from configs, and the published one that it is closest to.

    `not_read` has, for each file, the keys at its top that say nothing of sizes here.
    """

    family: Family
    base: Family
    not_read: dict[str, tuple[str, ...]]

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Numbers and options that differ: here, and in the preset."""
        names = (f.name for f in fields(self.family) if self.family.has_option(f.name) and f.name not in UNSAID)
        pairs = ((name, getattr(self.family, name), getattr(self.base, name)) for name in names)
        return {name: (here, there) for name, here, there in pairs if here != there}


def read(configs: Configs, name: str, *, whole: bool = False) -> Checkpoint:
    """The checkpoint that these configs describe, called `name`; `whole` if it has no others.

    Raises UnknownModelError for a family that vtok does not know, UsageError for a value that cannot be one.
    """
    said = _said(configs, name, whole=whole)
    stems = stems_of(said.configs, said.files, name)
    closest = [_closest(preset, said) for stem in stems for preset in presets_of(stem)]
    found = min(closest, key=lambda c: (len(c.differences), not _is_called(c.base, name)))
    alike = [c.family for c in closest if len(c.differences) == len(found.differences)]
    unknown: dict[str, Any] = {
        key: None for key in OF_THE_CHECKPOINT if len({getattr(family, key) for family in alike}) > 1
    }
    family = replace(found.family, **unknown)
    _check(family, name)
    return found._replace(family=family)


def _is_called(preset: Family, name: str) -> bool:
    """Whether a folder or repository has this preset's name: it decides between presets of equal numbers."""
    last = name.partition("@")[0].rstrip("/").rsplit("/", 1)[-1].lower()
    return any(last == known.rsplit("/", 1)[-1].lower() for known in preset.names)


def written(family: Family) -> dict[str, dict[str, Any]]:
    """The configs that say this preset's numbers, by the names of their files."""
    homes = (s for s in modules() if any(p.model == family.model for p in presets_of(s)))
    configs: dict[str, dict[str, Any]] = {"config": {"model_type": next(homes)}}
    for name in _readable(family):
        value = getattr(family, name)
        if value is None:
            continue
        file, path, how = _parsed(_spelled(family, name)[0])
        place = configs.setdefault(file, {})
        *parents, key = path
        for parent in parents:
            place = place.setdefault(parent, {})
        place[key] = to_config(value, how)
    return {FILES[file]: content for file, content in configs.items()}


class _Said(NamedTuple):
    """What a checkpoint's files say: their content, and what each is called, by its short name."""

    name: str
    configs: Configs
    files: dict[str, str]

    def at(self, file: str, path: Sequence[str]) -> Any:
        """What stands at a path of that file, or None."""
        content: Any = self.configs.get(file, {})
        for key in path:
            if not isinstance(content, Mapping):
                return None
            content = content.get(key)
        return content

    def leaves(self, file: str) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Every value of that file that is no object, with its path; but the parts for words, sounds and classes."""

        def below(path: tuple[str, ...], content: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
            for key, value in content.items():
                if isinstance(value, Mapping) and len(path) < 4:
                    if not re.match(OF_OTHERS, str(key)):
                        yield from below((*path, str(key)), value)
                elif value is not None:
                    yield (*path, str(key)), value

        return below((), self.configs.get(file, {}))


def _said(configs: Configs, name: str, *, whole: bool) -> _Said:
    """The files as transformers reads them.

    What processor_config.json holds of the others comes first; a checkpoint without a config for videos has its config
    for images for them (transformers 5.23, video_processing_utils.py, get_video_processor_dict).
    """
    found = {file: content for file, content in configs.items() if content}
    files = dict(FILES)
    processor = configs.get("processor", {})
    for file, key in {"image": "image_processor", "video": "video_processor"}.items():
        nested = processor.get(key)
        if nested is not None:
            found[file] = as_object(nested, f"{name}: {FILES['processor']}: {key}")
    thinker = found.get("config", {}).get("thinker_config")
    if isinstance(thinker, Mapping):  # of a model that speaks, too, the part that sees
        own = {key: value for key, value in found["config"].items() if key != "thinker_config"}
        found["config"] = {**thinker, **own}
    if whole and "video" not in found and configs.get("image"):
        found["video"], files["video"] = configs["image"], files["image"]
    return _Said(name, found, files)


def _closest(base: Family, said: _Said) -> Checkpoint:
    """This preset with the numbers that were said instead of its own."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    used: set[tuple[str, ...]] = set()
    ignored: list[str] = []
    hints = get_type_hints(type(base))
    for field in _readable(base):
        for spelling in _spelled(base, field):
            file, path, how = _parsed(spelling)
            value = said.at(file, path)
            if value is None or (how == "number" and isinstance(value, Mapping)):
                continue
            where = f"{said.files[file]}: {'.'.join(path)}"
            used.add((file, *path))
            number = from_config(value, hints[field], how, f"{said.name}: {where}")
            if field not in values:
                values[field], sources[field] = number, said.files[file]
            elif number != values[field]:
                ignored.append(f"{where} ({shown(value)}), since {sources[field]} has {shown(values[field])}")
        if field not in values and field in base.left_out and said.configs.get("config"):
            values[field], sources[field] = base.left_out[field], f"{said.files['config']} (left out)"
    family = replace(
        base,
        **values,
        preset=said.name,
        repo="",
        aliases=(),
        ignored=(*ignored, *_unused(said, used, base)),
        sources={f.name: f"as {base.names[0]}" for f in fields(base)} | sources,
    )
    about_sizes = {(file, path[0]) for file, *path in used} | {("config", "model_type"), ("config", "architectures")}
    not_read = {
        said.files[file]: tuple(sorted(str(key) for key in content if (file, key) not in about_sizes))
        for file, content in said.configs.items()
        if said.files[file] == FILES[file]
    }
    return Checkpoint(family, base, {file: keys for file, keys in not_read.items() if keys})


def _unused(said: _Said, used: set[tuple[str, ...]], base: Family) -> Iterator[str]:
    """What stands in the files and may bear on sizes, but not here."""
    seen: dict[str, Any] = {}
    numbers = {value for value, _ in base.numbers().values() if isinstance(value, int) and value > FEW}
    for file in ("image", "video", "processor", "config"):
        if file == "video" and said.files["video"] == said.files["image"]:
            continue
        for path, value in said.leaves(file):
            key = ".".join(path)
            again, seen[key] = seen.get(key) == value, value
            if key in ALL_THE_SAME and value is False:
                if key != "do_center_crop" or getattr(base, "crop_size", None):
                    yield f"{said.files[file]}: {key} false ({ALL_THE_SAME[key]})"
            elif again or any((file, *path[: i + 1]) in used for i in range(len(path))):
                continue
            elif isinstance(value, int) and value in numbers:
                continue  # the same number by another name
            elif _bears_on_sizes(file, path) and getattr(base, path[-1], None) != value:
                yield f"{said.files[file]}: {key[:80]}"


def _bears_on_sizes(file: str, path: tuple[str, ...]) -> bool:
    first, last = path[0], path[-1]
    if first in PLAIN or last in PLAIN:
        return False
    return file != "config" or bool(OF_VISION.search(last) and not last.endswith(("_id", "_index", "_token")))


def _readable(family: Family) -> list[str]:
    """The numbers, and the few options, that a config can say."""
    own = [name for name, (value, _) in family.numbers().items() if not isinstance(value, str) or name == "resample"]
    asked = ("sample_fps", "sample_frames", *family.config_keys)
    own += [name for name in asked if name not in own and family.has_option(name)]
    return [name for name in own if name not in UNSAID and _spelled(family, name)]


def _spelled(family: Family, name: str) -> tuple[str, ...]:
    """Where a number may stand in configs, the form that is written first."""
    if name in family.config_keys:
        return family.config_keys[name]
    return COMMON_KEYS.get(name) or (f"image:{name}", f"processor:{name}", f"config:vision_config.{name}")


def _parsed(spelling: str) -> tuple[str, tuple[str, ...], str]:
    place, _, how = spelling.partition("|")
    file, _, path = place.partition(":")
    return file, tuple(path.split(".")), how


def _check(family: Family, name: str) -> None:
    """UsageError where the numbers contradict each other."""
    numbers = {key: (value, family.sources.get(key, "")) for key, (value, _) in family.numbers().items()}
    try:
        check_together(numbers)
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
    for key, most in POSITIVE.items():
        met = getattr(family, key, None)
        if met is not None and not 1 <= met <= most:
            raise UsageError(f"{name}: {family.sources[key]}: {key} must be from 1 to {most:,}, not {met:,}")
    for key in CANVASES:
        if getattr(family, key, None) == ():
            raise UsageError(
                f"{name}: {family.sources[key]}: {key} must have one pair of numbers at the least, not none"
            )
    try:
        family.layout(Media(size=Size(448, 448)))
    except UnsupportedSizeError:
        return  # a family that refuses this image may take others
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from None
