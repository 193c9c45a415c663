"""Checkpoints from their own configs: published ones, malformed ones, there and back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Run

import vtok
from vtok import checkpoints, families
from vtok.checkpoints.files import FILES
from vtok.checkpoints.read import read
from vtok.errors import UnknownModelError, UsageError, VtokError
from vtok.parts.family import Family
from vtok.values import Media, Size
from vtok.verify.folders import written

PUBLISHED = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((ROOT / "tests" / "configs").glob("*"))}
SHORT = {file: short for short, file in FILES.items()}
PRESETS = {preset.names[0]: preset for preset in families.presets()}

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write configs into a folder and return its path."""

    def call(**configs: Any) -> str:
        for short, content in configs.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / FILES[short]).write_text(text)
        return str(tmp_path)

    return call


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Hugging Face cache."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "hub"


def put(cache: Path, repo: str, revision: str, content: dict[str, Any], branch: str = "main") -> Path:
    """A snapshot in the cache, as huggingface_hub lays it out."""
    home = cache / f"models--{repo.replace('/', '--')}"
    snapshot = home / "snapshots" / revision
    snapshot.mkdir(parents=True)
    (home / "refs").mkdir(exist_ok=True)
    (home / "refs" / branch).write_text(revision)
    (snapshot / "preprocessor_config.json").write_text(json.dumps(content))
    return snapshot


QWEN = {"processor_class": "Qwen2_5_VLProcessor", "max_pixels": 401408}
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("name", [name for name, case in PUBLISHED.items() if "expect" in case])
def test_published_configs_are_read(name: str) -> None:
    case = PUBLISHED[name]
    checkpoint = read({SHORT[file]: content for file, content in case["files"].items()}, name)
    numbers = {key: getattr(checkpoint.family, key) for key in case["expect"]}
    assert json.loads(json.dumps(numbers)) == case["expect"]
    assert list(checkpoint.family.ignored) == case["ignored"]
    num_frames = None if "image" in checkpoint.family.kinds else 64
    assert checkpoint.family.layout(Media(size=Size(900, 1200), num_frames=num_frames)).views


EXCEPTIONS: dict[str, tuple[str, ...]] = {
    # of a test of this family with a narrower language model; the checkpoint's own context is not known
    "cogvlm-224": ("max_position_embeddings",),
    # of release 1.5; the context of the first release, which is the preset, is not known
    "hunyuan-ocr-1.5": ("max_position_embeddings",),
    # class defaults, which have a context; that of the checkpoint is not known
    "cosmos3-nano": ("max_position_embeddings",),
    "dots3-note-prev": ("max_position_embeddings",),
    "glm-5.3-flash": ("max_position_embeddings",),
    "muse-glimmer-30b": ("max_position_embeddings",),
    "muse-spark-open-816b-a42b": ("max_position_embeddings",),
    "north-micro-vision-instruct": ("max_position_embeddings",),
    "qwen4-exp": ("max_position_embeddings",),
    # fine-tunes with limits of their own
    "qwen2-vl-fine-tune": ("max_pixels", "min_pixels"),
    "qwen3-vl-embedding": ("max_pixels", "min_pixels"),
    "qwen3-vl-nested": ("max_pixels",),
}
"""Published configs whose numbers are not those of the preset, and which numbers."""


def test_the_processor_of_videos_reads_an_old_config_of_images(write: Write) -> None:
    # transformers 5.23, models/auto/video_processing_auto.py: it asks for the type of config.json
    config = {"model_type": "videomae", "num_frames": 8}
    folder = write(config=config, image={"feature_extractor_type": "VideoMAEFeatureExtractor", "size": 256})
    family: Any = checkpoints.get(folder)
    assert (family.size, family.keep_aspect, family.crop_size, family.sample_frames) == (256, True, 224, 8)
    assert family.source("crop_size").endswith("the class default of VideoMAEVideoProcessor")


@pytest.mark.parametrize(
    ("model_type", "processor"),
    [
        ("resnet", {"feature_extractor_type": "ConvNextFeatureExtractor", "size": 224}),
        ("timesformer", {"feature_extractor_type": "VideoMAEFeatureExtractor", "size": 224}),
        ("groupvit", {"image_processor_type": "CLIPImageProcessor", "crop_size": 224}),
    ],
)
def test_the_image_processor_of_an_encoder_does_not_name_another_model(
    write: Write, model_type: str, processor: dict[str, Any]
) -> None:
    with pytest.raises(UnknownModelError, match=f"model_type '{model_type}' is no family that vtok knows"):
        checkpoints.get(write(config={"model_type": model_type}, image=processor))
    (Path(write(image=processor)) / "config.json").unlink()
    assert checkpoints.get(write(image=processor)).names  # nothing contradicts the class


