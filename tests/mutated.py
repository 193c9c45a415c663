"""Config files of a checkpoint with one thing changed, read by vtok and by transformers.

`mutants` changes published files, and `Judge` compares what the two make of images, videos and config.json.
"""

import json
import random
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from class_defaults import GONE
from PIL import Image

from vtok import checkpoints, families
from vtok.checkpoints.files import FILES
from vtok.checkpoints.places import Place, places, readable
from vtok.checkpoints.read import read
from vtok.errors import UnknownModelError, VtokError
from vtok.parts.family import Family
from vtok.values import Media, Size
from vtok.verify.running import Difference, configs
from vtok.verify.running import _differences as differences
from vtok.verify.upstream import Answer, Upstream, encoder_facts

Configs = dict[str, dict[str, Any]]
"""The contents of config files by the files' names."""

Keys = tuple[str, ...]

CONFIGS = Path(__file__).parent / "configs"
CONFIG, IMAGE, VIDEO, PROCESSOR = (FILES[kind] for kind in ("config", "image", "video", "processor"))
SHORT = {file: short for short, file in FILES.items()}
IDLE = re.compile(
    "image_(mean|std)|rescale_factor|.*(normalize|rescale|convert_rgb|flip)|_valid_.*|processor_class|.*token.*|data_format"
    "|input_data_format|return_.*|device|disable_grouping|background_color|norm_.*|feature_extractor|resample|.*_resample"
    "|chat_template|torch_dtype|transformers_version|high_res_.*"
)
"""Keys of processors that say nothing about sizes."""
FORMS: dict[str, Callable[[int], Any]] = {
    "a number": lambda side: side,
    "height and width": lambda side: {"height": side, "width": side},
    "two heights": lambda side: {"height": side, "width": side + 28},
    "height alone": lambda side: {"height": side},
    "shortest_edge": lambda side: {"shortest_edge": side},
    "longest_edge": lambda side: {"longest_edge": side},
    "both edges": lambda side: {"shortest_edge": side, "longest_edge": 2 * side},
    "longest of both": lambda side: {"max_height": side, "max_width": side},
    "a pair": lambda side: [side, side],
    "nothing": lambda side: {},
}
"""The forms of a size, by their names."""

OWN = "LlavaLlamaForCausalLM"
"""The class of LLaVA's own code, whose type transformers uses for another config."""
SWITCHES = ("do_resize", "do_center_crop", "do_pad", "do_image_splitting", "crop_to_patches", "do_sample_frames")
LIMITS = {"min_pixels": 28 * 28 * 6, "max_pixels": 451_584}
MOST_LEAVES = 12
"""Keys within one key that are mutated one by one."""


class Mutant(NamedTuple):
    """The files of a checkpoint, and how they differ from the published ones."""

    what: str
    files: Configs


def mutants(files: Configs) -> Iterator[Mutant]:
    """All mutants of these files, in the same order each time."""
    yield Mutant("as published", files)
    for file, content in files.items():
        for path in paths(content):
            if _matters(file, path):
                yield from _of_key(files, file, path)
    yield from _of_classes(files)
    yield from _of_steps(files)
    yield from _of_files(files)
    yield from _of_parts(files)


def _matters(file: str, path: Keys) -> bool:
    if file == CONFIG:
        return path[-1] in _of_config()
    return not any(IDLE.fullmatch(key) for key in path)


@cache
def _of_config() -> set[str]:
    """The keys of config.json that vtok reads of any family."""
    every = [place for preset in families.presets() for field in readable(preset) for place in places(preset, field)]
    return {key for place in every if place.file == "config" for key in place.path} | {"model_type", "architectures"}


def paths(content: dict[str, Any]) -> Iterator[Keys]:
    """The paths of all keys at the top, and of those of objects within."""
    for key, value in content.items():
        yield (key,)
        if isinstance(value, dict):
            yield from ((key, *path) for path in list(paths(value))[:MOST_LEAVES])


def changed(files: Configs, file: str, path: Keys, value: Any) -> Configs:
    """The files with another value at a path; a value that is Ellipsis takes the key away."""
    others = deepcopy(files)
    target = others.setdefault(file, {})
    for key in path[:-1]:
        target = target[key]
    if value is ...:
        target.pop(path[-1], None)
    else:
        target[path[-1]] = value
    return others


def _of_key(files: Configs, file: str, path: Keys) -> Iterator[Mutant]:
    value: Any = files[file]
    for key in path:
        value = value[key]
    name = f"{file}: {'.'.join(path)}"
    yield Mutant(f"{name} left out", changed(files, file, path, ...))
    yield Mutant(f"{name} null", changed(files, file, path, None))
    for what, other in _other_values(path[-1], value):
        yield Mutant(f"{name} {what}", changed(files, file, path, other))


