"""Ollama: llama.cpp, pinned, with a floor of 1,024 tokens for Qwen's images.

Since 0.30 Ollama starts llama-server of a pinned llama.cpp for every model (ollama/ollama 9db4bdbad). For the
architectures qwen2vl, qwen25vl, qwen3vl and qwen3vlmoe it adds --image-min-tokens 1024 (llm/llama_server.go,
qwenVLServerArgs), which Qwen 3.5 does not get. Videos are no kind of input (llm/media.go).

Version  0.33.0-rc2, fb3076099, with llama.cpp b10488, which is older than the version that `llama.cpp` counts as by
         default. Gemma 4 is therefore held to 40 to 280 tokens, the numbers of e3546c794 (not run at b10488). Ollama
         on Macs may run MLX instead, which counts as transformers does.
"""

from vtok.engines import llama_cpp
from vtok.engines.served import FRAMES_AS_IMAGES, Serving, served
from vtok.engines.words import Typed
from vtok.parts.family import Family, family
from vtok.values import Media, Size, Step

NAME = "ollama"
VERSIONS = ("0.33.0-rc2",)
REASON = f"it runs llama.cpp, and {llama_cpp.REASON}"
REASONS = {model: f"it runs llama.cpp, and {reason}" for model, reason in llama_cpp.REASONS.items()}
TYPED = (Typed("image_max_tokens", "LLAMA_ARG_IMAGE_MAX_TOKENS={value} ollama serve"),)
"""Ollama has no flag of its own; llama-server inherits its environment (llm/llama_server.go,
SetupLlamaServerCommandEnv: read, not run) and takes this variable (llama.cpp, common/arg.cpp). The floor is a flag,
which no variable replaces."""
CONTEXT = (
    "OLLAMA_CONTEXT_LENGTH={value} ollama serve",
    "/set parameter num_ctx {value} (in `ollama run`)",
    '"options": {{"num_ctx": {value}}} (in a request)',
)
"""docs/context-length.mdx, docs/faq.mdx."""
DEFAULT_CONTEXT = "Ollama starts a model with a context of 4,096 tokens below 24 GiB of VRAM, 32,768 below 48 GiB"
"""docs/context-length.mdx."""
FLOOR = {"qwen2-vl": 1024, "qwen2.5-vl": 1024, "qwen3-vl": 1024}
OLDER = {"gemma4": dict(llama_cpp.MODELS["gemma4"].fixed["older"])["e3546c794"]}


@family
class Floored(Family):
    """The floor as a step of its own."""

    def orient(self, media: Media) -> tuple[Size, tuple[Step, ...]]:
        """As llama.cpp; then the flag that Ollama adds."""
        original, steps = super().orient(media)
        least = getattr(self, "image_min_tokens", None)
        if self.model not in FLOOR or "image_min_tokens" in self.asked:
            return original, steps
        reason = f"Ollama starts llama-server with --image-min-tokens {least}"
        return original, (*steps, Step(name="flags", before=original, after=original, reason=reason))


has = llama_cpp.has


def serve(family: Family) -> Family:
    """The model as llama.cpp counts it, with Ollama's flags."""
    base = llama_cpp.serve(family)
    numbers = dict(OLDER.get(family.model, {}))
    if family.model in FLOOR:
        numbers["image_min_tokens"] = FLOOR[family.model]
    sources = base.sources | dict.fromkeys(numbers, f"ollama {VERSIONS[-1]}, llm/llama_server.go")
    serving = Serving(NAME, VERSIONS[-1], "", no_videos=f"ollama takes no videos of {family.model}; {FRAMES_AS_IMAGES}")
    return served(base, serving, Floored, **numbers, sources=sources, versions=llama_cpp.VERSIONS)