def test_a_share_that_is_null_is_none_where_none_is_needed(write: Write) -> None:
    # facebook/convnext-large-384, preprocessor_config.json
    processor = {"feature_extractor_type": "ConvNextFeatureExtractor", "crop_pct": None, "size": 384}
    family: Any = checkpoints.get(write(image=processor, config={"model_type": "convnext"}))
    assert family.crop_pct is None
    assert family.layout(Media(size=Size(500, 700))).tokens == 12 * 12
    with pytest.raises(UsageError, match="size 224 needs a crop_pct"):
        checkpoints.get(write(image={**processor, "size": 224}, config={"model_type": "convnext"}))


def test_the_context_of_another_language_model_is_not_copied(write: Write) -> None:
    # of the presets that fit, Vicuna's have a context and Flan-T5's none
    config = {"model_type": "instructblip", "text_config": {"model_type": "t5"}}
    assert checkpoints.get(write(config=config)).max_position_embeddings is None


def test_an_empty_config_of_videos_is_not_a_missing_one(write: Write) -> None:
    # transformers 5.23 takes the class defaults of Qwen3-VL's video processor, and not Qwen2-VL's
    image, config = {"image_processor_type": "Qwen2VLImageProcessor", "patch_size": 16}, {"model_type": "qwen3_vl"}
    assert vars(checkpoints.get(write(image=image, config=config)))["limits_each_frame"]
    family = vars(checkpoints.get(write(image=image, config=config, video={})))
    assert (family["limits_each_frame"], family["video_max_pixels"]) == (False, 32 * 32 * 768)


def test_a_chat_template_that_is_not_known_does_not_hide_a_known_one(write: Write) -> None:
    # Qwen3-VL Instruct and Thinking have the same numbers; only Instruct's template is known
    files = json.loads(json.dumps(written(PRESETS["qwen3-vl-8b"])))
    folder = write(**{SHORT[file]: content for file, content in files.items()})
    assert checkpoints.get(folder).chat_tokens == 8


@pytest.mark.parametrize("name", [name for name, case in PUBLISHED.items() if "expect" in case])
def test_published_configs_are_the_presets(name: str) -> None:
    case = PUBLISHED[name]
    checkpoint = read({SHORT[file]: content for file, content in case["files"].items()}, name)
    assert tuple(sorted(checkpoint.differences)) == EXCEPTIONS.get(name, ())


@pytest.mark.parametrize("name", [name for name, case in PUBLISHED.items() if "error" in case])
def test_published_configs_of_unknown_families_are_refused(name: str) -> None:
    case = PUBLISHED[name]
    with pytest.raises(UnknownModelError, match=case["error"]):
        read({SHORT[file]: content for file, content in case["files"].items()}, name)


def numbers(family: Family) -> dict[str, Any]:
    return {name: value for name, (value, _) in family.numbers().items()}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_written_and_read_back_is_equal(name: str) -> None:
    files = json.loads(json.dumps(written(PRESETS[name])))
    checkpoint = read({SHORT[file]: content for file, content in files.items()}, name)
    here, there = numbers(checkpoint.family), numbers(PRESETS[name])
    if there["max_position_embeddings"] is None:  # it is not written, and so read as the class default
        there.pop("max_position_embeddings"), here.pop("max_position_embeddings")
    assert here.pop("chat_tokens") in (None, there.pop("chat_tokens"))  # its siblings' may be others
    assert here == there
    assert checkpoint.family.ignored == ()
    has_patch = "patch_size" in numbers(PRESETS[name]) and PRESETS[name].config_keys.get("patch_size") != ()
    assert not has_patch or checkpoint.family.source("patch_size") in SHORT


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("qwen2.5-vl-7b", {"max_pixels": 1_000_000, "min_pixels": 50_000, "max_position_embeddings": 4096}),
        ("qwen3-vl-8b", {"video_max_pixels": 1_000_000, "max_frames": 99, "sample_fps": 1.0}),
        ("internvl3-8b", {"max_num": 6, "image_size": 224}),
        ("llava-onevision", {"max_num_patches": 4}),
        ("idefics3-8b", {"longest_edge": 728, "do_image_splitting": False}),
        ("kimi-vl", {"in_token_limit": 1024}),
        ("pixtral-12b", {"longest_edge": 512, "resample": "lanczos"}),
        ("ovis2-1b", {"max_patches": 9, "crop_to_patches": False}),
        ("command-a-vision", {"crop_to_patches": False}),
    ],
)
def test_a_changed_preset_comes_back_changed(name: str, changed: dict[str, Any]) -> None:
    preset = checkpoints.get(name).choose(**changed)
    files = json.loads(json.dumps(written(preset)))
    checkpoint = read({SHORT[file]: content for file, content in files.items()}, name)
    assert {key: getattr(checkpoint.family, key) for key in changed} == changed
    assert set(checkpoint.differences) == set(changed)
    layouts = [family.layout(Media(size=Size(900, 1300))) for family in (preset, checkpoint.family)]
    assert layouts[0].prompt_tokens == layouts[1].prompt_tokens


