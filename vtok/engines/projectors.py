"""llama.cpp's projectors as GGUF files describe them: which key has which number, and what the code sets itself.

`llama_cpp.py` has the shapes, marks and fixed numbers of the projectors of vtok's models. Here stands what load_hparams
reads for each, and the projectors of other models whose rules are of the same shapes.

Code     llama.cpp 0c1e57098, tools/mtmd/clip.cpp, load_hparams; clip-impl.h has the names of keys and projectors.

Where files and code disagree, and what is followed here:
- A key that the code does not read for a projector has no effect, whoever wrote it: Qwen's image_max_pixels.
- Qwen's and GLM's tokens are 2 x 2 patches in clip_n_output_tokens, whatever spatial_merge_size says; a file with
  another merge size is refused.
- Numbers that overflow the 32 bits of llama.cpp are refused, as it has no answer to them.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from vtok.engines.llama_cpp import MODELS, VERSIONS, VISION, Line, around, tokens
from vtok.engines.mtmd.base import Mtmd
from vtok.engines.mtmd.deepseek_ocr import DeepSeekOCR
from vtok.engines.mtmd.lfm2 import LFM2
from vtok.engines.mtmd.pinpoints import Pinpoints
from vtok.engines.mtmd.prepared import Marks
from vtok.engines.mtmd.sizes import DynamicSize, PixelLimits, RotatingTokenLimits
from vtok.engines.mtmd.slices import Slices
from vtok.engines.mtmd.square import FixedSize
from vtok.errors import UnknownModelError, UsageError
from vtok.geometry.tiling import MAX_TILES
from vtok.parts.settings import shown

CLIP_CPP = f"llama.cpp {VERSIONS[-1]}, tools/mtmd/clip.cpp"
INT_MAX = 2**31 - 1
LARGEST_IMAGE, LARGEST_PATCH, MOST_OCR_TILES = 8192, 65535, 256
MOST_LAYERS = 4096

Keys = Mapping[str, tuple[str, Any]]
"""The type and the value of each key of a GGUF file."""

Special = Callable[[Keys, dict[str, Any], dict[str, str], str], None]
"""What changes numbers and their sources in place; the text is the place in llama.cpp's code."""


class Key(NamedTuple):
    """Where a number stands, and what it is where the file lacks it; llama.cpp refuses the file where that is None."""

    name: str
    default: int | None = None
    kind: str = "u32"


class Projector(NamedTuple):
    """A line of load_hparams: the model's line with what the code sets, and the keys that it reads.

    `required` are keys that bear on no token and must be there all the same. `pairs`: tokens are 2 x 2 patches.
    """

    line: Line
    numbers: dict[str, Key]
    required: tuple[Key, ...] = ()
    pairs: bool = False


def vision(name: str, default: int | None = None, kind: str = "u32") -> Key:
    """A key of the vision encoder."""
    return Key(f"clip.vision.{name}", default, kind)


def other(
    shape: type[Mtmd], projector: str, line: int, marks: Marks | None = None, /, resample: str = "", **fixed: Any
) -> Line:
    """The line of a projector whose models vtok does not know by name."""
    return Line(shape, projector, line, marks or Marks(), fixed, lambda _: {}, resample)


def scaled(default: int | None) -> dict[str, Key]:
    """The sides of a patch and of a token, which the projector's scale factor makes."""
    return PATCH | {"merge_size": vision("projector.scale_factor", default)}


def merged(default: int | None) -> dict[str, Key]:
    """The sides of a patch and of a token."""
    return PATCH | {"merge_size": vision("spatial_merge_size", default)}


