"""What family a checkpoint's configs are of, by the types and classes that they name."""

import re
from collections.abc import Iterator, Mapping
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
NAMING = ("processor_class", "image_processor_type", "video_processor_type", "feature_extractor_type")


def stems_of(configs: Mapping[str, Mapping[str, Any]], files: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The stems of the files of the family, and of those whose checkpoints go by its name, too.

    Raises UnknownModelError, with the nearest, where these configs name none.
    """
    evidence = list(_evidence(configs, files, name))
    if not evidence:
        raise UnknownModelError(
            f"{name}: no model_type, architectures or processor class in {', '.join(files[file] for file in configs)}; "
            "these configs do not say what family the checkpoint is of"
        )
    known = {_key(stem): stem for stem in modules()}
    named = (known.get(_bare(said)) or _relative(said) for _, said in evidence)
    stem = next(filter(None, named), None)
    if stem:
        home = module(stem)
        shared = getattr(home, "SHARED_WITH", ())
        others = [known.get(_bare(said)) for _, said in evidence]
        named_too = tuple(other for other in shared if other in others)
        return named_too or (stem, *(other for other in shared if _of_one_class(home, other)))
    from difflib import get_close_matches

    where, said = evidence[0]
    close = [known[key] for key in get_close_matches(_bare(said), known, n=3, cutoff=0.4)]
    hint = f"the nearest known families are {', '.join(close)}" if close else "`vtok models` lists those known"
    raise UnknownModelError(f"{name}: {where} {said!r} is no family that vtok knows; {hint}")


def _of_one_class(home: ModuleType, other: str) -> bool:
    """Whether presets of two families are of one class, so that their numbers tell them apart."""
    return type(home.PRESETS[0]) is type(presets_of(other)[0])


def _evidence(
    configs: Mapping[str, Mapping[str, Any]], files: Mapping[str, str], name: str
) -> Iterator[tuple[str, str]]:
    """What may name the family and where it stands, the surest first."""
    config = configs.get("config", {})
    vision = config.get("vision_config")
    if config.get("model_type") == "llava" and isinstance(vision, Mapping) and vision.get("model_type") == "pixtral":
        yield f"{files['config']}: vision_config.model_type", "pixtral"  # published as a LLaVA; its processor is not
    places: list[tuple[str, Any]] = [(f"{files['config']}: model_type", config.get("model_type"))]
    architectures = config.get("architectures")
    if isinstance(architectures, list):
        places += [(f"{files['config']}: architectures", said) for said in architectures[:4]]
    for key in NAMING:
        places += [
            (f"{files[file]}: {key}", configs.get(file, {}).get(key)) for file in ("image", "processor", "video")
        ]
    for where, said in places:
        if said is not None:
            if not isinstance(said, str) or not said or len(said) > 200:
                raise UsageError(f"{name}: {where} must be the name of a class or type, not {shown(said)}")
            yield where, said


def _relative(said: str) -> str | None:
    """The family that lists this among the other names of its model_type."""
    for stem in modules():
        others = getattr(module(stem), "MODEL_TYPES", ())
        if _bare(said) in map(_key, others):
            return stem
    return None


def _bare(said: str) -> str:
    """The family's part of the name of a type or class, without punctuation."""
    ending = next((ending for ending in CLASS_ENDINGS if said.endswith(ending) and said != ending), "")
    return _key(said.removesuffix(ending))


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