@pytest.mark.parametrize(
    ("case", "file", "changed", "base", "differences"),
    [
        ("internvl3-8b-hf", "image", {"max_patches": 10}, "internvl3-8b", {"max_num": (10, 12)}),
        ("internvl3-1b", "config", {"max_dynamic_patch": 10}, "internvl3-8b", {"max_num": (10, 12)}),
        ("internvl3-1b", "config", {"max_dynamic_patch": 9}, "internvl3-8b", {"max_num": (9, 12)}),
        (
            "llava-onevision-7b",
            "config",
            {"vision_aspect_ratio": "anyres_max_4"},
            "llava-onevision-7b-ov",
            {"max_num_patches": (4, 9)},
        ),
        (
            "llava-1.5-7b-hf",
            "image",
            {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}},
            "llava-1.5-7b",
            {"size": (224, 336), "crop_size": (224, 336)},
        ),
    ],
)
def test_a_preset_of_another_pipeline_is_that_of_its_name_alone(
    case: str, file: str, changed: dict[str, Any], base: str, differences: dict[str, Any]
) -> None:
    contents = {SHORT[name]: content for name, content in PUBLISHED[case]["files"].items()}
    contents[file] = contents[file] | changed
    checkpoint = read(contents, "my-fine-tune")
    assert (checkpoint.base.names[0], checkpoint.family.pipeline_used) == (base, "transformers")
    assert checkpoint.differences == differences


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("skywork-r1v2-38b", "skywork-r1v2-38b"),
        ("sail-vl-1d6-8b", "./SAIL-VL-1d6-8B/config.json"),
        ("sail-vl-1d5-2b", "me/sail-vl-1d5-2b@0123456"),
        ("llava-v1", "/models/LLaVA-13b-delta-v1-1/"),
        ("llava-video-72b", "./models/LLaVA-Video-72B-Qwen2"),
    ],
)
def test_a_folder_called_as_a_preset_of_another_pipeline_has_it(name: str, folder: str) -> None:
    preset = checkpoints.get(name)
    files = json.loads(json.dumps(written(preset)))
    checkpoint = read({SHORT[file]: content for file, content in files.items()}, folder)
    assert checkpoint.base is preset
    assert checkpoint.family.pipeline_used == "original"


def test_every_family_has_a_preset_of_its_first_pipeline() -> None:
    assert all(any(not preset.pipeline for preset in families.presets_of(stem)) for stem in families.modules())


def test_a_folder_is_a_model(write: Write) -> None:
    folder = write(image=QWEN)
    layout = vtok.layout(folder, width=1000, height=1000)
    assert (layout.model, layout.preset) == ("qwen2.5-vl", folder)
    assert layout.tokens == 22 * 22  # sqrt(401408) / 28 = 22.6
    assert vtok.layout(f"{folder}/preprocessor_config.json", width=1000, height=1000).tokens == layout.tokens


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ({"min_pixels": 1000, "max_pixels": 9000}, (1000, 9000)),
        ({"size": {"shortest_edge": 1000, "longest_edge": 9000}}, (1000, 9000)),
        ({"min_pixels": 1000, "max_pixels": 9000, "size": {"min_pixels": 1, "max_pixels": 2}}, (1000, 9000)),
        ({"min_pixels": 1000, "max_pixels": 9000, "size": {"shortest_edge": 1, "longest_edge": 2}}, (1000, 9000)),
        ({"max_pixels": 9000}, (3136, 9000)),
        ({"min_pixels": 1000}, (1000, 1_003_520)),
        ({}, (3136, 1_003_520)),
    ],
)
def test_historical_spellings(write: Write, size: dict[str, Any], expected: tuple[int, int]) -> None:
    family: Any = checkpoints.get(write(image={"processor_class": "Qwen2_5_VLProcessor", **size}))
    assert (family.min_pixels, family.max_pixels) == expected


def test_spellings_that_disagree_are_said(run: Run, write: Write) -> None:
    folder = write(image={**QWEN, "size": {"longest_edge": 5000, "shortest_edge": 3136}, "max_dynamic_patch": 3})
    outcome = run("count", "100x100", "-q", "-m", folder)
    assert outcome.code == 0
    for part in ("size.longest_edge (5000)", "max_dynamic_patch"):
        assert part in outcome.err


def test_a_crop_that_is_turned_off_is_left_out(write: Write) -> None:
    crop = {"do_center_crop": False, "crop_size": 224, "size": 224}
    clip = read(
        {"config": {"model_type": "clip"}, "image": {**crop, "image_processor_type": "CLIPImageProcessor"}}, "x"
    )
    assert clip.family.ignored == ()
    # transformers 5.23, CLIPImageProcessor(do_center_crop=False), 640 x 480: 298 x 224
    assert clip.family.layout(Media(size=Size(480, 640))).views[0].size == Size(224, 298)
    assert read({"config": {"model_type": "siglip"}, "image": crop}, "x").family.ignored == ()
    with pytest.raises(UsageError, match="do_center_crop false: chameleon has no answer to that"):
        read({"config": {"model_type": "chameleon"}, "image": crop}, "x")