def _other_values(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield "flipped", not value
    elif isinstance(value, (int, float)):
        yield "as text", str(value)
        if isinstance(value, int):
            yield "as a float", float(value)
        yield "halved", value // 2 if isinstance(value, int) else value / 2
        yield "doubled", value * 2
        yield "zero", 0
    if "size" in key and (side := _side(value)):
        yield from ((f"as {what}", form(side)) for what, form in FORMS.items())


def _side(value: Any) -> int | None:
    if isinstance(value, dict):
        value = next(iter(value.values()), None)
    return value if isinstance(value, int) and 64 <= value <= 4096 else None


def _of_classes(files: Configs) -> Iterator[Mutant]:
    """Old names of classes, and of the keys under which they stand."""
    for file in (IMAGE, PROCESSOR):
        content = files.get(file, {})
        if isinstance(named := content.get("image_processor_type"), str):
            base = named.removesuffix("Fast").removesuffix("Pil")
            for ending in sorted({"", "Fast"} - {named.removeprefix(base)}):
                yield Mutant(
                    f"{file}: class {base}{ending}", changed(files, file, ("image_processor_type",), base + ending)
                )
            old = changed(files, file, ("image_processor_type",), ...)
            old[file]["feature_extractor_type"] = base.replace("ImageProcessor", "FeatureExtractor")
            yield Mutant(f"{file}: a feature extractor", old)


def _of_steps(files: Configs) -> Iterator[Mutant]:
    """Steps and limits that the published files do not name."""
    for file in (IMAGE, VIDEO):
        if file not in files:
            continue
        for step in SWITCHES:
            if step not in files[file]:
                for done in (True, False):
                    yield Mutant(f"{file}: {step} {done}", changed(files, file, (step,), done))
        limited = deepcopy(files)
        limited[file] |= LIMITS
        yield Mutant(f"{file}: limits at the top", limited)
        for key, value in LIMITS.items():
            yield Mutant(f"{file}: {key} at the top", changed(files, file, (key,), value))
        yield Mutant(f"{file}: limits in size", changed(files, file, ("size",), LIMITS))
        edges = {"shortest_edge": LIMITS["min_pixels"], "longest_edge": LIMITS["max_pixels"]}
        yield Mutant(f"{file}: limits as edges", changed(files, file, ("size",), edges))


def _of_files(files: Configs) -> Iterator[Mutant]:
    """Files that are missing, or stand in others."""
    for file in files:
        yield Mutant(f"no {file}", {name: content for name, content in files.items() if name != file})
    for file, key in ((IMAGE, "image_processor"), (VIDEO, "video_processor")):
        if file in files:
            nested = changed(files, PROCESSOR, (key,), files[file])
            yield Mutant(f"{file} in both", nested)
            alone = {name: content for name, content in nested.items() if name != file}
            yield Mutant(f"{file} in {PROCESSOR} alone", alone)
    inner = files.get(PROCESSOR, {}).get("image_processor")
    if isinstance(inner, dict):
        flat = changed(files, PROCESSOR, ("image_processor",), ...)
        yield Mutant(f"image_processor in {IMAGE}", {**flat, IMAGE: inner})


def _of_parts(files: Configs) -> Iterator[Mutant]:
    """Keys of config.json moved out of its parts, and into them."""
    config = files.get(CONFIG, {})
    for part in ("vision_config", "text_config"):
        inner = config.get(part)
        if isinstance(inner, dict):
            for key, value in inner.items():
                if key in _of_config() and key != "model_type":
                    moved = changed(files, CONFIG, (part, key), ...)
                    yield Mutant(f"{CONFIG}: {part}.{key} at the top", changed(moved, CONFIG, (key,), value))
        for key, value in config.items():
            if isinstance(value, (int, list)) and key in _of_config() and key != "architectures":
                moved = changed(files, CONFIG, (key,), ...)
                moved[CONFIG].setdefault(part, {})
                yield Mutant(f"{CONFIG}: {key} in {part}", changed(moved, CONFIG, (part, key), value))


def published(name: str) -> Configs:
    """The files of a config of tests/configs as any reader takes them: without the checkpoint's own code."""
    files: Configs = json.loads((CONFIGS / f"{name}.json").read_text("utf-8"))["files"]
    files = {file: {key: one for key, one in content.items() if key != "auto_map"} for file, content in files.items()}
    for content in files.values():
        content |= {key: GONE[value] for key, value in content.items() if isinstance(value, str) and value in GONE}
    return files


def family_of(files: Configs) -> Family | None:
    """The preset that vtok reads of these files; None for files that do not say what family they are of."""
    with suppress(UnknownModelError):
        return read({SHORT[file]: content for file, content in files.items()}, "").family
    return None


def stem_of(files: Configs) -> str:
    """The family file of a checkpoint that transformers can read, else an empty text."""
    family = family_of(files)
    known = family is not None and "transformers" in family.pipelines and not _of_own_code(files)
    return families.stem_of(family.model) or "" if family and known else ""


def _of_own_code(files: Configs) -> bool:
    """Whether config.json is that of code which transformers does not have, and which other numbers suit."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

    config = files.get(CONFIG, {})
    return config.get("model_type", "clip") not in CONFIG_MAPPING_NAMES or OWN in config.get("architectures", ())


def completed(files: Configs) -> Configs:
    """The files with those that transformers needs, where config.json alone is published.

    What is added has the numbers that vtok reads of the others.
    """
    family, stem = family_of(files), stem_of(files)
    made = configs(family, stem) if family and stem else {}
    if "image_processor" in files.get(PROCESSOR, {}):
        made.pop(IMAGE, None)
    return {**{file: made[file] for file in (IMAGE, PROCESSOR) if file in made}, **files}


class Judge:
    """Both readers of one folder of files, which are written into it; `kinds` are compared: image, video.

    `compared` has what both answered: "image text" and "video text" include the prompt.
    """

    def __init__(self, files: Configs, folder: Path, stem: str, kinds: Collection[str]) -> None:
        for file, content in files.items():
            (folder / file).write_text(json.dumps(content), "utf-8")
        self.kinds = kinds
        self.compared: set[str] = set()
        self.family = attempt(lambda: checkpoints.get(str(folder)), VtokError)
        self.upstream = Upstream(folder, stem, self.family)

    def differences(self, chance: random.Random) -> Iterator[Difference]:
        """What differs for an image and a video of random sizes, and in config.json."""
        size = Size(chance.randint(40, 900), chance.randint(40, 900))
        yield from self.image(size)
        if isinstance(self.family, str):
            return
        yield from self.config() if self.kinds else ()
        if "video" in self.family.kinds:
            small = Size(size.height // 5 + 30, size.width // 5 + 30)
            yield from self.video(Media(size=small, num_frames=chance.randint(40, 60), fps=10.0))

    def image(self, size: Size) -> Iterator[Difference]:
        """The views, and the text where upstream's processor writes one of the published files."""
        ours = self.ours(Media(size=size))
        if "image" not in self.kinds or "image" not in getattr(self.family, "kinds", ("image",)):
            return
        image = Image.new("RGB", (size.width, size.height))
        there = attempt(lambda: self.upstream.image(image), Exception)
        if isinstance(there, str) and "image text" not in self.kinds:  # only its text may lack something
            there = attempt(lambda: Answer(self.views(image), None), Exception)
        yield from self.difference("image", ours, there)

    def views(self, image: Any) -> dict[str, Any]:
        """What the image processor alone makes of an image."""
        return encoder_facts(self.upstream.images, self.upstream.images(images=image, return_tensors=None))

    def video(self, media: Media) -> Iterator[Difference]:
        """The frames, their grid and the text."""
        ours = self.ours(media)
        if "video" in self.kinds:
            yield from self.difference("video", ours, attempt(lambda: self.upstream.video(media), Exception))

    def ours(self, media: Media) -> Any:
        """The layout, or why vtok refuses the files or the input."""
        family = self.family
        return family if isinstance(family, str) else attempt(lambda: family.layout(media), VtokError)

    def difference(self, kind: str, ours: Any, there: Answer | str) -> Iterator[Difference]:
        """Where the two differ."""
        if not isinstance(there, str):
            self.compared |= {kind} if there.text is None else {kind, f"{kind} text"}
        yield from differences(self.family, ours, there)

    def config(self) -> Iterator[Difference]:
        """The numbers that vtok read in config.json, or took from the class that reads it."""
        from transformers import AutoConfig

        config = attempt(lambda: AutoConfig.from_pretrained(str(self.upstream.folder)).to_dict(), Exception)
        if isinstance(config, str):
            return
        for field in readable(self.family):
            source = self.family.source(field)
            if source.startswith(CONFIG) or f"left out of {CONFIG}" in source:
                ours, there = getattr(self.family, field), _at(config, places(self.family, field))
                if there is not None and json.loads(json.dumps(ours)) != there:
                    yield Difference(field, ours, there)


def _at(config: dict[str, Any], known: tuple[Place, ...]) -> Any:
    """The value at the first of these places in config.json as transformers holds it, or None."""
    for place in known:
        value: Any = config
        for key in place.path:
            value = value.get(key) if isinstance(value, dict) else None
        if place.file == "config" and not place.how and value is not None:
            return value[0] if isinstance(value, list) and value == [value[0]] * 2 else value
    return None


def attempt(call: Callable[[], Any], refusal: type[Exception]) -> Any:
    """What the call returns, or why it refuses."""
    try:
        return call()
    except refusal as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
