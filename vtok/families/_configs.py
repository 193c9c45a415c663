"""A checkpoint's own numbers: config files -> a preset, and back."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from importlib import import_module
from typing import Any, NamedTuple, get_type_hints

from vtok.errors import UsageError, VtokError
from vtok.families import Family, modules
from vtok.families._config_values import as_object, from_config, shown, to_config
from vtok.families._kinship import stems_of
from vtok.values import Media, Size

FILES = {
    "config": "config.json",
    "image": "preprocessor_config.json",
    "video": "video_preprocessor_config.json",
    "processor": "processor_config.json",
}
Configs = Mapping[str, Mapping[str, Any]]
"""The content of such files, by their short names."""

COMMON_KEYS: dict[str, tuple[str, ...]] = {
    "patch_size": ("image:patch_size", "processor:patch_size", "config:vision_config.patch_size"),
    "merge_size": ("image:merge_size", "config:vision_config.spatial_merge_size"),
    "temporal_patch_size": ("image:temporal_patch_size", "video:temporal_patch_size"),
    "min_pixels": ("image:min_pixels", "image:size.min_pixels", "image:size.shortest_edge"),
    "max_pixels": ("image:max_pixels", "image:size.max_pixels", "image:size.longest_edge"),
    "video_min_pixels": ("video:min_pixels", "video:size.min_pixels", "video:size.shortest_edge"),
    "video_max_pixels": ("video:max_pixels", "video:size.max_pixels", "video:size.longest_edge"),
    "min_frames": ("video:min_frames",),
    "max_frames": ("video:max_frames",),
    "max_duration": ("video:max_duration",),
    "window_size": ("config:vision_config.window_size",),
    "fullatt_block_indexes": ("config:vision_config.fullatt_block_indexes",),
    "depth": ("config:vision_config.depth",),
    "tokens_per_second": ("config:vision_config.tokens_per_second",),
    "mrope_section": (
        "config:text_config.rope_parameters.mrope_section",
        "config:text_config.rope_scaling.mrope_section",
        "config:rope_parameters.mrope_section",
        "config:rope_scaling.mrope_section",
    ),
    "mrope_interleaved": (
        "config:text_config.rope_parameters.mrope_interleaved",
        "config:text_config.rope_scaling.mrope_interleaved",
        "config:rope_parameters.mrope_interleaved",
        "config:rope_scaling.mrope_interleaved",
    ),
    "max_position_embeddings": (
        "config:text_config.max_position_embeddings",
        "config:max_position_embeddings",
        "config:language_config.max_position_embeddings",
        "config:llm_config.max_position_embeddings",
    ),
    "resample": ("image:resample|filter",),
    "image_grid_pinpoints": ("image:image_grid_pinpoints", "config:image_grid_pinpoints"),
    "sample_fps": ("video:fps",),
    "sample_frames": ("video:num_frames",),
}
"""Where each number stands, as file:path, the form that is written first, for every family that does not say it
otherwise in its `config_keys`. What is not here stands under its own name in preprocessor_config.json,
processor_config.json or vision_config. Behind a bar: how the value is written there."""

PLAIN = frozenset((
    "_valid_processor_keys", "add_special_token", "aspect_ratio_setting", "audio_compression_rate",
    "audio_downsample_rate", "audio_feat_stride", "audio_ms_per_token", "audio_seq_length", "auto_map",
    "background_color", "chat_template", "chunk_length", "crop_size", "data_format", "default_to_square", "device",
    "disable_grouping", "dither", "do_center_crop", "do_convert_rgb", "do_flip_channel_order", "do_normalize",
    "do_pad", "do_rescale", "do_resize", "do_sample_frames", "dynamic_image_size", "end_of_img_token",
    "fake_image_token", "feature_extractor_type", "feature_size", "high_res_image_mean", "high_res_image_std",
    "high_res_resample", "hop_length", "ignore_id", "image_break_token", "image_end_token", "image_mean",
    "image_processor", "image_processor_type", "image_seq_length", "image_std", "image_token", "img_line_break_token",
    "img_patch_token", "input_data_format", "mask_pad_size", "mask_prompt", "mask_size", "model_input_names", "n_fft",
    "n_samples", "nb_max_frames", "norm_mean", "norm_std", "normalize", "num_additional_image_tokens",
    "num_image_tokens", "num_pooled_tokens", "pad_input", "pad_size", "pad_token", "padding_mode", "padding_side",
    "padding_value", "processor_class", "processor_type", "resample", "rescale_factor", "return_attention_mask",
    "return_metadata", "return_row_col_info", "return_tensors", "sampling_rate", "sft_format", "size",
    "start_of_img_token", "tile_global_token", "tile_tag", "tile_token", "tokenizer",
    "use_default_system_prompt", "use_numpy_backend", "video_metadata",
    "video_processor", "video_processor_type", "video_sampling", "video_token", "vision_feature_select_strategy",
))  # fmt: skip
"""Keys of a preprocessor that say nothing about sizes, or are read in part."""

PAIRS = (
    "min_pixels max_pixels", "video_min_pixels video_max_pixels", "min_frames max_frames", "min_num max_num",
    "min_patches max_patches", "min_tiles max_tiles", "min_image_tokens max_image_tokens", "longest_edge pad_size",
)  # fmt: skip
COARSEST = 4096
FEW = 4
"""Numbers up to this one may be equal by chance."""
OF_VISION = re.compile(
    "(?:^|_)(?:pixels?|patch|tiles?|crop|pinpoints|resolutions?|image_size|aspect|frames?|fps|thumbnail|merge"
    "|downsample|shuffle|pool|pooling|window_size|slice|dynamic)(?:_|$)"
)
"""What keys of config.json are called that may bear on sizes; most of the others describe the networks."""
OF_OTHERS = re.compile(
    "text|llm|language|audio|feature_extractor|talker|token2wav|code2wav|quantization|id2label|label2id"
)
"""What the parts of config.json for words, sounds and classes are called."""
ALL_THE_SAME = {
    "do_resize": "pictures are resized all the same",
    "do_sample_frames": "frames are sampled all the same; --frames all takes every one",
}
"""What a preprocessor may leave to others, who then do it before."""
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
    closest = [_closest(preset, said) for stem in stems for preset in import_module(f"vtok.families.{stem}").PRESETS]
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
    homes = (s for s in modules() if any(p.model == family.model for p in import_module(f"vtok.families.{s}").PRESETS))
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

    What processor_config.json holds of the others comes first; a checkpoint without a config for clips has its config
    for pictures for them (transformers 5.23, video_processing_utils.py, get_video_processor_dict).
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
            if key in ALL_THE_SAME and value is False:
                yield f"{said.files[file]}: {key} false ({ALL_THE_SAME[key]})"
            elif any((file, *path[: i + 1]) in used for i in range(len(path))) or seen.get(key) == value:
                continue
            elif isinstance(value, int) and value in numbers:
                continue  # the same number by another name
            elif _bears_on_sizes(file, path) and getattr(base, path[-1], None) != value:
                yield f"{said.files[file]}: {key[:80]}"
            seen[key] = value


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
    for pair in PAIRS:
        low, high = (getattr(family, key, None) for key in pair.split())
        if low is not None and high is not None and low > high:
            names = pair.split()
            where = [family.sources.get(key, "") for key in names]
            raise UsageError(f"{name}: {names[0]} {low:,} ({where[0]}) is above {names[1]} {high:,} ({where[1]})")
    for key in ("patch_size", "merge_size", "temporal_patch_size"):
        if not 1 <= getattr(family, key, 1) <= COARSEST:
            met = getattr(family, key)
            raise UsageError(f"{name}: {family.sources[key]}: {key} must be from 1 to {COARSEST:,}, not {met:,}")
    try:
        family.layout(Media(size=Size(448, 448)))
    except VtokError:
        pass  # one that refuses this picture may take others
    except Exception as error:  # whatever arithmetic makes of nonsense
        raise UsageError(f"{name}: these numbers make no layout of a picture of 448x448 ({error})") from None