def test_a_size_of_videos_that_has_no_effect_is_said() -> None:
    size = {"height": 448, "width": 448}
    configs = {"image": {"processor_class": "InternVLProcessor", "size": size}}
    assert read({**configs, "video": {"size": size}}, "x").family.ignored == ()
    other = read({**configs, "video": {"size": {"height": 336, "width": 336}}}, "x").family.ignored
    assert other == tuple(f"video_preprocessor_config.json: size.{side}" for side in ("height", "width"))


def test_a_folder_without_a_config_for_videos_has_that_of_images_for_them(write: Write) -> None:
    size = {"shortest_edge": 65_536, "longest_edge": 1_000_000}
    family: Any = checkpoints.get(write(image={"processor_class": "Qwen3VLProcessor", "size": size}))
    assert (family.video_min_pixels, family.video_max_pixels) == (65_536, 1_000_000)
    assert family.source("video_max_pixels") == "preprocessor_config.json"
    of_videos: Any = checkpoints.get(write(video={"size": {"shortest_edge": 4096, "longest_edge": 2_000_000}}))
    assert (of_videos.max_pixels, of_videos.video_max_pixels) == (1_000_000, 2_000_000)


def test_videos_of_qwen25_have_limits_of_their_own_where_a_config_says_so(write: Write) -> None:
    folder = write(image=QWEN)
    video = Media(size=Size(1000, 1000), num_frames=4, fps=2.0)
    sizes = [vtok.layout(folder, video).resized]  # sqrt(401408) / 28 = 22.6
    write(video={"size": {"shortest_edge": 3136, "longest_edge": 100_352}})
    sizes.append(vtok.layout(folder, video).resized)  # sqrt(100352) / 28 = 11.3
    assert sizes == [Size(22 * 28, 22 * 28), Size(11 * 28, 11 * 28)]
    assert vtok.layout(folder, width=1000, height=1000).resized == Size(22 * 28, 22 * 28)


def test_keys_of_config_that_sound_like_sizes_are_said_to_be_ignored(run: Run, write: Write) -> None:
    config = {"model_type": "qwen2_5_vl", "hidden_size": 3584, "vision_config": {"image_size": 448, "patch_size": 14}}
    folder = write(config={**config, "image_token_id": 151655, "text_config": {"patch_size": 3}})
    assert checkpoints.get(folder).ignored == ("config.json: vision_config.image_size",)
    rows = [line.split("\t") for line in run("models", folder).lines]
    assert ["ignored", "vision_config.image_size", "", "config.json"] in rows
    words = "config.json: hidden_size, image_token_id, text_config"
    assert ["other", "3 keys", "", words.replace(": ", ": not about sizes: ")] in rows
    assert json.loads(run("models", folder, "--json").out)["not_about_sizes"] == {"config.json": words[13:].split(", ")}


@pytest.mark.parametrize(
    ("configs", "model"),
    [
        ({"config": {"model_type": "qwen3_vl_moe"}}, "qwen3-vl"),
        ({"config": {"model_type": "internvl_chat"}}, "internvl"),
        ({"config": {"model_type": "llava", "vision_config": {"model_type": "pixtral"}}}, "pixtral"),
        ({"config": {"model_type": "llava", "vision_config": {"model_type": "clip_vision_model"}}}, "llava-1.5"),
        ({"config": {"model_type": "unheard of", "architectures": ["Mistral3ForConditionalGeneration"]}}, "mistral"),
        ({"config": {"architectures": ["LlavaNextForConditionalGeneration"]}}, "llava-next"),
        ({"image": {"image_processor_type": "SiglipImageProcessor"}}, "siglip"),
        ({"processor": {"processor_class": "Gemma3Processor"}}, "gemma3"),
        ({"config": {"model_type": "clip_vision_model"}}, "clip"),
    ],
)
def test_the_family_is_found(configs: dict[str, Any], model: str) -> None:
    assert read(configs, "x").family.model.startswith(model)


