"""GGUF files that are damaged, of another kind, or whose numbers lie: each is refused in one line, within bounds."""

import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gguf
import pytest
from conftest import Run
from fuzz.projectors import count_with, mutations
from gguf_files import PROJECTORS, SAM, add, projector, write

from vtok import checkpoints
from vtok.checkpoints.gguf import MOST_KEYS, MOST_STRINGS, read_header
from vtok.errors import UnknownModelError, UsageError

QWEN = PROJECTORS["qwen2.5-vl"]


def refusal(path: Path | str, kind: type[UsageError] = UsageError) -> str:
    """The message with which a file is refused, without its name."""
    with pytest.raises(UsageError) as refused:
        checkpoints.get(str(path))
    assert type(refused.value) is kind
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message.removeprefix(f"{path}: ")


def of_bytes(path: Path, data: bytes) -> str:
    """The message with which a file of these bytes is refused."""
    path.write_bytes(data)
    return refusal(path)


def text(words: str) -> bytes:
    return struct.pack("<Q", len(words)) + words.encode()


def start(keys: int, *, tensors: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


def test_a_file_that_was_cut_anywhere_in_its_keys_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mmproj.gguf"
    whole = Path(write(path, QWEN)).read_bytes().rstrip(b"\0")
    for length in range(4, len(whole) - 8, 7):
        assert of_bytes(path, whole[:length]).startswith("damaged GGUF file: it ends within "), length
    assert of_bytes(path, b"") == "not a GGUF file: it is empty"
    path.write_bytes(whole + b"\0" * 8)
    assert checkpoints.get(str(path)).model == "qwen2.5-vl"


def test_a_file_that_was_cut_behind_its_keys_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "mmproj.gguf"
    keys = Path(write(path, QWEN)).read_bytes()
    path.write_bytes(keys[:8] + struct.pack("<Q", 2000) + keys[16:])
    assert checkpoints.get(str(path)).model == "qwen2.5-vl"


LIES: dict[str, tuple[bytes, str]] = {
    "version 1": (start(1, version=1), "version 1 of GGUF; llama.cpp reads 2 and 3: convert the model anew"),
    "version 4": (start(1, version=4), "version 4 of GGUF"),
    "reversed": (b"GGUF" + struct.pack(">IQQ", 3, 0, 1), "a big-endian GGUF file"),
    "many keys": (start(10**9), "it claims 1,000,000,000 keys"),
    "2^63 keys": (start(2**63), "keys"),
    "2^63 tensors": (start(0, tensors=2**63), "tensors"),
    "no name": (start(1) + text("") + b"\0" * 9, "the name of key 1 of 1 has 0 bytes"),
    "long name": (start(1) + struct.pack("<Q", 2**63) + b"a", "the name of key 1 of 1 has 9,223,372,036,854,775,808"),
    "name in Latin-1": (start(1) + struct.pack("<Q", 1) + b"\xe9" + b"\0" * 9, "is not text in UTF-8"),
    "type 99": (start(1) + text("clip.a") + struct.pack("<I", 99), "has type 99, which GGUF does not have"),
    "nested": (start(1) + text("clip.a") + struct.pack("<IIQ", 9, 9, 1), "is an array of type 9"),
    "long string": (start(1) + text("clip.a") + struct.pack("<IQ", 8, 2**63), "needs 9,223,372,036,854,775,808"),
    "long array": (start(1) + text("clip.a") + struct.pack("<IIQ", 9, 4, 2**62), "18,446,744,073,709,551,616 more"),
    "many strings": (start(1) + text("clip.a") + struct.pack("<IIQ", 9, 8, 2**40), "claims 1,099,511,627,776 strings"),
    "string in an array": (start(1) + text("a") + struct.pack("<IIQQ", 9, 8, 1, 2**63), "needs 9,223,372,036,854,775"),
    "twice": (start(2) + 2 * (text("clip.a") + struct.pack("<IB", 7, 1)), "the key 'clip.a' stands in it twice"),
}


@pytest.mark.parametrize("lie", LIES)
def test_counts_and_lengths_that_lie(lie: str, tmp_path: Path) -> None:
    data, reason = LIES[lie]
    assert reason in of_bytes(tmp_path / "mmproj.gguf", data)


def test_many_keys_and_strings_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "mmproj.gguf"
    numbers = b"".join(text(f"clip.{i}") + struct.pack("<IIQ", 9, 0, 4096) + b"\1" * 4096 for i in range(1000))
    words = text("clip.words") + struct.pack("<IIQ", 9, 8, 2**16) + text("a") * 2**16
    vocabulary = text("tokenizer.a") + struct.pack("<IIQ", 9, 8, 2**16) + text("ab") * 2**16
    path.write_bytes(start(1002) + numbers + words + vocabulary)
    tracemalloc.start()
    header = read_header(str(path), "a")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(header.names) == 1002
    assert repr(header.keys["clip.words"].value) == "65,536 items"
    assert peak < 20 * 2**20


def test_the_bounds_hold_real_vocabularies() -> None:
    assert MOST_STRINGS > 262_144 + 514_906  # the tokens and merges of Gemma 3
    assert MOST_KEYS > 100


WITHOUT = (
    "clip.vision.embedding_length", "clip.vision.attention.head_count", "clip.vision.feed_forward_length",
    "clip.vision.block_count", "clip.vision.projection_dim", "clip.vision.attention.layer_norm_epsilon",
    "clip.vision.image_size", "clip.vision.patch_size", "clip.vision.n_wa_pattern",
)  # fmt: skip


@pytest.mark.parametrize("key", WITHOUT)
def test_a_key_that_llama_cpp_requires(key: str, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", {name: value for name, value in QWEN.items() if name != key})
    assert refusal(path) == f"no {key}: llama.cpp refuses the file"


def below(**keys: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """These keys below clip.vision instead of a projector's own."""
    return lambda others: others | {f"clip.vision.{key.replace('__', '.')}": value for key, value in keys.items()}


@pytest.mark.parametrize(
    ("model", "change", "reason"),
    [
        ("gemma3", below(patch_size=0), "patch_size must be from 1 to 65,535, not 0"),
        ("gemma3", below(patch_size=70_000), "patch_size must be from 1 to 65,535, not 70,000"),
        ("gemma3", below(image_size=0), "image_size 0: it must be from 56"),
        ("gemma3", below(image_size=9000), "image_size 9,000: it must be from 56, one token, to 8,192"),
        ("gemma3", below(image_size=2**32 - 1), "llama.cpp takes at most 2,147,483,647"),
        ("gemma3", below(projector__scale_factor=0), "the merge size must be from 1 to 65,535, not 0"),
        ("gemma3", below(projector__scale_factor=3), "is no whole number of tokens of 42 pixels"),
        ("gemma3", below(image_size="896"), "is of type str; llama.cpp takes u32 alone"),
        ("gemma3", below(image_size=896.0), "is of type f32; llama.cpp takes u32 alone"),
        ("gemma3", below(image_mean=[0.5]), "image_mean must have three numbers"),
        ("qwen2.5-vl", below(spatial_merge_size=3), "merge_size 3: llama.cpp counts 2 x 2 patches all the same"),
        ("qwen2.5-vl", below(patch_size=4000), "limits of 512,000,000 to 262,144,000,000 pixels"),
        ("qwen2.5-vl", below(block_count=2**31 - 1), "block_count 2,147,483,647: vtok counts up to 4,096 layers"),
        ("paddleocr-vl", below(image_min_pixels=10**7), "limits of 10,000,000 to 2,822,400 pixels"),
        ("paddleocr-vl", below(image_min_pixels=0), "limits of 0 to 2,822,400 pixels"),
        ("internvl", below(preproc_min_tiles=13), "13 to 12 tiles"),
        ("internvl", below(preproc_min_tiles=0), "0 to 12 tiles"),
        ("internvl", below(preproc_min_tiles=4), "4 to 12 tiles, 4 or more a side: llama.cpp has no such grid"),
        ("internvl", below(preproc_max_tiles=2**31 - 1), "1 to 2,147,483,647 tiles"),
        ("deepseek-ocr", below(preproc_max_tiles=300), "2 to 300 tiles: give 1 to 256"),
        ("llava-next", below(image_grid_pinpoints=[336, 672, 672]), "must be pairs of numbers"),
        ("llava-next", below(image_grid_pinpoints=[336, 700]), "(336, 700) is no whole number of tiles of 336"),
        ("llava-next", below(image_grid_pinpoints=[-336, 336]), "(-336, 336) is no whole number of tiles"),
        ("llava-next", below(image_grid_pinpoints=[336 * 9999, 336]), "has more than 1,024 tiles"),
        ("llava-next", below(image_grid_pinpoints=[0.5, 0.5]), "is of type [f32]; llama.cpp takes [i32] alone"),
        ("llava-next", below(image_grid_pinpoints=[336] * 5000), "must be pairs of numbers, not 5,000 items"),
        ("llama4", below(image_grid_pinpoints=[336, 672]), "with projector llama4: vtok has no rule for both"),
        ("lfm2-vl", below(patch_size=15), "tokens of 30 pixels do not fill llama.cpp's tiles of 512"),
        ("minicpm-v-4.6", below(projector__scale_factor=3), "projector.scale_factor 3: llama.cpp takes 2 or 4"),
        ("minicpm-v-2.6", lambda keys: keys | {"clip.minicpmv_version": 1}, "minicpmv_version 1: llama.cpp does not"),
        ("minicpm-v-2.6", lambda keys: keys | {"clip.minicpmv_version": -7}, "it takes 2, 3, 4, 5, 6, 100045"),
        ("gemma3", lambda _: projector("gemma3nv", 768, 4), "is 192, and so many tokens make no square"),
        ("gemma3", lambda _: projector("gemma3nv", 768, 0), "is 768, and so many tokens make no square"),
        ("idefics3", below(preproc_image_size=10**9), "448x448 makes 2,747,253 x 2,747,253 tiles"),
        ("gemma3", lambda keys: keys | {"clip.has_vision_encoder": False}, "without clip.has_vision_encoder"),
        ("gemma3", lambda keys: keys | {"clip.has_vision_encoder": 1}, "must be true or false, not 1"),
        ("gemma3", lambda keys: keys | {"clip.projector_type": 3}, "clip.projector_type must be text, not 3"),
        ("gemma3", lambda keys: keys | {"clip.projector_type": "qwen2a"}, "projector qwen2a is for sound"),
        ("gemma3", lambda keys: keys | {"clip.projector_type": ""}, "no clip.projector_type"),
    ],
)  # fmt: skip
def test_numbers_that_llama_cpp_refuses(
    model: str, change: Callable[[dict[str, Any]], dict[str, Any]], reason: str, tmp_path: Path
) -> None:
    assert reason in refusal(write(tmp_path / "mmproj.gguf", change(PROJECTORS[model])))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("youtuvl", "projector 'youtuvl': llama.cpp has it, but vtok has no rule for it; vtok counts adapter, cogvlm"),
        ("future_merger", "projector 'future_merger': llama.cpp does not know it; vtok counts adapter, cogvlm"),
        ("a\x1b[31m\nb", r"projector 'a\x1b[31m\nb': llama.cpp does not know it"),
        ("a" * 5000, "must be text, not 5,000 items"),
    ],
)
def test_projectors_without_a_rule(name: str, reason: str, tmp_path: Path) -> None:
    path = write(tmp_path / "mmproj.gguf", projector(name, 448, 14))
    assert reason in refusal(path, UsageError if len(name) > 4096 else UnknownModelError)


def other(path: Path, architecture: str, keys: dict[str, Any], *, tokens: bool = False) -> str:
    """A GGUF file of another kind."""
    writer = gguf.GGUFWriter(path, architecture)
    if not architecture:
        writer.kv_data[0].clear()
    for key, value in keys.items():
        add(writer, key, value)
    if tokens:
        writer.add_token_list([b"a", b"b"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    return str(path)


@pytest.mark.parametrize(
    ("architecture", "keys", "reason"),
    [
        ("qwen3vl", {"general.name": "Qwen3 VL 8B Instruct"}, "mmproj file, or -m qwen3-vl --pipeline llama.cpp"),
        ("llama", {}, "language weights ('llama') without a projector of llama.cpp; give the model's mmproj file"),
        ("llama", {"general.type": "adapter", "adapter.type": "lora"}, "an adapter ('lora'), no projector"),
        ("controlvector", {}, "a control vector, no projector"),
        ("", {"general.type": "imatrix"}, "an importance matrix, no projector"),
        ("", {"general.name": "x"}, "no general.architecture and no keys clip.*"),
        ("gemma3", {"gemma3.vision.image_size": 896}, "with a vision encoder as older versions of Ollama keep it"),
        ("clip", {"clip.has_audio_encoder": True, "clip.projector_type": "ultravox"}, "a projector for sound alone"),
    ],
)  # fmt: skip
def test_files_of_another_kind(architecture: str, keys: dict[str, Any], reason: str, tmp_path: Path) -> None:
    assert reason in refusal(other(tmp_path / "model.gguf", architecture, keys))


def test_a_vocabulary_alone(tmp_path: Path) -> None:
    path = other(tmp_path / "ggml-vocab-llama.gguf", "llama", {}, tokens=True)
    assert refusal(path).startswith("a vocabulary ('llama') without a projector")


def test_the_second_part_of_a_split_file_names_the_first(tmp_path: Path) -> None:
    path = other(tmp_path / "big-00002-of-00003.gguf", "", {"split.no": 1})
    assert refusal(path) == "part 2 of 3; its keys are in big-00001-of-00003.gguf, give that"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS, not the file itself"),
        (b"tjgg" + b"\0" * 50, "a GGML file from before GGUF"),
        (b"<!DOCTYPE html>", "it begins with b'<!DO'"),
        (b"GG", "it begins with b'GG'"),
    ],
)
def test_files_that_are_not_gguf(data: bytes, reason: str, tmp_path: Path) -> None:
    assert of_bytes(tmp_path / "mmproj.gguf", data).startswith(f"not a GGUF file: {reason}")


def test_a_file_that_is_missing_or_no_file(run: Run, tmp_path: Path) -> None:
    outcome = run("count", "640x480", "-m", "missing.gguf")
    assert (outcome.code, outcome.err) == (2, "vtok: missing.gguf: no such file; give the path of a GGUF file\n")
    (tmp_path / "folder.gguf").mkdir()
    assert "no configs in this folder" in run("count", "640x480", "-m", str(tmp_path / "folder.gguf")).err


def test_mutated_files_are_counted_or_refused(tmp_path: Path) -> None:
    outcomes = [count_with(tmp_path / "mmproj.gguf", data) for data in mutations(seed=12, files=300, folder=tmp_path)]
    assert {"read", "UsageError"} <= set(outcomes) <= {"read", "UsageError", "UnknownModelError"}


def test_the_sam_of_deepseek_is_required(tmp_path: Path) -> None:
    keys = {key: value for key, value in PROJECTORS["deepseek-ocr"].items() if key not in SAM}
    assert (
        refusal(write(tmp_path / "mmproj.gguf", keys)) == "no clip.vision.sam.block_count: llama.cpp refuses the file"
    )
