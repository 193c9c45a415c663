"""A checkpoint's config files, as transformers reads them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from vtok.checkpoints.keys import OF_OTHERS
from vtok.checkpoints.values import as_object

FILES = {
    "config": "config.json",
    "image": "preprocessor_config.json",
    "video": "video_preprocessor_config.json",
    "processor": "processor_config.json",
}
STEPS = ("do_", "crop_to_patches")
"""What the keys of a processor's steps begin with."""
Configs = Mapping[str, Mapping[str, Any]]
"""The contents of such files, by their short names."""


class Files(NamedTuple):
    """The files of the checkpoint `name`: contents, and the file that each is from, by their short names."""

    name: str
    contents: Configs
    labels: dict[str, str]

    def at(self, file: str, path: Sequence[str]) -> Any:
        """The value at a path of that file, or None."""
        content: Any = self.contents.get(file, {})
        for key in path:
            if not isinstance(content, Mapping):
                return None
            content = content.get(key)
        return content

    def is_null(self, file: str, path: Sequence[str]) -> bool:
        """Whether the file has null at that path, or for an object on the way."""
        parents = (self.at(file, path[:i]) for i in range(len(path)))
        return any(
            isinstance(parent, Mapping) and parent.get(key, ...) is None
            for parent, key in zip(parents, path, strict=True)
        )

    def leaves(self, file: str) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Every value of that file that is no object, with its path, without the parts for words, sounds and labels."""

        def below(path: tuple[str, ...], content: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
            for key, value in content.items():
                if isinstance(value, Mapping) and len(path) < 4:
                    if not re.match(OF_OTHERS, str(key)):
                        yield from below((*path, str(key)), value)
                elif value is not None:
                    yield (*path, str(key)), value

        return below((), self.contents.get(file, {}))

    def class_of(self, file: str, known: Collection[str]) -> str | None:
        """The class of transformers that reads this file, one of `known`; None for another class or a missing file.

        A file that names no class is read by the class that transformers has for the model, the first of its kind. The
        config of images, where it stands for the missing one of videos, names Qwen2VLVideoProcessor by the image
        processor Qwen2VLImageProcessor (transformers 5.23, models/auto/video_processing_auto.py, from_pretrained).
        """
        candidates = [name for name in known if file_of(name) == file]
        content = self.contents.get(file)
        if content is None or not candidates:
            return None
        named = content.get(f"{file}_processor_type")
        if file == "image" and not named:
            named = content.get("feature_extractor_type")
        if file == "video" and not named:
            of_images = str(content.get("image_processor_type")).replace("ImageProcessor", "VideoProcessor")
            named = of_images if of_images in candidates else None
        if not isinstance(named, str) or file not in ("image", "video"):
            return candidates[0]
        named = re.sub("(Fast|Pil)$", "", named).replace("FeatureExtractor", "ImageProcessor")
        return named if named in candidates else None

    def reads(self, upstream_class: str, known: Collection[str]) -> bool:
        """Whether this class of transformers, one of `known`, reads one of the files, or a part of config.json."""
        file = file_of(upstream_class)
        if file != "config":
            return self.class_of(file, known) == upstream_class
        return _plain(upstream_class.removesuffix("Config")) in self._config_types()

    def _config_types(self) -> set[str]:
        """The types of config.json and of its parts for sights and words; a part that names none is of the whole's."""
        whole = _plain(self.at("config", ("model_type",)))
        types = {whole, f"{whole}thinker"}
        for part in ("vision", "text"):
            kind = _plain(self.at("config", (f"{part}_config", "model_type"))) or whole
            types |= {kind, kind + part}
        return types


def _plain(name: Any) -> str:
    """The name of a class or type without case and punctuation, and without "model" at its end."""
    return re.sub("[^a-z0-9]|_?model$", "", name.lower()) if isinstance(name, str) else ""


def file_of(upstream_class: str) -> str:
    """The short name of the file that a class of transformers reads."""
    for ending, file in {"ImageProcessor": "image", "VideoProcessor": "video", "Config": "config"}.items():
        if upstream_class.endswith(ending):
            return file
    return "processor"


def as_upstream(configs: Configs, name: str, *, whole: bool) -> Files:
    """The files as transformers reads them.

    An image or video processor inside of processor_config.json comes before its own file. A whole checkpoint without a
    config for videos uses its config for images for them, too (transformers 5.23, video_processing_utils.py,
    get_video_processor_dict); an empty one is a config, too. Processors take null for a step as false. Of a model that
    speaks, the thinker is the part that sees.
    """
    contents = {file: content for file, content in configs.items() if content or file == "video"}
    labels = dict(FILES)
    for file in ("image", "video"):
        nested = configs.get("processor", {}).get(f"{file}_processor")
        if nested is not None:
            contents[file] = as_object(nested, f"{name}: {FILES['processor']}: {file}_processor")
            labels[file] = FILES["processor"]
    thinker = contents.get("config", {}).get("thinker_config")
    if isinstance(thinker, Mapping):
        others = {key: value for key, value in contents["config"].items() if key != "thinker_config"}
        contents["config"] = {**thinker, **others}
    if whole and "video" not in contents and configs.get("image"):
        contents["video"], labels["video"] = configs["image"], labels["image"]
    for file in contents.keys() & {"image", "video"}:
        contents[file] = {key: _step(key, value) for key, value in contents[file].items()}
    return Files(name, contents, labels)


def _step(key: Any, value: Any) -> Any:
    return False if value is None and str(key).startswith(STEPS) else value