@pytest.mark.parametrize(
    ("configs", "message"),
    [
        ({"image": "{"}, "not JSON"),
        ({"image": "[1, 2]"}, "must be an object"),
        ({"image": "[" * 100_000}, "not JSON"),
        ({"image": '{"max_pixels": NaN}'}, "NaN"),
        ({"image": "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")}, "not JSON"),
        ({"image": {**QWEN, "max_pixels": "many"}}, "max_pixels must be a whole number"),
        ({"image": {**QWEN, "max_pixels": 1.5}}, "max_pixels must be a whole number"),
        ({"image": {**QWEN, "max_pixels": True}}, "max_pixels must be a whole number"),
        ({"image": {**QWEN, "max_pixels": -1}}, "max_pixels must be from 1"),
        ({"image": {**QWEN, "max_pixels": 10**30}}, "max_pixels must be from 1"),
        ({"image": {**QWEN, "max_pixels": 10**400}}, "max_pixels must be from 1"),
        (
            {"image": '{"processor_class": "Qwen2VLProcessor", "max_pixels": 1e400}'},
            "max_pixels must be a whole number",
        ),
        ({"image": {**QWEN, "max_pixels": [1, 2]}}, "max_pixels must be a number"),
        ({"image": {**QWEN, "patch_size": 0}}, "patch_size must be from 1"),
        (
            {"image": {"image_processor_type": "SamImageProcessor", "size": {"longest_edge": 2048}}},
            "is above pad_size 1,024",
        ),
        ({"image": {**QWEN, "patch_size": {"height": 14, "width": 16}}}, "two equal sides"),
        ({"image": {**QWEN, "min_pixels": 500_000}}, "is above max_pixels"),
        ({"config": {"model_type": "qwen2_vl", "max_position_embeddings": 0}}, "_embeddings must be from 1"),
        ({"config": {"model_type": "sam", "vision_config": {"window_size": 0}}}, "window_size must be from 1"),
        ({"config": {"model_type": "clip", "vision_config": {"patch_size": 1000}}}, "holds no patch of 1000"),
        ({"config": {"model_type": "internvl_chat", "force_image_size": 7}}, "holds no patch of 14"),
        ({"config": {"model_type": "llava_next", "image_grid_pinpoints": []}}, "must be a list of pairs of numbers"),
        ({"image": {**QWEN, "resample": 99}}, "resample must be the number of a filter"),
        ({"image": {"processor_class": 7}}, "processor_class must be the name"),
        ({"image": {}}, "do not say what family"),
        ({"config": {"model_type": "llama"}}, "nearest known families are"),
        ({"config": {"model_type": "qwen2_5_vl", "text_config": {"max_position_embeddings": "x"}}}, "max_position_emb"),
        (
            {"config": {"model_type": "qwen2_5_vl", "rope_scaling": {"mrope_section": "x"}}},
            "mrope_section must be three whole numbers",
        ),
        ({"config": {"model_type": "internvl", "downsample_ratio": 0}}, "downsample_ratio must be a ratio"),
        ({"config": {"model_type": "llava_onevision", "vision_aspect_ratio": "anyres_max_x"}}, "vision_aspect_ratio"),
        ({"processor": {"image_processor": []}}, "image_processor must be an object"),
    ],
)
def test_malformed_configs_are_one_line(run: Run, write: Write, configs: dict[str, Any], message: str) -> None:
    folder = write(**configs)
    outcome = run("count", "100x100", "-m", folder)
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.err.count("\n") == 1


def test_folders_without_configs_say_what_was_looked_for(run: Run, tmp_path: Path) -> None:
    outcome = run("count", "100x100", "-m", str(tmp_path))
    assert outcome.code == 2
    assert all(file in outcome.err for file in FILES.values())
    outcome = run("count", "100x100", "-m", str(tmp_path / "nowhere"))
    assert (outcome.code, "no such file or folder" in outcome.err) == (2, True)


@pytest.mark.posix
def test_what_is_no_regular_file_is_not_opened(run: Run, tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "config.json")
    message = run("count", "100x100", "-m", str(tmp_path)).err
    assert message == f"vtok: {tmp_path}: config.json: not a regular file\n"


