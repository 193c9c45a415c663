"""A checkpoint's own numbers: config files -> a preset, and back.

What is read is untrusted: types and ranges are checked, and every error names the file and the key.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from importlib import import_module
from typing import Any, NamedTuple, cast, get_args, get_type_hints

from vtok.errors import UnknownModelError, UsageError, VtokError
from vtok.families import Family, modules
from vtok.values import Media, Size

FILES = {
    "config": "config.json",
    "image": "preprocessor_config.json",
    "video": "video_preprocessor_config.json",
    "processor": "processor_config.json",
}
Configs = Mapping[str, Mapping[str, Any]]
"""The content of such files, by their short names."""

SPELLINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "*": {
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
            "config:thinker_config.text_config.max_position_embeddings",
        ),
        "resample": ("image:resample|filter",),
        "image_grid_pinpoints": ("image:image_grid_pinpoints", "config:image_grid_pinpoints"),
        "sample_fps": ("video:fps",),
        "sample_frames": ("video:num_frames",),
        "sample": ("video:do_sample_frames",),
    },
    "AyaVision": {
        "img_size": ("image:size", "processor:img_size"),
        "patch_size": ("config:vision_config.patch_size",),
        "merge_size": ("config:downsample_factor",),
    },
    "Cohere2Vision": {"merge_size": ("config:downsample_factor",)},
    "DeepseekVL": {"size": ("image:size", "image:image_size")},
    "DeepseekVLHybrid": {"high_res_size": ("image:high_res_size", "image:image_size")},
    "DeepseekVLV2": {
        "candidate_resolutions": ("processor:candidate_resolutions", "config:candidate_resolutions"),
        "patch_size": ("processor:patch_size", "config:vision_config.patch_size"),
    },
    "Fuyu": {
        "max_height": ("image:size.height", "image:target_height"),
        "max_width": ("image:size.width", "image:target_width"),
        "patch_size": ("image:patch_size", "config:patch_size"),
    },
    "Gemma3": {"pan_and_scan": ("image:do_pan_and_scan",)},
    "Gemma4": {"video_max_soft_tokens": ("video:max_soft_tokens",)},
    "Idefics3": {
        "longest_edge": ("image:size.longest_edge",),
        "max_image_size": ("image:max_image_size.longest_edge", "image:max_image_size"),
        "scale_factor": ("config:scale_factor",),
    },
    "InternVL": {
        "image_size": ("config:force_image_size", "image:size", "config:vision_config.image_size"),
        "min_num": ("config:min_dynamic_patch", "image:min_patches"),
        "max_num": ("config:max_dynamic_patch", "image:max_patches"),
        "use_thumbnail": ("config:use_thumbnail",),
        "patch_size": ("config:vision_config.patch_size",),
        "merge_size": ("config:downsample_ratio|inverse",),
    },
    "KimiK25": {
        name: (f"image:media_proc_cfg.{key}",)
        for name, key in {
            "patch_size": "patch_size",
            "merge_size": "merge_kernel_size",
            "in_patch_limit": "in_patch_limit",
            "in_patch_limit_each_frame": "in_patch_limit_each_frame",
            "patch_limit_on_one_side": "patch_limit_on_one_side",
        }.items()
    },
    "KimiVL": {"merge_size": ("image:merge_kernel_size",)},
    "Llama4": {"merge_size": ("config:vision_config.pixel_shuffle_ratio|inverse",)},
    "LlavaOnevision": {"max_num_patches": ("config:vision_aspect_ratio|anyres",)},
    "PerceptionLM": {"pooling_ratio": ("processor:pooling_ratio", "config:projector_pooling_ratio")},
    "Pixtral": {
        "longest_edge": ("image:size.longest_edge",),
        "merge_size": ("processor:spatial_merge_size", "config:spatial_merge_size"),
    },
    "Sam": {"longest_edge": ("image:size.longest_edge",)},
    "Vilt": {"shortest_edge": ("image:size.shortest_edge",)},
}
"""Where each number stands, as file:path, the form that is written first; "*" holds for every family that has the
number. What is not here stands under its own name in preprocessor_config.json, processor_config.json or vision_config.
Behind a bar: how the value is written there."""

FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""Pillow's filters by their numbers."""

