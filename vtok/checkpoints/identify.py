"""The family of a checkpoint, by the types and classes that its configs name."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from vtok.errors import UnknownModelError, UsageError
from vtok.families import module, modules, presets_of
from vtok.parts.settings import shown

CLASS_ENDINGS = (
    "ForConditionalGeneration", "ForCausalLM", "ForImageTextToText", "ImageProcessorFast", "ImageProcessorPil",
    "ImageProcessor", "VideoProcessor", "Processor", "FeatureExtractor", "ForImageClassification", "LMHeadModel",
    "VisionModel", "Model", "_model",
)  # fmt: skip
CLASS_KEYS = ("processor_class", "image_processor_type", "video_processor_type", "feature_extractor_type")
"""The keys under which the configs of processors name a class."""
HICO = "modeling_internvl_chat_hico2.InternVLChatModel"
LIGHTON_OCR = "LightOnOCRForConditionalGeneration"


def stems_of(configs: Mapping[str, Mapping[str, Any]], files: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The stems of the family's file, and of those families whose checkpoints may bear the same name.

    `files` are the names of the files by their short names. Raises UnknownModelError, with the nearest families, for
    configs that name no family of vtok.
    """
    types = list(_types(configs, files, name))
    if not types:
        read = ", ".join(files[file] for file in configs) or "its configs, which are empty"
        raise UnknownModelError(
            f"{name}: no model_type, architectures or processor class in {read}; "
            "these configs do not say what family the checkpoint is of"
        )
    known = {_key(stem): stem for stem in modules()}
    stems = [known.get(_family_part(named)) for _, named in types]
    stem = next(
        (
            candidate
            for direct, (where, named) in zip(stems, types, strict=True)
            if (candidate := direct or _listing(named)) and not _is_borrowed(candidate, where, types)
        ),
        None,
    )
    if stem is None:
        where, named = types[0]
        raise UnknownModelError(f"{name}: {where} {named!r} is no family that vtok knows; {_hint(named, known)}")
    home = module(stem)
    shared = getattr(home, "SHARED_WITH", ())
    named_too = tuple(other for other in shared if other in stems)
    return named_too or (stem, *(other for other in shared if _of_one_class(home, other)))


def _is_borrowed(stem: str, where: str, types: Sequence[tuple[str, str]]) -> bool:
    """Whether only the class of the processor names a plain encoder, and config.json another type.

    Many models have the image processor of an encoder: ResNet has ConvNeXt's, TimeSformer that of VideoMAE.
    """
    by_class = where.endswith(CLASS_KEYS)
    is_encoder = getattr(presets_of(stem)[0], "sink", "") == "output"
    return by_class and is_encoder and not types[0][0].endswith(CLASS_KEYS)


def _hint(named: str, known: Mapping[str, str]) -> str:
    """The families whose names are nearest to an unknown one."""
    from difflib import get_close_matches  # only an unknown family pays for it

    close = [known[key] for key in get_close_matches(_family_part(named), known, n=3, cutoff=0.4)]
    return f"the nearest known families are {', '.join(close)}" if close else "`vtok models` lists those known"


def _of_one_class(home: ModuleType, other: str) -> bool:
    """Whether the presets of two families are of one class, so that only their numbers tell them apart."""
    return type(home.PRESETS[0]) is type(presets_of(other)[0])


def _types(configs: Mapping[str, Mapping[str, Any]], files: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """The types and classes in the configs, each with its place; those that surely name the family come first.

    Raises UsageError for one that is no name.
    """
    config = configs.get("config", {})
    vision = config.get("vision_config")
    if isinstance(config.get("pretrained_cfg"), Mapping):
        yield f"{files['config']}: pretrained_cfg", "timm"  # timm's form; few of its configs have a model_type
    architectures = config.get("architectures")
    if config.get("model_type") == "mistral3" and architectures == [LIGHTON_OCR]:
        yield f"{files['config']}: architectures", LIGHTON_OCR  # published as a Mistral 3; its prompt has no breaks
    if config.get("model_type") == "llava" and isinstance(vision, Mapping) and vision.get("model_type") == "pixtral":
        yield f"{files['config']}: vision_config.model_type", "pixtral"  # published as a LLaVA; its processor is not
    if HICO in str(config.get("auto_map")):
        yield f"{files['config']}: auto_map", "internvideo2_5"  # published as an InternVL; its class merges tokens
    places: list[tuple[str, Any]] = [(f"{files['config']}: model_type", config.get("model_type"))]
    if isinstance(architectures, list):
        places += [(f"{files['config']}: architectures", architecture) for architecture in architectures[:4]]
    for key in CLASS_KEYS:
        places += [
            (f"{files[file]}: {key}", configs.get(file, {}).get(key)) for file in ("image", "processor", "video")
        ]
    for where, named in places:
        if named is None:
            continue
        if not isinstance(named, str) or not named or len(named) > 200:
            raise UsageError(f"{name}: {where} must be the name of a class or type, not {shown(named)}")
        yield where, named


def _listing(named: str) -> str | None:
    """The family that lists this type in MODEL_TYPES; to find it, families are imported one after the other."""
    key = _family_part(named)
    for stem in modules():
        if key in map(_key, getattr(module(stem), "MODEL_TYPES", ())):
            return stem
    return None


def _family_part(named: str) -> str:
    """The family's part of the name of a type or class, without punctuation and case."""
    ending = next((ending for ending in CLASS_ENDINGS if named.endswith(ending) and named != ending), "")
    return _key(named.removesuffix(ending))


def _key(name: str) -> str:
    """A name without punctuation and case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