def test_a_file_that_is_too_large_is_not_read(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vtok.checkpoints.folders.LARGEST", 10)
    (tmp_path / "config.json").write_text('{"model_type": "qwen2_5_vl"}')
    assert "larger than" in run("count", "100x100", "-m", str(tmp_path)).err


def test_a_folder_of_the_working_directory(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "preprocessor_config.json").write_text(json.dumps(QWEN))
    monkeypatch.chdir(tmp_path)
    assert run("count", "1000x1000", "-q", "-m", "./mine").out == f"{22 * 22 + 2}\n"
    assert "write ./mine" in run("count", "1000x1000", "-q", "-m", "mine").err


def test_the_cache_is_used_with_its_revision(run: Run, cache: Path) -> None:
    put(cache, "Someone/Fine-Tune", REVISION, QWEN)
    facts = json.loads(run("count", "1000x1000", "--json", "-m", "Someone/Fine-Tune").out)[0]
    assert (facts["preset"], facts["tokens"]) == (f"Someone/Fine-Tune@{REVISION[:7]}", 22 * 22)
    put(cache, "Qwen/Qwen2.5-VL-7B-Instruct", REVISION, QWEN)
    assert run("count", "1000x1000", "--field", "tokens", "-m", "Qwen/Qwen2.5-VL-7B-Instruct").out == f"{22 * 22}\n"
    assert run("count", "1000x1000", "--field", "tokens", "-m", "qwen2.5-vl-7b").out == f"{36 * 36}\n"


def test_another_revision_of_the_cache(cache: Path) -> None:
    put(cache, "a/b", REVISION, QWEN)
    put(cache, "a/b", "f" * 40, {**QWEN, "max_pixels": 50_000}, branch="v2")
    of = {name: vtok.layout(name, width=999, height=999).tokens for name in ("a/b", "a/b@v2", f"a/b@{'f' * 40}")}
    assert of == {"a/b": 22 * 22, "a/b@v2": 7 * 7, f"a/b@{'f' * 40}": 7 * 7}


@pytest.mark.parametrize("name", ["a/b", "../b", "a/..", "a/b@../../x", "a//b", "a/b\0"])
def test_what_is_not_in_the_cache_is_unknown(cache: Path, name: str) -> None:
    with pytest.raises(VtokError):
        checkpoints.get(name)


def test_a_snapshot_without_configs_is_as_if_it_were_not_there(cache: Path) -> None:
    (put(cache, "Qwen/Qwen2-VL-2B-Instruct", REVISION, {}) / "preprocessor_config.json").unlink()
    assert checkpoints.get("Qwen/Qwen2-VL-2B-Instruct").repo == "Qwen/Qwen2-VL-2B-Instruct"


def test_a_folder_with_an_adapter_alone_says_whose(run: Run, tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "Qwen/Qwen2.5-VL-7B-Instruct"}')
    outcome = run("count", "640x480", "-m", str(tmp_path))
    assert (outcome.code, outcome.err.count("\n")) == (2, 1)
    assert outcome.err.endswith("give the model it adapts, -m Qwen/Qwen2.5-VL-7B-Instruct\n")
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": 5}')
    assert run("count", "640x480", "-m", str(tmp_path)).err.endswith("adapter_config.json is that of an adapter\n")


def test_models_shows_how_a_folder_differs(run: Run, write: Write) -> None:
    folder = write(image={**QWEN, "max_dynamic_patch": 3})
    rows = [line.split("\t") for line in run("models", folder).lines]
    assert ["number", "max_pixels", "401408", "preprocessor_config.json"] in rows
    assert ["difference", "max_pixels", "401408", "12,845,056 in qwen2.5-vl-7b"] in rows
    assert ["ignored", "max_dynamic_patch", "", "preprocessor_config.json"] in rows
    facts = json.loads(run("models", folder, "--json").out)
    assert facts["base"] == "qwen2.5-vl-7b"
    assert facts["differences"]["max_pixels"] == {"here": 401408, "there": 12845056}


def test_the_context_of_siblings_is_not_taken_over(write: Write) -> None:
    family = checkpoints.get(write(config={"model_type": "llava_next"}))
    assert family.max_position_embeddings is None


def test_numbers_that_make_no_layout_are_refused() -> None:
    with pytest.raises(UsageError, match="merge_size must be from 1 to"):
        read({"image": {**QWEN, "merge_size": 10**9}}, "x")


def test_a_name_alone_reads_no_configs() -> None:
    import subprocess
    import sys

    code = (
        "import sys, vtok; vtok.layout('qwen2.5-vl', width=9, height=9); print('vtok.checkpoints.read' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("model_type", "image", "size", "grid"),
    [
        # transformers 5.23, run: (width, height) and the grid of patches, or the size of the view in patches
        ("qwen2_5_vl", {"image_processor_type": "Qwen2VLImageProcessor"}, (1640, 2158), (82, 62)),
        ("qwen2_5_vl", {"max_pixels": 90_000}, (1640, 2158), (24, 18)),
        ("glm4v", {"max_pixels": 401_408}, (1640, 2158), (154, 118)),
        ("hunyuan_vl", {"max_pixels": 401_408}, (1640, 2158), (44, 34)),
        ("ernie4_5_vl_moe", {"image_processor_type": "Ernie4_5_VLMoeImageProcessor", "max_pixels": 401_408},
         (1640, 2158), (154, 118)),
        ("siglip", {"size": 384}, (640, 480), (24, 32)),
        ("siglip", {"size": {"shortest_edge": 384}}, (200, 100), (24, 48)),
        ("vit", {"size": 384}, (640, 480), (24, 24)),
        ("vit", {"size": {"shortest_edge": 384}}, (640, 480), (24, 32)),
        ("sam", {"do_pad": False}, (640, 480), (48, 64)),
        ("sam", {"do_pad": False, "do_resize": False}, (640, 480), (30, 40)),
        ("qwen2_5_vl", {"do_resize": False}, (672, 336), (24, 48)),
        ("vit", {"do_resize": False}, (672, 336), (21, 42)),
        ("llava", {"do_pad": True, "size": 336, "crop_size": 224, "image_processor_type": "LlavaImageProcessor"},
         (500, 333), (16, 16)),
    ],
)  # fmt: skip
def test_folders_are_read_as_upstream_reads_them(
    model_type: str, image: dict[str, Any], size: tuple[int, int], grid: tuple[int, int]
) -> None:
    family = read({"config": {"model_type": model_type}, "image": image}, "x", whole=True).family
    assert family.layout(Media(size=Size(size[1], size[0]))).main_views[-1].grid[1:] == grid


def test_tiles_of_llava_next_have_the_size_of_the_crop(write: Write) -> None:
    image = {"size": 448, "crop_size": 336, "image_processor_type": "LlavaNextImageProcessor"}
    folder = write(config={"model_type": "llava_next"}, image=image)
    assert vtok.layout(folder, width=640, height=480).views[-1].size == Size(336, 336)


def test_a_number_that_a_config_leaves_out_is_named(run: Run, write: Write) -> None:
    folder = write(image={"image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor"})
    note = "max_pixels 1,003,520: left out of preprocessor_config.json, the class default of Qwen2VLImageProcessor"
    assert note in vtok.layout(folder, width=100, height=100).notes
    assert note in json.loads(run("count", "2158x1640", "--json", "-m", folder).out)[0]["notes"]
    row = ["number", "max_pixels", "1003520", note.partition(": ")[2]]
    assert row in [line.split("\t") for line in run("models", folder).lines]


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [
        # transformers 5.23, run: the class of the config, or of its part, with the key left out
        ({"model_type": "qwen2_5_vl"}, "tokens_per_second", 4),
        ({"model_type": "qwen2_5_vl", "vision_config": {"depth": 32}}, "tokens_per_second", 4),
        ({"model_type": "qwen2_5_vl", "vision_config": {"tokens_per_second": 2}}, "tokens_per_second", 2),
        ({"model_type": "idefics3", "vision_config": {"model_type": "idefics3_vision"}}, "patch_size", 32),
        ({"model_type": "idefics3"}, "scale_factor", 2),
        ({"model_type": "llava", "vision_config": {"model_type": "clip_vision_model"}}, "patch_size", 32),
        ({"model_type": "llava", "text_config": {"model_type": "mistral"}}, "max_position_embeddings", 131_072),
        ({"model_type": "llava", "text_config": {"model_type": "llama"}}, "max_position_embeddings", 2048),
        ({"model_type": "glm4v_moe"}, "max_position_embeddings", 65_536),
    ],
)
def test_a_key_that_config_json_leaves_out_is_the_class_default(config: Any, field: str, value: int) -> None:
    assert getattr(read({"config": config}, "x", whole=True).family, field) == value