RELATIVES = {
    "qwen3vlmoe": "qwen3_vl",
    "qwen35moe": "qwen3_5",
    "qwen25omnithinker": "qwen2_5_omni",
    "glm4vmoe": "glm4v",
    "ernie45vl": "ernie4_5_vl_moe",
    "internvlchat": "internvl",
    "deepseekvl2": "deepseek_vl_v2",
    "deepseekvlv2": "deepseek_vl_v2",
    "multimodality": "deepseek_vl",
    "llavallama": "llava",
    "llavamistral": "llava_next",
    "llavaqwen": "llava_onevision",
    "kimivl": "kimi_vl",
    "smolvlm": "smolvlm",
    "dinov2withregisters": "dinov2",
    "clipvision": "clip",
    "siglipvision": "siglip",
    "siglip2vision": "siglip2",
    "videollama3qwen2": "video_llama_3",
    "phi4mm": "phi4_multimodal",
    "qwen": "qwen_vl",
    "emu3chat": "emu3",
    "minimaxm3": "minimax_m3_vl",
}
"""Families by another name of their model_type or classes, without punctuation."""

CLASS_ENDINGS = (
    "ForConditionalGeneration", "ForCausalLM", "ForImageTextToText", "ImageProcessorFast", "ImageProcessorPil",
    "ImageProcessor", "VideoProcessor", "Processor", "FeatureExtractor", "ForImageClassification", "LMHeadModel",
    "VisionModel", "Model", "_model",
)  # fmt: skip

PLAIN = frozenset((
    "_valid_processor_keys", "add_special_token", "aspect_ratio_setting", "auto_map", "chat_template", "crop_size",
    "data_format", "default_to_square", "device", "disable_grouping", "do_center_crop", "do_convert_rgb",
    "do_flip_channel_order", "do_normalize", "do_pad", "do_rescale", "do_resize", "feature_extractor_type",
    "ignore_id", "image_break_token", "image_end_token", "image_mean", "image_processor", "image_processor_type",
    "image_seq_length", "image_std", "image_token", "input_data_format", "mask_prompt", "model_input_names",
    "norm_mean", "norm_std", "normalize", "num_additional_image_tokens", "num_image_tokens", "num_pooled_tokens",
    "pad_input", "pad_size", "pad_token", "padding_mode", "padding_value", "processor_class", "processor_type",
    "resample", "rescale_factor", "return_metadata", "return_row_col_info", "return_tensors", "sft_format", "size",
    "tokenizer", "video_metadata", "video_processor", "video_processor_type", "video_sampling", "video_token",
    "vision_feature_select_strategy",
))  # fmt: skip
"""Keys of a preprocessor that say nothing about sizes, or are read in part."""

PAIRS = (
    "min_pixels max_pixels", "video_min_pixels video_max_pixels", "min_frames max_frames", "min_num max_num",
    "min_patches max_patches", "min_tiles max_tiles", "min_image_tokens max_image_tokens",
)  # fmt: skip
MOST_PIXELS, MOST, COARSEST = 2**40, 2**24, 4096


class Checkpoint(NamedTuple):
    """A preset read from configs, and the published one that it is closest to."""

    family: Family
    base: Family

    @property
    def differences(self) -> dict[str, tuple[Any, Any]]:
        """Numbers and options that differ: here, and in the preset."""
        names = (f.name for f in fields(self.family) if self.family.has_option(f.name))
        pairs = ((name, getattr(self.family, name), getattr(self.base, name)) for name in names)
        return {name: (here, there) for name, here, there in pairs if here != there}


def read(configs: Configs, name: str) -> Checkpoint:
    """The checkpoint that these configs describe, called `name`.

    Raises UnknownModelError for a family that vtok does not know, UsageError for a value that cannot be one.
    """
    configs = _unpacked(configs, name)
    stem = _stem(configs, name)
    candidates = import_module(f"vtok.families.{stem}").PRESETS
    found = min((_closest(preset, configs, name) for preset in candidates), key=lambda c: len(c.differences))
    family = found.family
    contexts = {preset.max_position_embeddings for preset in candidates}
    if family.source("max_position_embeddings") not in FILES.values() and len(contexts) > 1:
        family = replace(family, max_position_embeddings=None)  # which sibling's is not known
    _check(family, name)
    return found._replace(family=family)


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
        place[key] = _WRITERS.get(how, _plain)(value)
    return {FILES[file]: content for file, content in configs.items()}