SIZE, PATCH = {"size": vision("image_size")}, {"patch_size": vision("patch_size")}
DEPTH = {"depth": vision("block_count")}
PIXELS = {"min_pixels": vision("image_min_pixels"), "max_pixels": vision("image_max_pixels")}
TILES = {"min_tiles": vision("preproc_min_tiles", 1), "max_tiles": vision("preproc_max_tiles", 12)}
SAM = (
    *(vision(f"sam.{name}") for name in ("block_count", "head_count", "embedding_length")),
    vision("window_size"),
)
KV_HEADS = vision("attention.head_count_kv")
ALWAYS = (
    *(vision(name) for name in ("embedding_length", "attention.head_count", "feed_forward_length", "block_count")),
    *(vision("projection_dim"), vision("attention.layer_norm_epsilon", kind="f32")),
    *(vision("image_size"), vision("patch_size")),
)
"""Keys of every file with a vision encoder."""

KNOWN = {line.projector: line for line in reversed(MODELS.values())}
"""The line of each projector of vtok's models, the first one where several models share it."""

PROJECTORS: dict[str, Projector] = {
    "mlp": Projector(KNOWN["mlp"], SIZE | PATCH),
    "ldp": Projector(other(FixedSize, "ldp", 1431, merge_size=2), SIZE | PATCH),
    "ldpv2": Projector(other(FixedSize, "ldpv2", 1432, merge_size=2), SIZE | PATCH),
    "adapter": Projector(
        other(FixedSize, "adapter", 1447, resample="bicubic", form="framed", merge_size=2), SIZE | PATCH
    ),
    "cogvlm": Projector(KNOWN["cogvlm"], SIZE | PATCH),
    "janus_pro": Projector(KNOWN["janus_pro"], SIZE | PATCH),
    "gemma3": Projector(KNOWN["gemma3"], SIZE | scaled(4)),
    "gemma3nv": Projector(other(FixedSize, "gemma3nv", 1660, KNOWN["gemma3"].marks, resample="bilinear"), SIZE | PATCH),
    "nemotron_v2_vl": Projector(other(FixedSize, "nemotron_v2_vl", 1491), SIZE | scaled(1)),
    "resampler": Projector(KNOWN["resampler"], SIZE | PATCH),
    "minicpmv4_6": Projector(KNOWN["minicpmv4_6"], SIZE | scaled(4)),
    "internvl": Projector(KNOWN["internvl"], SIZE | scaled(1) | TILES),
    "llama4": Projector(KNOWN["llama4"], SIZE | scaled(1)),
    "idefics3": Projector(KNOWN["idefics3"], SIZE | scaled(1) | {"longest_edge": vision("preproc_image_size", 0)}),
    "lfm2": Projector(KNOWN["lfm2"], scaled(1)),
    "deepseekocr": Projector(
        KNOWN["deepseekocr"],
        {"min_tiles": vision("preproc_min_tiles", 2), "max_tiles": vision("preproc_max_tiles", 9)},
        SAM,
    ),
    "deepseekocr2": Projector(
        KNOWN["deepseekocr2"],
        {"min_tiles": vision("preproc_min_tiles", 2), "max_tiles": vision("preproc_max_tiles", 6)},
        (*SAM, KV_HEADS),
    ),
    "qwen2vl_merger": Projector(KNOWN["qwen2vl_merger"], merged(2), pairs=True),
    "qwen2.5vl_merger": Projector(KNOWN["qwen2.5vl_merger"], merged(2) | DEPTH, pairs=True),
    "qwen2.5o": Projector(KNOWN["qwen2.5o"], merged(2) | DEPTH, pairs=True),
    "qwen3vl_merger": Projector(KNOWN["qwen3vl_merger"], merged(2), pairs=True),
    "ling3vl": Projector(
        other(RotatingTokenLimits, "ling3vl", 1671, VISION, resample="bicubic", **tokens(8, 4096, fused_frames=2)),
        merged(2),
        pairs=True,
    ),
    "glm4v": Projector(KNOWN["glm4v"], merged(2), pairs=True),
    "minimax_m3": Projector(KNOWN["minimax_m3"], merged(2), pairs=True),
    "mimovl": Projector(
        other(PixelLimits, "mimovl", 1712, VISION, resample="bicubic"),
        merged(2) | PIXELS,
        (KV_HEADS, vision("window_size"), vision("wa_pattern_mode", kind="[i32]")),
        pairs=True,
    ),
    "exaone4_5": Projector(
        other(PixelLimits, "exaone4_5", 1963, around("<vision>", "</vision>")),
        merged(2) | PIXELS,
        (KV_HEADS,),
        pairs=True,
    ),
    "pixtral": Projector(KNOWN["pixtral"], merged(1)),
    "gemma4v": Projector(KNOWN["gemma4v"], scaled(3)),
    "gemma4uv": Projector(KNOWN["gemma4v"], scaled(3)),
    "kimivl": Projector(KNOWN["kimivl"], scaled(1)),
    "kimik25": Projector(
        KNOWN["kimik25"],
        scaled(1) | {"min_pixels": vision("image_min_pixels", 0), "max_pixels": vision("image_max_pixels", 0)},
    ),
    "hunyuanvl": Projector(
        KNOWN["hunyuanvl"],
        merged(2) | {"min_pixels": vision("image_min_pixels", 0), "max_pixels": vision("image_max_pixels", 0)},
    ),
    "paddleocr": Projector(KNOWN["paddleocr"]._replace(fixed={"merge_size": 2}), PATCH | PIXELS),
    "phi4": Projector(other(PixelLimits, "phi4", 1526, resample="bilinear"), PATCH | PIXELS),
    "dots_ocr": Projector(
        other(PixelLimits, "dots_ocr", 1556, around("<|img|>", "<|endofimg|>")), scaled(None) | PIXELS
    ),
    "dots3note_v": Projector(
        other(PixelLimits, "dots3note_v", 1564, around("<|img|>", "<|endofimg|>"), resample="bicubic"),
        merged(None) | PIXELS,
        (vision("expert_used_count"),),
    ),
}
"""The projectors for images that vtok has a rule for, by their names in files."""

