"""The limits that families declare: none is missing, each holds down the cost, and the published ones are reached."""

from collections.abc import Iterator

import pytest

import vtok
from vtok import families
from vtok.errors import VtokError
from vtok.parts.abilities import basis_of
from vtok.parts.family import Family
from vtok.search.limits import names_of
from vtok.values import Media, Size

MODELS = {preset.model: preset for preset in reversed(tuple(families.presets()))}
HOSTED = {model for model, preset in MODELS.items() if basis_of(preset)}
"""Models behind an API. Their numbers are prices, which nobody can lower; their limits are details and resolutions."""
IMAGES = [Media(size=Size(*size)) for size in ((3000, 4000), (3000, 1000), (700, 6000))]
VIDEOS = [Media(size=Size(*size), num_frames=60, fps=2.0) for size in ((720, 1280), (1280, 720))]

NO_LIMITS = {
    **dict.fromkeys(
        ("size", "crop_size", "image_size", "img_size", "base_size", "tile_size", "cross_image_pix", "video_size"),
        "the size of a view, for which the encoder was trained",
    ),
    "scale_resolution": "the side of a slice, for which the encoder was trained",
    **dict.fromkeys(
        ("image_seq_len", "n_queries", "num_query_tokens", "num_learnable_queries", "latent_query_num", "query_num"),
        "the tokens of a view, which the model was trained to write",
    ),
    **dict.fromkeys(("num_register_tokens", "num_class_tokens"), "learned states of the encoder"),
    "patch_size": "the patches of the encoder",
    "patch_limit_on_one_side": "the end of the position embedding",
    **dict.fromkeys(
        ("sample_frames", "num_segments", "min_frames", "max_frames"), "the number of frames, which `budget` searches"
    ),
    "max_duration": "the duration from which on frames are spread",
    "output_resolution": "the tokens along a side of a view, which the model was trained to write",
    "image_scale": "what enlarges every image first, as the model was trained",
}
"""Numbers that hold down the cost and are no limits to be set, with the reason."""

NO_COST = {
    **dict.fromkeys(
        ((model, "pan_and_scan_max_num_crops") for model in ("gemma3", "shieldgemma2", "t5gemma2")),
        "crops are off by default",
    ),
    **dict.fromkeys(
        (("granite-for-docling", "max_patches"), ("unlimited-ocr", "max_patches")),
        "half of 32 tiles are enough for each of these images",
    ),
}
"""Limits that hold down nothing by default."""


def cost(family: Family, media: Media) -> int | None:
    """The tokens of an input in the prompt and in cross-attention; None if the model refuses it."""
    try:
        layout = family.layout(media)
    except VtokError:
        return None
    return layout.prompt_tokens + layout.cross_attention_tokens


def holding(family: Family, inputs: list[Media]) -> Iterator[str]:
    """The whole numbers whose half makes one of the inputs cheaper."""
    for name, _ in [*family.numbers().items(), *family.options().items()]:
        value = getattr(family, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 2:
            continue
        try:
            halved = family.choose(**{name: value // 2})
        except VtokError:
            continue
        pairs = ((cost(family, media), cost(halved, media)) for media in inputs)
        if any(before and after and after < before for before, after in pairs):
            yield name


@pytest.mark.parametrize("model", sorted(MODELS.keys() - HOSTED))
def test_a_number_that_holds_down_the_cost_of_an_image_is_a_limit(model: str) -> None:
    family = MODELS[model]
    missing = set(holding(family, IMAGES)) - set(names_of(family, "image")) - NO_LIMITS.keys()
    assert not missing, f"declare these numbers of {model} as `limit(...)`, or name them in NO_LIMITS with the reason"


@pytest.mark.parametrize("model", [name for name in sorted(MODELS.keys() - HOSTED) if "video" in MODELS[name].kinds])
def test_a_number_that_holds_down_the_cost_of_a_video_is_a_limit(model: str) -> None:
    family = MODELS[model]
    missing = set(holding(family, VIDEOS)) - set(names_of(family, "image", "video")) - NO_LIMITS.keys()
    assert not missing, f'declare these numbers of {model} as `limit(..., limits="video")`'


def test_limits_of_apis_are_what_their_users_choose() -> None:
    limits = {model: names_of(MODELS[model], "image", "video") for model in HOSTED}
    assert {model: names for model, names in limits.items() if names} == {
        "gpt-tiles": ("detail",),
        "gpt-patches": ("detail",),
        "doubao": ("detail",),
        "gemini-2.x": ("media_resolution",),
        "gemini-3": ("media_resolution",),
    }


@pytest.mark.parametrize("model", MODELS)
def test_a_limit_holds_down_the_cost(model: str) -> None:
    family = MODELS[model]
    for name in names_of(family, "image"):
        value = getattr(family, name)
        if isinstance(value, int) and not isinstance(value, bool):
            assert (name in set(holding(family, IMAGES))) != ((model, name) in NO_COST)


def test_a_missing_limit_is_noticed() -> None:
    # phi-4's dynamic_hd holds the number of tiles
    assert "dynamic_hd" in set(holding(MODELS["phi-4-multimodal"], IMAGES))
    assert "dynamic_hd" not in NO_LIMITS


TILES = {
    # model: the most tiles; an image n times as wide as high is cut into n x 1 tiles
    "aya-vision": 12,
    "cohere2-vision": 12,
    "deepseek-ocr": 6,
    "deepseek-ocr-2": 6,
    "internvl": 12,
    "lfm2-vl": 10,
    "llama-3.2-vision": 4,
    "llama4": 16,
    "minicpm-v-4.6": 9,
    "molmo2": 8,
    "perception-lm": 36,
    "phi-4-multimodal": 36,
}
"""The most tiles of each model, as its checkpoint publishes them (max_patches, max_crops, max_num, dynamic_hd ...)."""


@pytest.mark.parametrize(("model", "most"), TILES.items())
def test_the_most_tiles_are_reached_and_not_exceeded(model: str, most: int) -> None:
    side = 2000
    assert vtok.layout(model, width=side * most, height=side).tiles == (most, 1)
    columns, rows = vtok.layout(model, width=side * (most + 1), height=side).tiles or (0, 0)
    assert columns * rows <= most


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("llava-v1", 16 * 16),  # 224 / 14; 336 / 14 would be 24
        ("llava-1.5", 24 * 24),  # 336 / 14
        ("cogvlm-224", 16 * 16 + 2),
        ("siglip-so400m14-384", 27 * 27),  # 384 / 14 = 27.4
    ],
)
def test_the_size_of_a_view_by_hand(model: str, tokens: int) -> None:
    assert vtok.layout(model, width=900, height=700).tokens == tokens


@pytest.mark.parametrize(
    ("model", "resized"),
    [
        ("llava-v1", Size(224, 288)),  # 900 * 224 / 700
        ("llava-1.5", Size(336, 432)),  # 900 * 336 / 700
        ("kosmos-2", Size(224, 224)),  # use_square_size
    ],
)
def test_the_shorter_side_before_the_crop_by_hand(model: str, resized: Size) -> None:
    assert vtok.layout(model, width=900, height=700).resized == resized
