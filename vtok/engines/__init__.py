"""The engines that people run models in: one file each, named as the command line names it.

A module of an engine has `NAME`, `VERSIONS` (the newest recorded one last) and `REASON` (why a model is missing; in
`REASONS` why a certain one is, if for another reason); where its users set options, `TYPED` (how they type them),
`CONTEXT` (the ways to set the context), `DEFAULT_CONTEXT` (a sentence about the engine's default), `MOST_INPUTS`
(what limits images in a prompt) and `IN_USE` (values that applications and older releases set); `has(family)`; and
`serve(family)`, which returns the preset as the engine counts it: a `Family` like any other, so that whatever works
with a family works with it. Adding an engine is one file and one line here.
"""

from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vtok.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from vtok.parts.family import Family

FILES = {
    "llama.cpp": "llama_cpp",
    "ollama": "ollama",
    "lm-studio": "lm_studio",
    "vllm": "vllm",
    "sglang": "sglang",
    "mlx-vlm": "mlx_vlm",
    "mistral-common": "mistral_common",
    "lmdeploy": "lmdeploy",
    "tensorrt-llm": "tensorrt_llm",
}
"""The names on the command line, and their files."""


def module(name: str) -> ModuleType:
    """The module of one engine."""
    return import_module(f"{__name__}.{FILES[name]}")


LLAMA_CPP = ("llama.cpp", "ollama", "lm-studio")
"""The engines that run llama.cpp. They alone take the projector of a GGUF file."""


def has(name: str, family: "Family") -> bool:
    """Whether this engine has the model. A model that llama.cpp counts, as a GGUF file's, is for LLAMA_CPP alone."""
    return (name in LLAMA_CPP or not hasattr(family, "projector")) and module(name).has(family)


def of(family: "Family") -> Iterator[str]:
    """The engines that have this model, without the one that counts it already."""
    return (name for name in FILES if name not in family.pipelines and has(name, family))


def counted_by(family: "Family") -> str:
    """The name of the engine, or of the family's pipeline, by which this preset counts."""
    serving = getattr(family, "serving", None)
    return serving.engine if serving else family.pipeline_used


def _of_engine(family: "Family", name: str, otherwise: Any) -> Any:
    """What the module of the engine by which this preset counts has under a name; no engine has nothing."""
    engine = counted_by(family)
    return getattr(module(engine), name, otherwise) if engine in FILES else otherwise


def typed(family: "Family", name: str, value: Any, *, videos: bool = False) -> str:
    """An option as the engine's users type it, for images or for videos; nothing where that is not known."""
    for known in _of_engine(family, "TYPED", ()):
        if known.option == name and (not known.models or family.model in known.models) and known.videos >= videos:
            text: str = known.template.format(value=value, family=family)
            return text
    return ""


def typed_context(family: "Family", tokens: int) -> list[str]:
    """A context of so many tokens as the engine's users set it: each way to type it."""
    return [template.format(value=tokens) for template in _of_engine(family, "CONTEXT", ())]


def typed_count(family: "Family", kind: str, number: int) -> str:
    """So many images or videos at most in a prompt, as the engine's users type it; nothing where it has no flag."""
    template: str = _of_engine(family, "MOST_INPUTS", "")
    return template.format(kind=kind, value=number)


def default_context(family: "Family") -> str:
    """A sentence about the engine's own default of the context; nothing where it takes the model's."""
    sentence: str = _of_engine(family, "DEFAULT_CONTEXT", "")
    return sentence


def version_of(family: "Family") -> str:
    """The version of the pipeline or engine by which this preset counts."""
    serving = getattr(family, "serving", None)
    version: str = serving.version if serving else family.version_used
    return version


def heading(family: "Family") -> str:
    """By what this preset counts, for a heading: the pipeline or engine, its version, and whose processor it runs."""
    counting = f"{counted_by(family)} {version_of(family)}"
    serving = getattr(family, "serving", None)
    return serving.note if serving and serving.note.startswith(f"{counting}: ") else counting


def versions_of(family: "Family") -> tuple[str, ...]:
    """The versions of the pipeline or engine by which this preset counts, the newest last."""
    serving = getattr(family, "serving", None)
    return (serving.version,) if serving else family.pipelines[family.pipeline_used]


def in_use(name: str, family: "Family") -> "Iterator[dict[str, Any]]":
    """The options with which users meet an engine: none, then its other versions, then values of `IN_USE`."""
    yield {}
    served = serve(name, family)
    yield from ({"version": version} for version in reversed(versions_of(served)[:-1]))
    settings: dict[str, tuple[int, ...]] = getattr(module(name), "IN_USE", {})
    for option, values in settings.items():
        if served.has_option(option):
            yield from ({option: value} for value in values if value != getattr(served, option))


@lru_cache(maxsize=256)
def serve(name: str, family: "Family") -> "Family":
    """The preset as the engine counts it. Raises UsageError, with the engines that have it, where this one lacks it."""
    engine = module(name)
    if not has(name, family):
        if hasattr(family, "projector"):
            raise UsageError(f"{name} takes no projector of llama.cpp; {', '.join(LLAMA_CPP)} do")
        others = ", ".join(of(family))
        have = f"engines that have it: {others}" if others else "no engine has it"
        reason = getattr(engine, "REASONS", {}).get(family.model, engine.REASON)
        raise UsageError(f"{name} has no {family.model}: {reason}; {have}")
    served: Family = engine.serve(family)
    return served


def choose(family: "Family", **options: Any) -> "Family":
    """The preset with these options, where `pipeline` may name an engine.

    Raises UsageError for a pipeline that neither the family nor an engine has, for an engine that lacks the model and
    for a version that is not recorded; UnknownOptionError and UsageError as `Family.choose`.
    """
    pipeline = options.get("pipeline")
    if pipeline in family.pipelines or not pipeline:
        return family.choose(**options)
    if pipeline not in FILES:
        known = (*family.pipelines, *of(family))
        listed = f"it has {', '.join(known)}"
        if hasattr(family, "projector"):
            listed += f"; for others give the model by its name, not by a GGUF file: -m {family.model}"
        hint = did_you_mean(pipeline, known, listed)
        raise UsageError(f"{family.names[0]} has no pipeline {pipeline!r}; {hint}")
    served = serve(pipeline, family)
    return served.choose(**{name: value for name, value in options.items() if name != "pipeline"})