NO_RULE = (
    "deepseek4v", "glm5v", "granite4_vision", "lightonocr", "muse-glimmer", "step3vl", "yasa2", "youtuvl",
)  # fmt: skip
"""The other projectors for images of llama.cpp, whose rules are of no shape in `mtmd.py`."""
OF_SOUND = (
    "dots3note_a", "gemma3na", "gemma4a", "gemma4ua", "glma", "granite_speech", "lfm2a", "meralion", "mimo_audio",
    "musicflamingo", "parakeet", "pockettts_gen", "pockettts_spkenc", "qwen2a", "qwen3a", "qwen3tts_gen",
    "qwen3tts_spkenc", "ultravox", "voxtral",
)  # fmt: skip
"""llama.cpp's projectors for sound."""

WITH_PINPOINTS = {"mlp", "ldp", "ldpv2", "adapter", "cogvlm", "janus_pro"}
"""Projectors that tile images as soon as the file has pinpoints."""
RESAMPLER_QUERIES = {2: 96, 3: 64, 4: 64, 5: 64, 6: 64, 100045: 64}
"""The queries of MiniCPM-V 2.5, 2.6, MiniCPM-o 2.6, MiniCPM-V 4.0, 4.5 and MiniCPM-o 4.5, by minicpmv_version."""
MINICPM_V_2_5 = Marks(
    whole=("<image>",),
    whole_end=("</image>",),
    tiles=("<slice>",),
    tiles_end=("</slice>",),
    tile=("<image>",),
    tile_end=("</image>",),
    row_end=("\n",),
    whole_first=True,
)
"""One pair of marks is round all slices; later versions have one round each."""


