"""Published configs with one thing changed: vtok and transformers make the same of them, or both refuse.

A few mutants of each config are drawn. More of them, and others:

    VTOK_MUTANTS=50 VTOK_SEED=3 pytest -m upstream tests/upstream/test_mutants.py

Where both answer, they answer alike. What may differ has a reason in EXPLAINED:

- A value that no checkpoint has (text for a number, zero, a size of two different sides) is refused by one of the two
  alone: vtok refuses what it cannot use and names the key; transformers refuses some values that vtok does not read,
  and some numbers that are written as 384.0.
- A folder that lacks a file, or names no class, is refused by transformers. vtok counts with the numbers of the nearest
  preset and says so.
- A number that two files state is changed in one of them. The checkpoint contradicts itself: the model cannot run with
  what the processor makes.
"""

import os
import random
import re
from pathlib import Path

import pytest
from mutated import CONFIGS, Judge, completed, mutants, published, stem_of

from vtok import checkpoints
from vtok.verify.running import Difference

pytestmark = [pytest.mark.upstream, pytest.mark.filterwarnings("ignore")]  # upstream warns of missing keys
pytest.importorskip("torch")
pytest.importorskip("torchvision")
pytest.importorskip("transformers")

MUTANTS, SEED = int(os.environ.get("VTOK_MUTANTS", "2")), os.environ.get("VTOK_SEED", "0")
NAMES = sorted(path.stem for path in CONFIGS.glob("*.json"))

ODD = (
    "(null|as text|as a float|zero|as (two heights|height alone|longest_edge|both edges|longest of both|a pair|nothing)"
    r"|(height|width|edge) (left out|halved|doubled)|limits in size|limits as edges)$"
)
"""Changes to values that no checkpoint has: one side may refuse them alone."""

TWICE = (
    "patch_size|temporal_patch_size|merge_size|spatial_merge_size|merge_kernel_size|temporal_merge_kernel_size"
    "|downsample_factor|pixel_shuffle_ratio|image_seq_len(gth)?|num_query_tokens|img_size|image_size|scale_factor"
    "|pooling_size|pooling_ratio|projector_pooling_ratio|hidden_stride|pooling_kernel_size|downsample_ratio|num_image_tokens"
    "|spatial_factor"
)
"""Numbers that the processor's files and the network's config both state."""

EXPLAINED = {
    (ODD, "error", ""): "a value that no checkpoint has; one of the two refuses it",
    ("size as", "error", "takes squares|vtok knows no other"): "vtok knows the model with this size alone",
    (
        r"[ .](size|crop_size) ",
        "error",
        "vtok has no answer|must be multiples",
    ): "vtok has no answer to the class default",
    ("do_", "error", "has no answer to that"): "a step that vtok cannot leave out",
    ("do_center_crop True", "error", "`crop_size` must be specified"): "a step that the model does not have",
    ("do_pad", "sizes", "768"): "LFM2-VL's processor then returns patches, not views",
    ("", "error", "is not resized"): "the image processor alone would take the image, but not the model",
    ("", "error", "Can't load (image|video) processor|Unrecognized (image|video) processor"): "a file is missing",
    ("", "error", "Unrecognized model"): "config.json is missing, or its type",
    ("no config.json|config.json: model_type left out", "", ""): "the other files suit several families",
    ("no processor_config.json", "text", ""): "its processor then writes other tokens than the model has",
    ("no processor_config.json", "error", "NoneType"): "a number without which its processor cannot write tokens",
    (rf"[ .]({TWICE})\b", "", ""): "a number that two files state; the checkpoint contradicts itself",
    ("size (left out|halved|doubled)", "text", ""): "the number of tokens is a number of its own in the checkpoint",
    ("max_position_embeddings at the top", "max_position_embeddings", ""): "where the original code has it",
    (
        "",
        "max_position_embeddings",
        "^(131072|262144|524288) 4096$",
    ): "Kimi-K2.5's, at the top, where its own code has it",
    ("", "max_position_embeddings", "^65536 128000$"): "Step-3.7-Flash's, at the top of the copy of its config",
    ("tile_size as ", "error", "'int' and '(dict|list)'"): "its processor takes a number alone",
    ("min_patches halved", "error", "0 to"): "half of one tile is none, which no checkpoint asks for",
}
"""By a pattern of the change, the fact, and a pattern of the refusal: why the two may differ."""


def explained(what: str, one: Difference) -> str:
    """Why the two may differ in this after that change; empty for a defect."""
    for (change, fact, refusal), reason in EXPLAINED.items():
        if re.search(change, what) and fact in ("", one.fact) and re.search(refusal, f"{one.here} {one.upstream}"):
            return reason
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_both_make_the_same_of_mutants(name: str, tmp_path: Path) -> None:
    chance, files = random.Random(f"{name}, {SEED}"), completed(published(name))
    stem, kinds = stem_of(files), set[str]()
    every = list(mutants(files))
    for i, mutant in enumerate([every[0], *chance.sample(every[1:], min(MUTANTS, len(every) - 1))]):
        folder = tmp_path / str(i)
        folder.mkdir()
        judge = Judge(mutant.files, folder, stem, kinds or ({"image", "video"} if stem and i == 0 else set()))
        unequal = [one for one in judge.differences(chance) if not explained(mutant.what, one)]
        kinds = judge.compared if i == 0 else kinds
        if i == 0:  # of the published files, transformers may refuse what its own code alone takes
            unequal = [one for one in unequal if one.fact != "error"]
        assert (mutant.what, unequal) == (mutant.what, [])


def test_a_number_that_vtok_reads_wrongly_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = completed(published("qwen2-vl-7b-instruct"))
    read = checkpoints.get
    monkeypatch.setattr(checkpoints, "get", lambda name: read(name).choose(max_pixels=28 * 28 * 4))
    judge = Judge(files, tmp_path, stem_of(files), {"image", "image text", "video"})
    facts = {one.fact for one in judge.differences(random.Random(1)) if not explained("min_pixels left out", one)}
    assert {"grid", "text", "position_ids"} <= facts
    assert judge.compared == {"image", "image text", "video", "video text"}


def test_two_answers_that_differ_are_a_defect_whatever_the_value() -> None:
    assert explained("preprocessor_config.json: size null", Difference("error", "no error", "ValueError: size"))
    assert not explained("preprocessor_config.json: size null", Difference("sizes", [(1, 1)], [(2, 2)]))
    assert not explained("preprocessor_config.json: size left out", Difference("error", "no error", "ValueError: size"))