def test_a_config_of_another_class_has_no_class_defaults() -> None:
    family = read({"config": {"model_type": "internvl_chat", "force_image_size": 448}}, "x", whole=True).family
    assert "class default" not in family.source("patch_size")


@pytest.mark.parametrize(("field", "value"), [("patch_size", 16), ("merge_size", 1)])
def test_a_key_that_processor_config_json_leaves_out_is_the_class_default(field: str, value: int) -> None:
    processor = {"processor_class": "PixtralProcessor"}
    family = read({"config": {"model_type": "mistral3"}, "processor": processor}, "x", whole=True).family
    assert (getattr(family, field), family.source(field).rpartition(" ")[2]) == (value, "PixtralProcessor")


def test_class_defaults_of_videos_are_noted_with_videos_alone(write: Write) -> None:
    folder = write(config={"model_type": "qwen2_5_vl"}, video={"video_processor_type": "Qwen2VLVideoProcessor"})
    words = ("tokens_per_second 4", "video_max_pixels 602,112")
    image = " ".join(vtok.layout(folder, width=640, height=480).notes)
    video = " ".join(vtok.layout(folder, width=640, height=480, num_frames=8, fps=4.0).notes)
    assert [word in image for word in words] == [False, False]
    assert [word in video for word in words] == [True, True]


@pytest.mark.parametrize(
    ("name", "grid"), [("Qwen2VLImageProcessor", (4, 22, 40)), ("Qwen2VLImageProcessorFast", (4, 12, 22))]
)
def test_who_reads_the_videos_of_a_qwen3_vl_folder_without_their_config(name: str, grid: tuple[int, int, int]) -> None:
    # transformers 5.23, run: 8 frames of 640x360; Qwen2-VL's video processor holds each of them to the limits
    image = {"image_processor_type": name, "patch_size": 16, "size": {"shortest_edge": 65536, "longest_edge": 600_000}}
    family = read({"config": {"model_type": "qwen3_vl"}, "image": image}, "x", whole=True).family
    layout = family.choose(sample=False).layout(Media(size=Size(360, 640), num_frames=8, fps=4.0))
    assert layout.views[0].grid == grid
    assert any("Qwen2-VL's video processor" in note for note in layout.notes) == (name == "Qwen2VLImageProcessor")