def projector_name(keys: Keys) -> str:
    """The name of the projector for images. Raises UsageError where there is none, UnknownModelError without a rule."""
    if not _boolean(keys, "clip.has_vision_encoder"):
        sees = "for sound alone" if _boolean(keys, "clip.has_audio_encoder") else "without clip.has_vision_encoder"
        raise UsageError(f"a projector {sees}: llama.cpp takes no images with it")
    name = _text(keys, "clip.projector_type") or _text(keys, "clip.vision.projector_type")
    if not name:
        raise UsageError(
            "no clip.projector_type: llama.cpp no longer loads projectors from before it; convert the model anew"
        )
    if name in PROJECTORS:
        return name
    if name in OF_SOUND:
        raise UsageError(f"projector {name} is for sound: llama.cpp takes no images with it")
    there = "llama.cpp has it, but vtok has no rule for it" if name in NO_RULE else "llama.cpp does not know it"
    raise UnknownModelError(f"projector {shown(name)}: {there}; vtok counts {', '.join(sorted(PROJECTORS))}")


def read_projector(keys: Keys) -> tuple[str, Line, dict[str, Any], dict[str, str]]:
    """The name and the line of the projector in a file, all its numbers, and the source of each.

    Raises UsageError where llama.cpp refuses the file, or has no answer; UnknownModelError for an unknown projector.
    """
    name = projector_name(keys)
    projector = PROJECTORS[name]
    for key in (*ALWAYS, *projector.required):
        _value(keys, key)
    for colours in ("clip.vision.image_mean", "clip.vision.image_std"):
        kind, value = keys.get(colours, ("[f32]", ()))
        if kind != "[f32]" or not isinstance(value, tuple) or len(value) < 3:
            raise UsageError(f"{colours} must have three numbers: llama.cpp refuses the file")
    line = projector.line
    code = f"{CLIP_CPP}:{line.line}"
    numbers = {field: _value(keys, key) for field, key in projector.numbers.items()}
    sources = {
        field: f"{key.name} in the GGUF" if key.name in keys else f"{code}; the GGUF has no {key.name}"
        for field, key in projector.numbers.items()
    }
    if pinpoints := _pinpoints(keys):
        line = _with_pinpoints(projector)
        if line is not projector.line:
            numbers["image_grid_pinpoints"] = pinpoints
            sources["image_grid_pinpoints"] = "clip.vision.image_grid_pinpoints in the GGUF"
    if name in SPECIAL:
        SPECIAL[name](keys, numbers, sources, code)
    numbers = line.fixed | numbers
    _check(line.shape, numbers, pairs=projector.pairs)
    return name, line, numbers, {"*": code} | sources


def _with_pinpoints(projector: Projector) -> Line:
    """The line of a file with pinpoints: LLaVA's tiles; the projector's own where it does not read them."""
    name, shape = projector.line.projector, projector.line.shape
    if name == "mlp":
        return MODELS["llava-next"]
    if name in WITH_PINPOINTS or issubclass(shape, (Pinpoints, Slices)):
        raise UsageError(f"clip.vision.image_grid_pinpoints with projector {name}: vtok has no rule for both")
    return projector.line