def _unpacked(configs: Configs, name: str) -> Configs:
    """The configs with what processor_config.json holds of the others: transformers 5 reads that first."""
    found = {file: content for file, content in configs.items() if content}
    processor = configs.get("processor", {})
    for file, key in {"image": "image_processor", "video": "video_processor"}.items():
        nested = processor.get(key)
        if nested is not None:
            found[file] = _mapping(nested, f"{name}: {FILES['processor']}: {key}")
    return found


def _stem(configs: Configs, name: str) -> str:
    """The family file that these configs name. UnknownModelError, with the nearest, where there is none."""
    known = {_key(stem): stem for stem in modules()}
    evidence = list(_evidence(configs, name))
    for _, said in evidence:
        key = _key(_bare(said))
        stem = known.get(key) or RELATIVES.get(key)
        if stem in known.values():
            return cast("str", stem)
    if not evidence:
        raise UnknownModelError(
            f"{name}: no model_type, architectures or processor class in {', '.join(FILES[file] for file in configs)}; "
            "these configs do not say what family the checkpoint is of"
        )
    from difflib import get_close_matches

    where, said = evidence[0]
    close = [known[key] for key in get_close_matches(_key(_bare(said)), known, n=3, cutoff=0.4)]
    hint = f"the nearest known families are {', '.join(close)}" if close else "`vtok models` lists those known"
    raise UnknownModelError(f"{name}: {where} {said!r} is no family that vtok knows; {hint}")


def _evidence(configs: Configs, name: str) -> Iterator[tuple[str, str]]:
    """What may name the family, the surest first."""
    config = configs.get("config", {})
    places: list[tuple[str, Any]] = [(f"{FILES['config']}: model_type", config.get("model_type"))]
    architectures = config.get("architectures")
    if isinstance(architectures, list):
        places += [(f"{FILES['config']}: architectures", said) for said in architectures[:4]]
    for key in ("processor_class", "image_processor_type", "video_processor_type", "feature_extractor_type"):
        places += [
            (f"{FILES[file]}: {key}", configs.get(file, {}).get(key)) for file in ("image", "processor", "video")
        ]
    for where, said in places:
        if said is not None:
            if not isinstance(said, str) or not said or len(said) > 200:
                raise UsageError(f"{name}: {where} must be the name of a class or type, not {_shown(said)}")
            yield where, said


def _bare(said: str) -> str:
    """The family's part of the name of a class."""
    ending = next((ending for ending in CLASS_ENDINGS if said.endswith(ending) and said != ending), "")
    return said.removesuffix(ending)


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _closest(base: Family, configs: Configs, name: str) -> Checkpoint:
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    read: set[str] = set()
    ignored: list[str] = []
    hints = get_type_hints(type(base))
    for field in _readable(base):
        for spelling in _spelled(base, field):
            file, path, how = _parsed(spelling)
            value = _at(configs.get(file, {}), path)
            if value is None:
                continue
            where = f"{FILES[file]}: {'.'.join(path)}"
            read.add(f"{file}:{path[0]}")
            number = _READERS.get(how, _plain_number)(value, hints[field], f"{name}: {where}")
            if field not in values:
                values[field], sources[field] = number, FILES[file]
            elif number != values[field]:
                ignored.append(f"{where} ({_shown(value)}), since {sources[field]} has {_shown(values[field])}")
    family = replace(
        base,
        **values,
        preset=name,
        repo="",
        aliases=(),
        ignored=(*ignored, *_unread(configs, read, base)),
        sources={f.name: f"as {base.names[0]}" for f in fields(base)} | sources,
    )
    return Checkpoint(family, base)


def _unread(configs: Configs, read: set[str], base: Family) -> Iterator[str]:
    """What stands in the files and may bear on sizes, but not here."""
    for file in ("image", "video", "processor"):
        for key, value in configs.get(file, {}).items():
            if getattr(base, str(key), None) == value:
                continue  # said again, as clips' configs repeat those of pictures
            if key not in PLAIN and f"{file}:{key}" not in read and value is not None:
                yield f"{FILES[file]}: {str(key)[:80]}"
            elif key == "do_resize" and value is False:
                yield f"{FILES[file]}: do_resize false (pictures are resized all the same)"
    known = {_parsed(s) for of in SPELLINGS.values() for spelled in of.values() for s in spelled}
    for file, path, _ in sorted(known):
        top = len(path) == 1
        if file == "config" and top and f"config:{path[0]}" not in read and path[0] in configs.get("config", {}):
            yield f"{FILES['config']}: {path[0]}"