@pytest.mark.parametrize(
    ("model_type", "image", "words"),
    [
        ("qwen2_5_vl", {"size": {"longest_edge": 9000}}, "size must have shortest_edge"),
        ("qwen2_5_vl", {"size": {"min_pixels": 1000, "max_pixels": 9000}}, "size must have shortest_edge"),
        ("sam", {"size": 1024}, "size must have longest_edge"),
        ("mllama", {"do_resize": False}, "do_resize false: llama-3.2-vision has no answer to that"),
    ],
)
def test_folders_that_upstream_refuses_are_refused(model_type: str, image: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read({"config": {"model_type": model_type}, "image": image}, "x", whole=True)


def test_an_image_that_is_not_resized_must_be_the_square_that_a_model_of_one_size_takes() -> None:
    image = {"do_resize": False, "size": {"height": 224, "width": 224}}
    family = read({"config": {"model_type": "paligemma"}, "image": image}, "x").family
    assert family.layout(Media(size=Size(224, 224))).tokens == 256
    with pytest.raises(VtokError, match="takes 224x224 only"):
        family.layout(Media(size=Size(224, 225)))


NOT_FOUND = "the checkpoint's own files were not found"
"""How the source of a config begins that has class defaults of transformers in the form of published files."""


def test_what_is_published_is_not_called_a_library_default() -> None:
    unknown = {
        (name, number)
        for name, case in PUBLISHED.items()
        if "expect" in case and not case["source"].startswith(NOT_FOUND)
        for one in [read({SHORT[file]: content for file, content in case["files"].items()}, name)]
        for number, (_, source) in one.family.numbers().items()
        if source in FILES.values() and number != "resample" and one.base.source(number) == "library default"
    }
    assert unknown == set()


def test_an_image_that_is_not_resized_must_be_whole_patches() -> None:
    image = {"do_resize": False, "image_processor_type": "Qwen2VLImageProcessor"}
    family = read({"config": {"model_type": "qwen2_vl"}, "image": image}, "x").family
    with pytest.raises(VtokError, match="no multiples of 28"):
        family.layout(Media(size=Size(333, 500)))


@pytest.mark.parametrize(
    ("configs", "size", "grid"),
    [
        # transformers 5.23, run: (width, height) of an image, and its grid of patches
        ({"config": {"model_type": "blip"}, "image": {"size": 384, "do_resize": None}}, (640, 288), (18, 40)),
        ({"config": {"model_type": "siglip"}, "image": {"size": [384, 384]}}, (136, 280), (24, 24)),
        (
            {
                "config": {"model_type": "siglip", "vision_config": {"image_size": 384, "patch_size": 14}},
                "image": {"image_processor_type": "SiglipImageProcessor"},
            },
            (169, 206),
            (16, 16),
        ),
    ],
)
def test_null_is_no_default_and_the_class_of_a_file_comes_before_other_files(
    configs: dict[str, Any], size: tuple[int, int], grid: tuple[int, int]
) -> None:
    family = read(configs, "x", whole=True).family
    assert family.layout(Media(size=Size(size[1], size[0]))).main_views[-1].grid[1:] == grid


@pytest.mark.parametrize(
    ("model_type", "image", "words"),
    [
        # transformers 5.23, run: refused, or resized with the aspect ratio kept, which the model does not take
        ("blip", {"size": None, "image_processor_type": "BlipImageProcessor"}, "size must not be null"),
        ("siglip", {"size": {"height": 384}}, "must be a number, or a size of two equal sides"),
        ("siglip", {"size": {"shortest_edge": 384, "longest_edge": 384}}, "a size of two equal sides"),
        ("llava", {"size": 336, "crop_size": {"shortest_edge": 336}}, "crop_size must have height and width"),
        ("paligemma", {"size": 224}, "size must have height and width, since the model takes squares"),
        ("instructblip", {"size": {"shortest_edge": 224}}, "size must have height and width"),
        ("florence2", {"image_processor_type": "CLIPImageProcessor"}, "size is left out, and vtok has no answer"),
        ("deepseek_vl", {"do_pad": False}, "do_pad false: deepseek-vl-1.3b has no answer to that"),
    ],
)
def test_sizes_and_steps_that_vtok_cannot_follow_are_refused(
    model_type: str, image: dict[str, Any], words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        read({"config": {"model_type": model_type}, "image": image}, "x", whole=True)


def test_limits_at_the_top_of_a_config_that_qwen2_vls_video_processor_reads() -> None:
    # transformers 5.23, run on a video of 146 x 117
    image = {"image_processor_type": "Qwen2VLImageProcessor", "patch_size": 16, "min_pixels": 65_536}
    family = read({"config": {"model_type": "qwen3_5"}, "image": image}, "x", whole=True).family
    video = Media(size=Size(117, 146), num_frames=47, fps=10.0)
    assert family.layout(video).views[0].grid[1:] == (16, 18)


def test_an_older_key_of_clip_comes_first() -> None:
    # transformers 5.23, CLIPConfig: vision_config_dict updates vision_config
    config = {"model_type": "clip", "vision_config": {"patch_size": 32}, "vision_config_dict": {"patch_size": 14}}
    assert vars(read({"config": config}, "x").family)["patch_size"] == 14


def test_a_config_of_images_that_no_video_processor_takes_counts_images(write: Write) -> None:
    # baidu/ERNIE-4.5-VL-28B-A3B-Thinking has limits at the top, and a size that its own processor does not read
    files = PUBLISHED["ernie-4.5-vl-28b-thinking"]["files"]
    folder = write(**{SHORT[file]: content for file, content in files.items()})
    family = checkpoints.get(folder)
    assert family.model == "ernie-4.5-vl"
    assert family.layout(Media(size=Size(448, 448))).tokens == 16 * 16