def _resampler(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """The queries of MiniCPM-V's resampler: as the file has it, else by its version."""
    version = _value(keys, Key("clip.minicpmv_version", 0, "i32")) or 2
    if version not in RESAMPLER_QUERIES:
        known = ", ".join(map(str, RESAMPLER_QUERIES))
        raise UsageError(f"clip.minicpmv_version {version:,}: llama.cpp does not take it; it takes {known}")
    if version == 2:
        numbers["marks"] = MINICPM_V_2_5
    queries = _value(keys, Key("clip.minicpmv_query_num", 0))
    numbers["query_num"] = queries or RESAMPLER_QUERIES[version]
    sources["query_num"] = "clip.minicpmv_query_num in the GGUF" if queries else f"{code}; minicpmv_version {version}"


def _two_mergers(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """MiniCPM-V 4.6 merges 2 x 2 or 4 x 4 patches; only with 2 x 2 the area of an image counts."""
    del keys
    if numbers["merge_size"] not in (2, 4):
        raise UsageError(f"clip.vision.projector.scale_factor {numbers['merge_size']:,}: llama.cpp takes 2 or 4")
    numbers["by_area"], sources["by_area"] = numbers["merge_size"] == 2, code


def _mobile_net(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """Gemma 3n's encoder makes a square of image_size / patch_size tokens, of whatever patches (16 x 16 of 768 / 3)."""
    del keys, code
    count = numbers["size"] // max(1, numbers["patch_size"])
    side = math.isqrt(count)
    if not side or side**2 != count:
        raise UsageError(f"clip.vision.image_size / patch_size is {count:,}, and so many tokens make no square")
    numbers["patch_size"] = numbers["size"] // side
    sources["patch_size"] = f"clip.vision.patch_size in the GGUF: {count:,} tokens, {side} x {side}"


def _unified(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """Gemma 4's unified projector embeds patches as large as a token."""
    del keys, code
    numbers["patch_size"] *= numbers["merge_size"]
    numbers["merge_size"] = 1
    sources["patch_size"] += ", times the scale factor"


def _windows(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """Qwen2.5-VL's layers: each n_wa_pattern-th attends in full, the others in windows; 0 is for no windows."""
    del code
    every, depth = _value(keys, vision("n_wa_pattern")), numbers["depth"]
    if depth > MOST_LAYERS:
        raise UsageError(f"clip.vision.block_count {depth:,}: vtok counts up to {MOST_LAYERS:,} layers")
    numbers["fullatt_block_indexes"] = tuple(range(every - 1, depth, every)) if every else ()
    sources["fullatt_block_indexes"] = "clip.vision.n_wa_pattern in the GGUF"
    if not every:
        numbers["window_size"], sources["window_size"] = None, sources["fullatt_block_indexes"]


def _kimi(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """Kimi-K2.5's limits: both as the file has them, else 2 to 4,096 tokens."""
    del keys
    if not numbers["min_pixels"] or not numbers["max_pixels"]:
        _in_tokens(numbers, sources, {"min_pixels": 2, "max_pixels": 4096}, code)


def _hunyuan(keys: Keys, numbers: dict[str, Any], sources: dict[str, str], code: str) -> None:
    """HunyuanVL's limits: 256 to 16,384 tokens, each unless the file has it."""
    limits = {"min_pixels": 256, "max_pixels": 16384}
    _in_tokens(numbers, sources, {name: n for name, n in limits.items() if PIXELS[name].name not in keys}, code)


def _in_tokens(numbers: dict[str, Any], sources: dict[str, str], limits: dict[str, int], code: str) -> None:
    """Set limits in pixels that are so many tokens."""
    for name, count in limits.items():
        numbers[name] = count * (numbers["patch_size"] * numbers["merge_size"]) ** 2
        sources[name] = f"{code}: {count:,} tokens, as the GGUF does not set both limits"


SPECIAL: dict[str, Special] = {
    "resampler": _resampler,
    "minicpmv4_6": _two_mergers,
    "gemma3nv": _mobile_net,
    "gemma4uv": _unified,
    "qwen2.5vl_merger": _windows,
    "qwen2.5o": _windows,
    "kimik25": _kimi,
    "hunyuanvl": _hunyuan,
}
"""What load_hparams computes from several keys."""


def _check(shape: type[Mtmd], numbers: dict[str, Any], *, pairs: bool) -> None:
    """Raise UsageError for numbers that llama.cpp refuses (the sanity check of load_hparams) or fails on."""
    patch, merge = numbers["patch_size"], numbers.get("merge_size", 1)
    for name, value in {"patch_size": patch, "the merge size": merge}.items():
        if not 0 < value <= LARGEST_PATCH:
            raise UsageError(f"{name} must be from 1 to {LARGEST_PATCH:,}, not {value:,}: llama.cpp refuses it")
    if pairs and merge != 2:
        raise UsageError(f"clip.vision.spatial_merge_size {merge:,}: llama.cpp counts 2 x 2 patches all the same")
    if issubclass(shape, DynamicSize):
        _check_limits(numbers, (patch * merge) ** 2)
    else:
        _check_tiles(shape, numbers)


def _check_limits(numbers: dict[str, Any], area: int) -> None:
    """The limits of an image at its own size, in tokens of that area or in pixels."""
    least = numbers.get("min_pixels") or numbers.get("image_min_tokens", 0) * area
    most = numbers.get("max_pixels") or numbers.get("image_max_tokens", 0) * area
    if not 0 < least <= most <= INT_MAX:
        raise UsageError(f"limits of {least:,} to {most:,} pixels: llama.cpp takes 1 to {INT_MAX:,}, in that order")


def _check_tiles(shape: type[Mtmd], numbers: dict[str, Any]) -> None:
    """The side of the square or tile, and the range of tiles."""
    size, cell = numbers["size"], numbers["patch_size"] * numbers.get("merge_size", 1)
    if not cell <= size <= LARGEST_IMAGE:
        raise UsageError(f"clip.vision.image_size {size:,}: it must be from {cell:,}, one token, to {LARGEST_IMAGE:,}")
    if (size // numbers["patch_size"]) % numbers.get("merge_size", 1):
        raise UsageError(f"clip.vision.image_size {size:,} is no whole number of tokens of {cell:,} pixels")
    if issubclass(shape, LFM2) and size % cell:
        raise UsageError(f"tokens of {cell:,} pixels do not fill llama.cpp's tiles of {size:,}")
    least, most = numbers.get("min_tiles", 1), numbers.get("max_tiles", 1)
    limit = MOST_OCR_TILES if issubclass(shape, DeepSeekOCR) else MAX_TILES
    if not 1 <= least <= most <= limit:
        raise UsageError(f"{least:,} to {most:,} tiles: give 1 to {limit:,}, the lower number first")
    if issubclass(shape, Pinpoints) and least**2 > most:
        raise UsageError(f"{least:,} to {most:,} tiles, {least:,} or more a side: llama.cpp has no such grid")


def _pinpoints(keys: Keys) -> tuple[tuple[int, int], ...]:
    """The canvases of a file, (width, height) each."""
    flat = _value(keys, Key("clip.vision.image_grid_pinpoints", 0, "[i32]")) or ()
    side = _value(keys, vision("image_size"))
    if not isinstance(flat, tuple) or len(flat) % 2:
        raise UsageError(f"clip.vision.image_grid_pinpoints must be pairs of numbers, not {shown(flat)}")
    canvases = tuple(zip(flat[::2], flat[1::2], strict=True))
    for canvas in canvases:
        if not side or min(canvas) < side or any(length % side for length in canvas):
            raise UsageError(f"clip.vision.image_grid_pinpoints: {canvas} is no whole number of tiles of {side:,}")
        if math.prod(canvas) > MAX_TILES * side**2:
            raise UsageError(f"clip.vision.image_grid_pinpoints: {canvas} has more than {MAX_TILES:,} tiles")
    return canvases


def _value(keys: Keys, key: Key) -> Any:
    """The value of that key, or its default; UsageError where llama.cpp refuses the file for it."""
    if key.name not in keys:
        if key.default is None:
            raise UsageError(f"no {key.name}: llama.cpp refuses the file")
        return key.default
    kind, value = keys[key.name]
    if kind != key.kind:
        raise UsageError(f"{key.name} is of type {kind}; llama.cpp takes {key.kind} alone")
    if kind == "u32" and value > INT_MAX:
        raise UsageError(f"{key.name} {value:,}: llama.cpp takes at most {INT_MAX:,}")
    return value


def _text(keys: Keys, name: str) -> str:
    """The text of that key, or nothing."""
    kind, value = keys.get(name, ("str", ""))
    if kind != "str" or not isinstance(value, str):
        raise UsageError(f"{name} must be text, not {shown(value)}")
    return value


def _boolean(keys: Keys, name: str) -> bool:
    """Whether that key is true."""
    kind, value = keys.get(name, ("bool", False))
    if kind != "bool":
        raise UsageError(f"{name} must be true or false, not {shown(value)}")
    return bool(value)
