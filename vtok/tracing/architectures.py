"""The networks of a checkpoint: from its own config.json, else from the published ones in `data`.

`data/<family>.json` has, for each repository, the keys of its config.json that say widths, depths and heads, and where
they were read. `partial` marks a config of which only some keys are known: class defaults then fill nothing. Beside the
checkpoints stand what all of a family share: the constants of its image processor (`image`), the ids of special tokens
(`tokens`), whether tokens of an image attend to each other both ways (`both_ways`). `unknown` says why a family has no
checkpoint.
"""

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from vtok import checkpoints, families
from vtok.checkpoints.folders import content_of, home
from vtok.errors import UnknownModelError
from vtok.networks import Architecture, Pixels
from vtok.tracing import models
from vtok.tracing.language import language_model
from vtok.tracing.sections import Section

Json = Mapping[str, Any]


@cache
def family_data(stem: str) -> Json:
    """The data file of a family; empty where it has none."""
    file = resources.files(__package__).joinpath("data", f"{stem}.json")
    data: Json = json.loads(file.read_text("utf-8")) if file.is_file() else {"checkpoints": {}}
    return data


@cache
def published(model: str, repo: str) -> Architecture | None:
    """The networks of a published checkpoint, or None where no config of it is known."""
    stem = families.stem_of(model)
    if stem is None:
        return None
    data = family_data(stem)
    entry = data["checkpoints"].get(repo)
    if entry is None:
        return None
    return read(stem, entry["config"], f"{repo}: ", checkpoint=repo, source=entry["source"], shared={**data, **entry})


def of_checkpoint(name: str) -> Architecture:
    """The networks of a preset by any of its names, or of a folder or cached repository with its own config.json.

    Raises UnknownModelError where the name is not known, or where no config of the checkpoint is known; UsageError for
    a config whose numbers no checkpoint can have.
    """
    local = checkpoints.checkpoint(name)
    if local is None:
        family = checkpoints.get(name.partition("@")[0])
        known = published(family.model, family.repo) if family.repo else None
        if known is None:
            closed = "it runs behind an API, and its networks are not published" if "api" in family.pipelines else None
            reason = closed or family_data(families.stem_of(family.model) or "").get("unknown")
            raise UnknownModelError(_unknown(family.repo or family.names[0], reason))
        return known
    config = local.contents.get("config")
    if not config:
        raise UnknownModelError(f"{name}: no config.json, so that widths, depths and heads are not known")
    stem = families.stem_of(local.base.model)
    shared = family_data(stem) if stem else {}
    image = local.contents.get("image") or {}
    of_folder = (
        {**shared, "image": {**image, "source": "preprocessor_config.json"}} if "image_mean" in image else shared
    )
    tokens = _added_tokens(home(local.family))
    if tokens:
        of_folder = {**of_folder, "tokens": tokens}
    return read(stem or "", config, f"{name}: config.json: ", checkpoint=name, source="config.json", shared=of_folder)


def _added_tokens(folder: str | None) -> dict[str, int]:
    """The ids of the tokens that a folder's tokenizer_config.json adds, by their text."""
    path = os.path.join(folder or "", "tokenizer_config.json")
    if not folder or not os.path.lexists(path):
        return {}
    added = content_of(path, path).get("added_tokens_decoder")
    pairs = added.items() if isinstance(added, Mapping) else ()
    texts = ((key, entry.get("content")) for key, entry in pairs if isinstance(entry, Mapping))
    return {text: int(key) for key, text in texts if isinstance(text, str) and key.isdecimal() and len(key) < 10}


def _unknown(name: str, reason: str | None) -> str:
    """Why nothing is known of a checkpoint's networks, and what to do."""
    if reason:
        return f"the networks of {name} are not known to vtok: {reason}"
    return f"no published config of {name} is known to vtok; give -m a folder that has its config.json"


def read(stem: str, config: Json, where: str, *, checkpoint: str, source: str, shared: Json) -> Architecture:
    """The networks that a config describes, read as a family's."""
    left_out: list[str] = []
    if isinstance(config.get("thinker_config"), Mapping):  # of a model that speaks, the part that sees
        config = {**config, **config["thinker_config"]}
    section = Section(config, where, filled=not shared.get("partial"), left_out=left_out)
    networks = getattr(models, stem, models.alone if stem in ENCODERS else None)
    encoders, connector = networks(section) if networks else ((), None)
    language = language_model(section) if connector and stem not in (*ENCODERS, *NOT_DESCRIBED) else None
    if language and shared.get("both_ways"):
        language = language._replace(causal=False)
    return Architecture(
        checkpoint=checkpoint,
        source=source,
        encoders=encoders,
        connector=connector,
        language=language,
        pixels=pixels_of(shared, where),
        tokens=shared.get("tokens", {}),
        placeholder=section.whole("image_token_id", "image_token_index"),
        video_placeholder=section.whole("video_token_id", "video_token_index"),
        left_out=tuple(dict.fromkeys(left_out)),
    )


ENCODERS = (
    "clip", "siglip", "siglip2", "dinov2", "vit", "sam", "blip", "vilt", "aimv2", "beit", "convnext", "deit",
    "dinov3_convnext", "dinov3_vit", "eva_clip", "hiera", "ijepa", "layoutlmv3", "metaclip_2", "mlcd", "sam2", "sam3",
    "swin", "timm", "tipsv2", "videomae", "vjepa2",
)  # fmt: skip
"""Families without a language model that reads the image."""

NOT_DESCRIBED = ("cogagent",)
"""Families whose language model mixes in a way that no kind of layer describes: it reads a second memory everywhere."""


def pixels_of(shared: Json, where: str) -> Pixels:
    """The constants of an image processor, as `image` of a data file or a folder has them."""
    image = shared.get("image") or {}
    config = Section(image, where, filled=False)
    return Pixels(
        config.real("rescale_factor"), config.reals("image_mean"), config.reals("image_std"), image.get("source", "")
    )