def _readable(family: Family) -> list[str]:
    """The numbers, and the few options, that a config can say."""
    own = [name for name, (value, _) in family.numbers().items() if not isinstance(value, str) or name == "resample"]
    asked = ("sample_fps", "sample_frames", "sample", *SPELLINGS.get(type(family).__name__, {}))
    own += [name for name in asked if name not in own and family.has_option(name)]
    return [name for name in own if name != "chat_tokens"]


def _spelled(family: Family, name: str) -> tuple[str, ...]:
    own = SPELLINGS.get(type(family).__name__, {}).get(name) or SPELLINGS["*"].get(name)
    return own or (f"image:{name}", f"processor:{name}", f"config:vision_config.{name}")


def _parsed(spelling: str) -> tuple[str, tuple[str, ...], str]:
    place, _, how = spelling.partition("|")
    file, _, path = place.partition(":")
    return file, tuple(path.split(".")), how


def _at(content: Any, path: Sequence[str]) -> Any:
    for key in path:
        if not isinstance(content, Mapping):
            return None
        content = content.get(key)
    return content


def _plain_number(value: Any, hint: Any, where: str) -> Any:
    """The value as a field of that type takes it; UsageError where it cannot be one."""
    allowed = set(get_args(hint)) - {type(None)} if get_args(hint) and type(None) in get_args(hint) else {hint}
    if bool in allowed:
        if isinstance(value, bool):
            return value
        raise UsageError(f"{where} must be true or false, not {_shown(value)}")
    wanted = next(iter(allowed))
    if wanted in (int, float):
        return _in_range(_side(value, where), wanted, where)
    return _tuple(value, float if "float" in str(hint) else int, where)


def _side(value: Any, where: str) -> Any:
    """A number, or the side of the square that a size describes."""
    if isinstance(value, Mapping):
        sides = [
            value[key] for key in ("height", "width", "shortest_edge", "longest_edge") if value.get(key) is not None
        ]
    elif isinstance(value, list):
        sides = value
    else:
        return value
    if len(sides) in (1, 2) and sides[0] == sides[-1]:
        return sides[0]
    raise UsageError(f"{where} must be a number, or a size of two equal sides, not {_shown(value)}")


def _in_range(value: Any, wanted: type, where: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (wanted is int and value != int(value)):
        raise UsageError(f"{where} must be a {'whole ' if wanted is int else ''}number, not {_shown(value)}")
    most = MOST_PIXELS if re.search("pixels|edge|limit|size", where.rsplit(": ", 1)[-1]) else MOST
    if not 0 <= value <= most:
        raise UsageError(f"{where} must be from 0 to {most:,}, not {_shown(value)}")
    return wanted(value)


def _tuple(value: Any, wanted: type, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) > 4096:
        raise UsageError(f"{where} must be a list of numbers, not {_shown(value)}")
    return tuple(
        tuple(_in_range(side, wanted, where) for side in item)
        if isinstance(item, list) and len(item) == 2
        else _in_range(item, wanted, where)
        for item in value
    )


def _filter(value: Any, hint: Any, where: str) -> str:  # noqa: ARG001 - one signature for all
    if isinstance(value, str) and value.lower() in FILTERS:
        return value.lower()
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < len(FILTERS):
        raise UsageError(f"{where} must be the number of a filter of Pillow, 0 to 5, not {_shown(value)}")
    return FILTERS[value]


def _inverse(value: Any, hint: Any, where: str) -> int:  # noqa: ARG001
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.001 <= value <= 1:
        raise UsageError(f"{where} must be a ratio from 0.001 to 1, not {_shown(value)}")
    return round(1 / value)


def _anyres(value: Any, hint: Any, where: str) -> int:  # noqa: ARG001
    match = re.fullmatch(r"anyres_max_(\d{1,4})", value) if isinstance(value, str) else None
    if not match:
        raise UsageError(f"{where} must be anyres_max_ and a number, not {_shown(value)}")
    return int(match.group(1))


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


_READERS: dict[str, Callable[[Any, Any, str], Any]] = {"filter": _filter, "inverse": _inverse, "anyres": _anyres}
_WRITERS: dict[str, Any] = {
    "filter": FILTERS.index, "inverse": lambda value: 1 / value, "anyres": lambda value: f"anyres_max_{value}",
}  # fmt: skip


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{where} must be an object, not {_shown(value)}")
    return value


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


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
