"""Branches of families that few inputs reach, by hand: each case is a calculation from upstream's rule."""

from dataclasses import replace
from typing import Any

import pytest

import vtok
from vtok import families
from vtok.checkpoints.names import get
from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry import tiling
from vtok.values import Box, Layout, Media, Size

MODELS = {preset.model: preset for preset in reversed(list(families.presets()))}


def of(model: str, width: int, height: int, **options: Any) -> Layout:
    """The layout of an image or video."""
    return vtok.layout(model, width=width, height=height, **options)


def frames(model: str, total: int, **options: Any) -> tuple[int, ...]:
    """The indices of the frames that are taken of a video of one frame a second."""
    sampling = of(model, 64, 64, num_frames=total, **{"fps": 1.0} | options).sampling
    assert sampling
    return sampling.indices


@pytest.mark.parametrize(
    ("model", "size", "options", "tiles"),
    [
        # DeepSeek-OCR, process/image_process.py: no tiles up to 640 x 640
        ("deepseek-ocr", (640, 640), {}, (0, 0)),
        ("deepseek-ocr", (1300, 640), {}, (2, 1)),
        ("cohere2-vision", (1000, 500), {"crop_to_patches": False}, (1, 1)),
        ("cohere2-vision", (1000, 500), {}, (2, 1)),
        ("ovis2", (1000, 500), {"crop_to_patches": False}, (1, 1)),
        ("ovis2", (896, 448), {}, (1, 2)),  # upstream scores rows x columns, and cuts columns x rows
        # InternVL, internvl/train/dataset.py: in training several images share max_num, and each has a tile at least
        ("internvl", (3000, 1000), {"pipeline": "original", "num_images": 5}, (6, 2)),  # the image fills more than half
        ("internvl", (3000, 1000), {"pipeline": "original", "num_images": 5, "multi_rule": "train"}, (2, 1)),
        ("internvl", (3000, 1000), {"pipeline": "original", "num_images": 13, "multi_rule": "train"}, (1, 1)),
        ("internvl", (1200, 100), {"pipeline": "original", "multi_rule": "train"}, (12, 1)),
        # LFM2-VL: one number of tiles
        ("lfm2-vl", (1200, 1200), {"min_tiles": 4, "max_tiles": 4}, (2, 2)),
        # 1024 x 512 are just the 2 x 256 tokens up to which an image is not cut
        ("lfm2-vl", (1024, 512), {}, (1, 1)),
        ("lfm2-vl", (2000, 2000), {"do_image_splitting": False}, (1, 1)),
        ("lfm2-vl", (2000, 2000), {"min_tiles": 1, "max_tiles": 1}, (1, 1)),
        # Perception LM: without tiles, and for a video
        ("perception-lm", (2000, 2000), {"vision_input_type": "vanilla"}, (0, 0)),
        ("perception-lm", (640, 360), {"num_frames": 2, "fps": 1.0}, (0, 0)),
        # Phi-4: 9 x 4 tiles hold the image and are as many as dynamic_hd; more are chosen by the aspect ratio 2.03
        ("phi-4-multimodal", (3632, 1791), {}, (9, 4)),
        ("phi-4-multimodal", (3632, 1791), {"dynamic_hd": 35}, (8, 4)),
    ],
)
def test_how_many_tiles(model: str, size: tuple[int, int], options: dict[str, Any], tiles: tuple[int, int]) -> None:
    assert of(model, *size, **options).tiles == tiles


@pytest.mark.parametrize(
    ("model", "grids"),
    [
        # transformers 5.23, image_processing_mllama.py, get_all_supported_aspect_ratios, of [height, width]
        ("llama-3.2-vision", [(1, 1), (2, 1), (3, 1), (4, 1), (1, 2), (2, 2), (1, 3), (1, 4)]),
        # image_processing_molmo2.py, select_tiling: by number, then by rows
        ("molmo2", [(1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (2, 2), (1, 4), (5, 1), (1, 5), (6, 1)]),
    ],
)
def test_the_order_of_tilings(model: str, grids: list[tuple[int, int]]) -> None:
    candidates = MODELS[model].candidates(Media(size=Size(100, 100)))  # type: ignore[attr-defined]
    assert [candidate.tiles for candidate in candidates][: len(grids)] == grids


def test_one_tile_is_a_candidate_of_phi_4() -> None:
    # transformers 5.23, image_processing_phi4_multimodal.py, dynamic_preprocess: min_num=1
    candidates = MODELS["phi-4-multimodal"].candidates(Media(size=Size(5000, 5000)))  # type: ignore[attr-defined]
    assert candidates[0].tiles == (1, 1)


def test_the_shortest_side_of_phi_4() -> None:
    # the same: min(new_size[1], target_height) < 10; 4480 pixels are 10 tiles, which are not enlarged
    assert of("phi-4-multimodal", 4480, 10).resized == Size(10, 4480)
    with pytest.raises(UnsupportedSizeError, match="refuses a side below 10"):
        of("phi-4-multimodal", 4480, 9)


def test_the_longer_side_of_vilt() -> None:
    # transformers 5.23, image_processing_vilt.py: int(1333 / 800 * 769) = 1281 pixels, which hold 40 patches of 32
    assert tuple(of("vilt", 8000, 800, shortest_edge=769).views[0].grid)[2] == 40


def test_a_side_of_a_merged_patch_is_not_lifted() -> None:
    assert [step.name for step in of("paddleocr-vl", 28, 28).steps] == ["resize"]
    assert len(of("paddleocr-vl", 28, 27).steps) == 2


def test_the_word_of_a_step_that_crops() -> None:
    assert [step.name for step in of("gemma3", 1600, 800, pan_and_scan=True).steps] == ["crop", "resize"]


@pytest.mark.parametrize(("size", "turned"), [((896, 448), True), ((896, 896), False)])
def test_ovis_says_that_tiles_are_turned(size: tuple[int, int], turned: bool) -> None:
    # transformers 5.23, image_processing_ovis2.py: get_min_tile_covering_grid scores (rows, columns)
    assert ("cuts it turned" in of("ovis2", *size).steps[0].reason) == turned


def test_notes_of_a_video_of_unknown_rate() -> None:
    video = of("qwen3-vl", 64, 64, num_frames=4, sample=False)
    assert "the frame rate of the video is not known; 24 is assumed, as in transformers" in video.notes
    assert not of("qwen3-vl", 64, 64).notes


def test_limits_of_each_frame_of_qwen3_vl() -> None:
    # transformers 5.23, models/qwen2_vl/video_processing_qwen2_vl.py. 720 / 32 is 22.5, which rounds to 22.
    # All frames together would have 25,165,824 pixels.
    each = of("qwen3-vl", 1280, 720, num_frames=100, fps=10.0, sample=False, limits_each_frame=True)
    assert each.resized == Size(22 * 32, 1280)
    assert any("limits hold for each frame" in note for note in each.notes)
    # every tenth of ten frames a second, from the first one on; qwen3-vl's goes up to the last one
    options = {"num_frames": 40, "fps": 10.0, "sample_fps": 1.0, "min_frames": 2}
    indices = [of("qwen3-vl", 64, 64, limits_each_frame=on, **options).sampling for on in (True, False)]
    assert [sampling and sampling.indices for sampling in indices] == [(0, 10, 20, 30), (0, 13, 26, 39)]


@pytest.mark.parametrize(
    ("frames", "options", "side"),
    [
        # 16 tokens of 28 x 28 pixels in two frames are 4 times the area of two frames of 56 x 56, 64 tokens 16 times
        (None, {}, 112),
        (None, {"min_image_tokens": 64}, 224),
        (None, {"video_min_image_tokens": 64}, 112),
        (2, {}, 112),
        (2, {"video_min_image_tokens": 64}, 224),
        (2, {"min_image_tokens": 64}, 112),
        # four frames have twice as many pixels already
        (4, {"video_min_image_tokens": 32}, 112),
    ],
)
def test_the_least_tokens_of_glm_5(frames: int | None, options: dict[str, int], side: int) -> None:
    video: dict[str, Any] = {"num_frames": frames, "fps": 1.0, "sample": False} if frames else {}
    assert of("glm-5.3-flash", 56, 56, **video, **options).resized == Size(side, side)


@pytest.mark.parametrize(
    ("frames", "options", "side"),
    [
        # 150 x 150 pixels are above 16 tokens and below 64, up to which they are enlarged
        (None, {"min_image_tokens": 64}, 224),
        (None, {"video_min_image_tokens": 64}, 150),
        (2, {"video_min_image_tokens": 64}, 224),
        (2, {"min_image_tokens": 64}, 150),
    ],
)
def test_which_images_of_glm_5_are_enlarged(frames: int | None, options: dict[str, int], side: int) -> None:
    video: dict[str, Any] = {"num_frames": frames, "fps": 1.0, "sample": False} if frames else {}
    assert of("glm-5.3-flash", 150, 150, **video, **options).resized == Size(side, side)


def test_an_image_of_just_the_least_tokens_of_glm_5_is_not_enlarged() -> None:
    # transformers 5.23, image_processing_glm5_next.py, resize: 2 * 98 * 128 pixels are 16 tokens of 2 * 28 * 28
    assert of("glm-5.3-flash", 128, 98).resized == Size(98, 128)
    assert of("glm-5.3-flash", 100, 100, video_do_resize=False).resized == Size(112, 112)


def test_quarters_of_idefics2() -> None:
    # transformers 5.23, image_processing_idefics2.py, split_images: :mid, mid:
    cut = of("idefics2", 101, 51)
    boxes = [(0, 0, 50, 25), (50, 0, 101, 25), (0, 25, 50, 51), (50, 25, 101, 51), (0, 0, 101, 51)]
    assert [tuple(view.source) for view in cut.views] == boxes
    assert ([view.kind for view in cut.views], cut.tiles) == (["tile"] * 4 + ["thumbnail"], (2, 2))
    whole = of("idefics2", 101, 51, do_image_splitting=False)
    assert ([view.kind for view in whole.views], whole.tiles) == (["image"], (0, 0))
    assert get("idefics2-8b").numbers()["do_image_splitting"][0]
    assert not get("idefics2-8b-base").numbers()["do_image_splitting"][0]


@pytest.mark.parametrize(("rate", "merged", "side"), [(0.5, 2, 12), (0.4, 1, 9), (1.0, 1, 24), (0.25, 4, 6)])
def test_tokens_of_granite_4_vision(rate: float, merged: int, side: int) -> None:
    # 384 pixels are 24 patches; transformers 5.23, modeling_granite4_vision.py, takes int(24 * rate) tokens of them
    layout = of("granite-vision-4", 384, 384, downsample_rate=rate)
    assert (layout.views[0].merge_size, layout.spans[0].count) == (merged, side**2)


@pytest.mark.parametrize(
    ("width", "height", "options", "views"),
    [
        # transformers 5.23, GraniteDoclingImageProcessor.get_number_of_image_patches (run)
        (900, 700, {"dense_max_patches": 64, "dense_max_scale": 2.9}, 64),
        (900, 700, {"dense_max_patches": 64, "dense_max_scale": 2.8444444444444446}, 21),
        (5000, 3500, {"dense_max_patches": 64, "dense_max_scale": 1.0}, 36),
        (5000, 3500, {"dense_max_patches": 64, "dense_min_aspect": 1.5}, 25),
        (5000, 3500, {"dense_max_patches": 64, "dense_max_scale": 0.9, "dense_min_aspect": 1.2}, 36),
        (
            5000,
            3500,
            {"dense_max_patches": 64, "dense_max_scale": 0.9, "dense_min_aspect": 1.2, "dense_max_aspect": 1.4},
            25,
        ),
        (5000, 3500, {"dense_max_patches": 64}, 25),
        (5000, 3500, {"dense_max_scale": 1.2}, 25),
        (6000, 4000, {"dense_max_patches": 64, "dense_max_scale": 1.0}, 55),
        (6000, 4000, {"dense_max_patches": 64, "dense_max_scale": 1.0, "dense_min_aspect": 1.5}, 25),
        (6000, 4000, {"dense_max_patches": 64, "dense_max_scale": 1.0, "dense_max_aspect": 1.5}, 55),
        (6000, 4000, {"dense_max_patches": 48, "dense_max_scale": 1.2, "dense_max_aspect": 1.4}, 25),
        (2480, 3508, {"dense_max_patches": 64, "dense_max_scale": 1.0}, 36),
        (6000, 4000, {"max_patches": 1, "dense_max_patches": 64, "dense_max_scale": 5.0}, 1),
        (6000, 4000, {"crop_to_patches": False}, 1),
        (6000, 4000, {"max_patches": 2}, 3),
        (5000, 3500, {"max_patches": 9, "min_patches": 4}, 7),
    ],
)
def test_tiles_of_spreads_of_granite_docling(width: int, height: int, options: dict[str, Any], views: int) -> None:
    layout = of("granite-for-docling", width, height, **options)
    assert (len(layout.views), layout.tokens, {view.merge_size for view in layout.views}) == (views, 64 * views, {4})
    fine = of("granite-for-docling", width, height, fine_route=True, **options)
    assert (fine.tokens, {view.merge_size for view in fine.views}) == (256 * views, {2})


def test_numbers_of_frames_of_newer_models() -> None:
    # AIDC-AI/Ovis 4de4946, run_video_example: i * total // n
    assert frames("ovis2.5", 10, sample_frames=3) == (0, 3, 6)
    assert frames("ovis2.5", 10, sample_fps=0.5) == (0, 2, 4, 6, 8)
    assert frames("ovis2.5", 16) == (0, 2, 4, 6, 8, 10, 12, 14)
    held = frames("keye-vl", 100, sample_fps=1.0, max_frames=8)
    assert (len(held), held[0], held[-1]) == (8, 0, 99)
    assert len(frames("llava-next-video", 64, fps=30.0)) == 32  # the original takes a frame a second
    assert len(frames("keye-vl", 1000, sample_fps=1.0)) == 768


def test_tokens_of_a_frame_of_muse_glimmer() -> None:
    assert of("muse-glimmer", 1000, 1000, num_frames=2, fps=1.0, sample=False).tokens == 12 * 12  # of at most 144
    assert of("muse-glimmer", 2800, 2800).tokens == 64 * 64  # of at most 4096


@pytest.mark.parametrize(
    ("numbers", "grid"),
    [
        # transformers 5.23, image_processing_nemotron_h_omni.py, get_patch_grid_size, of 100 x 100 patches: the context
        # less 4 tokens holds 400 patches, 396 or 480
        ({"max_model_len": 104}, (20, 20)),
        ({"max_model_len": 103}, (20, 18)),
        ({"max_model_len": 124}, (22, 20)),
        ({"max_model_len": 29, "merge_size": 4}, (20, 20)),  # 25 tokens of 16 patches
        # 16 patches of context, but 100 for each of three images
        ({"max_model_len": 8, "num_images": 3}, (16, 18)),
    ],
)
def test_patches_of_nemotron_3_omni(numbers: dict[str, int], grid: tuple[int, int]) -> None:
    layout = of("nemotron-3-omni", 1600, 1600, min_num_patches=100, **numbers)
    assert layout.views[0].grid[1:] == grid


@pytest.mark.parametrize(
    ("options", "seconds"),
    [({}, 1.0), ({"sample_fps": 4.0}, 0.5), ({"sample": False}, 2.0), ({"sample_frames": 4}, 2.0)],
)
def test_seconds_of_a_step_of_qwen3_omni(options: dict[str, Any], seconds: float) -> None:
    # transformers 5.23, processing_qwen3_omni_moe.py: two frames by the rate that is asked for, else by one a second
    layout = of("qwen3-omni", 64, 64, num_frames=8, fps=4.0, **options)
    assert [span.raster.seconds_per_grid for span in layout.spans if span.raster] == [seconds]
    assert [span.raster.seconds_per_grid for span in of("qwen3-omni", 64, 64).spans if span.raster] == [None]


def test_windows_of_step3() -> None:
    # vLLM 0.33.0, processors/step3_vl.py: 1000 pixels are two windows of 504
    cut = of("step3", 1000, 1000)
    assert (cut.tiles, cut.canvas, cut.content) == ((2, 2), Size(1008, 1008), Box(0, 0, 1008, 1008))
    assert [step.name for step in cut.steps] == ["resize", "tile"]
    whole = of("step3", 300, 300)
    assert (whole.tiles, whole.canvas, whole.content) == ((0, 0), Size(728, 728), Box(0, 0, 728, 728))
    assert [step.name for step in whole.steps] == ["resize"]


def test_an_image_of_which_lighton_ocr_keeps_no_token() -> None:
    with pytest.raises(UnsupportedSizeError, match="give an image of 28x28 or more"):
        of("lighton-ocr", 300, 20, do_resize=False)


@pytest.mark.parametrize(
    ("options", "content"),
    [
        # transformers 5.23, image_processing_unlimited_ocr.py: without tiles, a view of at most 640 is stretched
        ({"crop_to_patches": False, "size": 640}, Box(0, 0, 640, 640)),
        ({"crop_to_patches": False, "size": 1024}, Box(0, 256, 1024, 768)),
        ({"size": 640}, Box(0, 160, 640, 480)),
    ],
)
def test_the_whole_page_of_unlimited_ocr(options: dict[str, Any], content: Box) -> None:
    assert of("unlimited-ocr", 600, 300, **options).views[-1].content == content


def test_frames_of_video_llava_are_resized_in_any_case() -> None:
    video = {"num_frames": 2, "fps": 1.0}
    assert of("video-llava", 640, 360, **video, do_resize=False).resized == Size(224, 398)  # 224 * 640 / 360
    assert of("video-llava", 640, 360).resized == Size(224, 398)
    assert of("video-llava", 640, 360, do_resize=False).resized == Size(360, 640)


def test_swin_pads_what_is_not_resized() -> None:
    assert [step.name for step in of("swin", 640, 480).steps] == ["resize"]
    assert [step.name for step in of("swin", 30, 30, do_resize=False).steps] == ["resize", "pad"]


def test_kosmos_2_5_and_pix2struct_have_no_class_token() -> None:
    assert [span.kind for span in of("pix2struct", 640, 480).spans] == ["vision"]
    assert [span.kind for span in of("kosmos-2.5", 640, 480).spans] == ["vision", "special", "query", "special"]


def test_a_square_of_two_patches_of_inkling_2() -> None:
    assert of("inkling2", 10, 10, size=2).tokens == 25
    with pytest.raises(UsageError, match="size 1 is below merge_size 2"):
        of("inkling2", 10, 10, size=1)


@pytest.mark.parametrize("model", ["gemma3n", "llava-onevision"])
def test_one_view_of_one_tile(model: str) -> None:
    layout = of(model, 640, 480, **({"num_images": 2} if model == "llava-onevision" else {}))
    assert ([span.views for span in layout.spans if span.raster], layout.tiles) == ([(0,)], (1, 1))


@pytest.mark.parametrize(("total", "duration"), [(48, "0:00:01"), (49, "0:00:02")])
def test_a_video_of_unknown_rate_of_smolvlm2_lasts_until_its_last_frame(total: int, duration: str) -> None:
    # transformers 5.23, processing_smolvlm.py: the time of frame 47 or 48 at 24 frames a second
    assert (
        f"from a {duration} [H:MM:SS] video"
        in of("smolvlm2-500m", 64, 64, num_frames=total, sample=False).spans[0].text
    )


def test_steps_of_a_frame_of_smolvlm2() -> None:
    video = {"num_frames": 2, "fps": 1.0}
    frame = of("smolvlm2-500m", 640, 360, **video)
    assert ([step.after for step in frame.steps], frame.tiles) == ([Size(1152, 2048), Size(512, 512)], (0, 0))
    assert [step.after for step in of("smolvlm2-500m", 512, 512, **video, do_resize=False).steps] == [Size(512, 512)]


def test_kimi_k25_takes_whole_tokens_as_they_are() -> None:
    assert of("kimi-k2.5", 56, 84, do_resize=False).tokens == 2 * 3
    with pytest.raises(UnsupportedSizeError, match="no multiples of 28"):
        of("kimi-k2.5", 56, 70, do_resize=False)


def test_windows_of_got_ocr2_are_of_14_patches() -> None:
    assert of("got-ocr2", 640, 480).window == 14 * 16


def test_windows_of_sam3_are_of_24_patches() -> None:
    assert of("sam3", 640, 480).window == 24 * 14


def test_small_images_of_minicpm_ocr() -> None:
    # transformers 5.23, image_processing_minicpm_ocr.py, find_best_resize: 300 x 100 to multiples of 28
    assert of("minicpm-ocr", 300, 100, small_image_upsize="never").views[0].size == Size(112, 308)
    assert of("minicpm-ocr", 600, 600, small_image_upsize="never", slice_mode=False).views[0].size == Size(448, 448)
    assert of("minicpm-ocr", 300, 300).views[0].size == Size(448, 448)
    with pytest.raises(UsageError, match="looks at the letters"):
        replace(get("minicpm-ocr"), small_image_upsize="adaptive").layout(Media(size=Size(300, 100)))  # type: ignore[call-arg]


def test_every_frame_of_newer_models() -> None:
    for model in ("embedding-gemma2", "keye-vl", "ovis2.5"):
        assert frames(model, 3, sample=False) == (0, 1, 2)
    assert frames("glmga", 3, sample=False) == (0, 1, 2, 2)  # in pairs
    assert frames("embedding-gemma2", 3, fps=None) == (0, 1, 2)  # transformers keeps all where no rate is known


@pytest.mark.parametrize(
    ("model", "size", "resized"),
    [
        ("convnext-tiny-224", (900, 700), Size(256, 329)),  # 224 / 0.875, and 256 * 900 / 700
        ("convnext-base-384", (900, 700), Size(384, 384)),
        ("hiera-tiny-224", (900, 700), Size(256, 329)),
    ],
)
def test_the_size_before_the_middle_is_cut_out(model: str, size: tuple[int, int], resized: Size) -> None:
    assert of(model, *size).resized == resized


@pytest.mark.parametrize("model", ["keye-vl", "qwen3-omni"])
def test_a_video_of_unknown_rate_has_a_second_a_step(model: str) -> None:
    def ids(seconds: float | None) -> Any:
        return vtok.position_ids(model, segments=[["video", [3, 4, 4], seconds]]).next_position

    assert ids(None) == ids(1.0) != ids(2.0)


def test_frames_of_qwen2_vl_are_not_capped_unless_asked() -> None:
    assert of("qwen2-vl", 1280, 720, num_frames=768, fps=2.0).resized == Size(26 * 28, 46 * 28)


def test_videos_of_one_prompt_have_the_frames_of_the_longest() -> None:
    # transformers 5.23, processing_smolvlm.py: the number of frames is that of the padded batch
    family = get("smolvlm2-500m").choose(sample=False)
    media = [Media(size=Size(64, 64), num_frames=n, fps=1.0) for n in (2, 3)] + [Media(size=Size(64, 64))]
    layouts = [family.layout(each) for each in media]
    together = family.in_company(layouts)
    assert ["three frames" in layout.spans[0].text for layout in together] == [True, True, False]
    assert together[2] == layouts[2]
    assert family.in_company(layouts[2:]) == layouts[2:]


@pytest.mark.parametrize(
    ("model", "size", "options", "content"),
    [
        # DeepSeek-OCR: small modes stretch the image, larger ones pad it
        ("deepseek-ocr", (100, 50), {"mode": "tiny"}, Box(0, 0, 512, 512)),
        ("deepseek-ocr", (100, 50), {"mode": "base"}, Box(0, 256, 1024, 768)),
        # LLaVA-OneVision: one of several images is padded to a square, a frame is stretched
        ("llava-onevision", (64, 32), {"num_images": 2}, Box(0, 96, 384, 288)),
        ("llava-onevision", (64, 32), {"num_frames": 2, "fps": 1.0}, Box(0, 0, 384, 384)),
        # LLaVA-1.5: the original pads to a square, transformers cuts out the middle, or neither
        ("llava-1.5", (200, 100), {"pipeline": "original"}, Box(0, 84, 336, 252)),
        ("llava-1.5", (200, 100), {}, Box(0, 0, 336, 336)),
        ("llava-1.5", (200, 100), {"do_center_crop": False}, Box(0, 0, 672, 336)),
    ],
)
def test_what_the_view_shows(model: str, size: tuple[int, int], options: dict[str, Any], content: Box) -> None:
    assert of(model, *size, **options).views[-1].content == content


def test_cells_of_rasters() -> None:
    phi = of("phi-4-multimodal", 900, 400).spans[0].raster  # 1008 x 448 of 3 x 1 tiles: 36 x 16 tokens of 28 pixels
    assert phi
    assert phi.xs[:3] == pytest.approx((0, 25, 50))
    assert phi.ys[:3] == pytest.approx((0, 25, 50))
    hybrid = of("deepseek-vl-7b", 240, 240).spans[0].raster  # 24 x 24 tokens
    assert hybrid
    assert hybrid.xs[:3] == pytest.approx((0, 10, 20))
    tile = of("granite-for-docling", 512, 512).spans[2].raster  # 8 x 8 tokens
    assert tile
    assert tile.xs[:3] == pytest.approx((0, 64, 128))
    page = of("deepseek-ocr", 1024, 1024, mode="base").spans[0].raster  # 16 x 16 tokens
    assert page
    assert page.xs[:3] == pytest.approx((0, 64, 128))


def test_windows_of_sam_are_of_14_patches() -> None:
    assert of("sam-vit-b", 640, 480).window == 14 * 16


@pytest.mark.parametrize(
    ("model", "total", "options", "indices"),
    [
        # the default of transformers is held to the frames of the video; no frame is repeated
        *((model, 3, {}, (0, 1, 2)) for model in ("llava-next-video", "llava-onevision")),
        *(
            (model, 3, {"sample": False, **pipeline}, (0, 1, 2))
            for model in ("llava-next-video", "llava-onevision", "internvl")
            for pipeline in ({}, {"pipeline": "original"})
        ),
        # LLaVA-NeXT df17966: from the first frame to the last, without fractions
        *(
            (model, 10, {"pipeline": "original", "sample_frames": 4, "fps": 4.0}, (0, 3, 6, 9))
            for model in ("llava-next-video", "llava-onevision")
        ),
        ("llava-next-video", 10, {"pipeline": "original", "fps": 4.0}, (0, 4, 8)),
        ("molmo2", 5, {"sample": False}, (0, 1, 2, 3, 4)),
    ],
)
def test_which_frames_are_taken(model: str, total: int, options: dict[str, Any], indices: tuple[int, ...]) -> None:
    assert frames(model, total, **options) == indices


def test_a_video_of_fewer_frames_than_the_default_of_transformers_is_refused() -> None:
    # transformers 5.23, video_utils.py, default_sample_indices_fn
    with pytest.raises(UnsupportedSizeError, match="32"):
        frames("gemma4", 10)


@pytest.mark.parametrize(
    ("model", "default"), [("llava-next-video", 32), ("llava-onevision", 16), ("perception-lm", 32)]
)
def test_how_many_frames_are_taken_of_a_long_video(model: str, default: int) -> None:
    assert len(frames(model, 100)) == default


def test_a_frame_before_its_middle_is_cut_out() -> None:
    resized = of("llava-next-video", 640, 360, num_frames=2, fps=1.0).resized
    assert resized == Size(336, 597)  # 336 * 640 / 360 = 597.3


@pytest.mark.parametrize("model", ["llava-next-video", "llava-onevision"])
def test_a_video_has_no_candidates(model: str) -> None:
    preset: Any = MODELS[model]
    assert preset.candidates(Media(size=Size(64, 64), num_frames=3, fps=1.0)) == ()
    assert preset.candidates(Media(size=Size(64, 64)))
    assert bool(preset.choose(num_images=2).candidates(Media(size=Size(64, 64)))) == (model == "llava-next-video")


@pytest.mark.parametrize(
    ("options", "tokens"),
    [
        ({}, 63),  # at most 70 tokens of 48 pixels
        ({"max_soft_tokens": 140}, 130),
        ({"max_soft_tokens": 140, "video_max_soft_tokens": 70}, 63),
        ({"video_max_soft_tokens": 280}, 266),
    ],
)
def test_tokens_of_a_frame_of_gemma4(options: dict[str, int], tokens: int) -> None:
    # 4:3: the largest multiples of 48 pixels are 9 x 7, 13 x 10 and 19 x 14
    assert of("gemma4", 640, 480, num_frames=1, sample=False, fps=1.0, **options).tokens == tokens


@pytest.mark.parametrize("name", ["max_soft_tokens", "video_max_soft_tokens"])
def test_budgets_of_gemma4_are_named(name: str) -> None:
    video = {"num_frames": 1, "fps": 1.0, "sample": False} if name.startswith("video") else {}
    with pytest.raises(UsageError, match=f"^{name} 100 is not one of 70, 140, 280, 560, 1120$"):
        of("gemma4", 640, 480, **{name: 100}, **video)


@pytest.mark.parametrize(
    ("model", "options", "noted"),
    [("glm-4.6v", {"sample_fps": 1.0}, True), ("glm-4.6v", {}, False), ("glm-4.5v", {"sample_fps": 1.0}, False)],
)
def test_a_rate_that_glm_ignores_has_a_note(model: str, options: dict[str, Any], noted: bool) -> None:
    notes = " ".join(of(model, 56, 56, num_frames=40, fps=10.0, **options).notes)
    assert ("sample_fps is ignored" in notes) == noted


def test_short_sides_of_glm() -> None:
    assert (
        of("glm-4.5v", 100, 20).tokens == 2 * 7
    )  # 5.23: to 140 x 28, and then by sqrt(12,544 / (2 * 140 * 28)) = 1.26
    with pytest.raises(UnsupportedSizeError):
        of("glm-4.5v", 100, 20, version="4.57")


@pytest.mark.parametrize("options", [{"multi_rule": "train"}, {"use_thumbnail": False}])
def test_what_internvl_has_in_the_original_alone(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="transformers has neither multi_rule nor use_thumbnail"):
        of("internvl", 640, 480, **options)
    assert of("internvl", 640, 480, pipeline="original", **options).tokens


def test_the_share_of_a_frame_of_qwen2_vl() -> None:
    # 768 frames: 128,000 * 28 * 28 * 0.9 * 2 / 768 = 235,200 pixels each; 1280 x 720 is 1.9795 times as long and wide
    layout = of("qwen2-vl", 1280, 720, num_frames=768, fps=2.0, cap_pixels_per_frame=True)
    assert layout.resized == Size(28 * 12, 28 * 23)


def test_no_frame_of_qwen2_vl_is_held_below_105_percent_of_the_least() -> None:
    # 315,000 pixels, since the share of 235,200 is below: 1280 x 720 is 1.7105 times as long and wide
    layout = of("qwen2-vl", 1280, 720, num_frames=768, fps=2.0, cap_pixels_per_frame=True, min_pixels=300_000)
    assert layout.resized == Size(28 * 15, 28 * 26)


def test_the_share_of_a_frame_of_qwen3_vl() -> None:
    # two frames: 768 tokens of 32 x 32 pixels each, of 25,165,824; 1280 x 720 is 1.083 times as long and wide
    layout = of("qwen3-vl", 1280, 720, num_frames=2, fps=2.0, sample=False, cap_pixels_per_frame=True)
    assert layout.resized == Size(32 * 20, 32 * 36)
    # no frame is held below 105% of the least, which is 1,000,000 pixels for two frames
    options = {"cap_pixels_per_frame": True, "video_min_pixels": 1_000_000, "sample": False}
    layout = of("qwen3-vl", 1280, 1280, num_frames=2, fps=2.0, **options)
    assert layout.resized == Size(32 * 32, 32 * 32)


@pytest.mark.parametrize(
    ("path", "noted"), [("a" * 256, True), ("a" * 255, False), ("\udcff" * 85 + "a", True), ("", False)]
)
def test_a_path_that_fills_every_slot_of_qwen_vl_has_a_note(path: str, noted: bool) -> None:
    assert ("the path fills every slot" in " ".join(of("qwen-vl", 9, 9, image_path=path).notes)) == noted


@pytest.mark.parametrize(
    "model",
    [
        *("ernie-4.5-vl", "videollama3", "qwen2-vl", "qwen2.5-vl", "qwen3-vl", "glm-4.5v"),
        *("dots.ocr", "llava-onevision-1.5"),  # Qwen2VLImageProcessor
    ],
)
def test_patches_of_a_token_enter_the_encoder_together(model: str) -> None:
    # transformers 5.23, the transpose of each image processor: blocks of merge x merge patches
    assert of(model, 640, 480).views[0].block_order


@pytest.mark.parametrize("model", ["keye-vl", "keye-vl-1.5"])
def test_patches_of_keye_enter_the_encoder_row_by_row(model: str) -> None:
    # vLLM 0.33, model_executor/models/keye.py: the row and column of patch i are i // w and i % w
    assert not of(model, 640, 480).views[0].block_order


@pytest.mark.parametrize(
    ("model", "pipeline", "grids"),
    [
        # of as many tiles the originals take the order of a Python set, transformers goes by columns
        *((model, "transformers", tiling.tile_grids) for model in ("deepseek-ocr-2", "internvl")),
        *((model, "original", tiling.tile_grids_of_set) for model in ("deepseek-ocr-2", "internvl")),
    ],
)
def test_the_order_of_grids_by_pipeline(model: str, pipeline: str, grids: Any) -> None:
    least, most = (2, 6) if model == "deepseek-ocr-2" else (1, 12)
    preset: Any = MODELS[model].choose(pipeline=pipeline)
    assert tuple(each.tiles for each in preset.candidates(Media(size=Size(1000, 900)))) == grids(least, most)
    assert tiling.tile_grids(least, most) != tiling.tile_grids_of_set(least, most)


@pytest.mark.parametrize(("pipeline", "tiled"), [("transformers", True), ("original", False)])
def test_the_largest_image_of_deepseek_ocr_2_that_is_not_tiled(pipeline: str, tiled: bool) -> None:
    # the original has 768 in its code; transformers goes by the size of a tile
    layout = of("deepseek-ocr-2", 700, 600, pipeline=pipeline, image_size=640)
    assert (len(layout.views) > 1) == tiled
    assert len(of("deepseek-ocr-2", 768, 768, pipeline=pipeline).views) == 1
    assert len(of("deepseek-ocr-2", 769, 768, pipeline=pipeline).views) > 1


@pytest.mark.parametrize(
    ("model", "encoders"),
    [("cogagent", ["main", "eva2-clip-l"]), ("deepseek-vl-7b", ["main", "siglip"]), ("clip", ["main"])],
)
def test_the_second_encoder_is_named(model: str, encoders: list[str]) -> None:
    assert [view.encoder for view in of(model, 64, 64).views] == encoders


def test_why_one_of_many_images_is_not_tiled() -> None:
    step = next(step for step in of("deepseek-vl2", 900, 400, num_images=3).steps if "images share" in step.reason)
    assert "3 images share the prompt, and more than 2 are not tiled" in step.reason
    assert not any("images share" in step.reason for step in of("deepseek-vl2", 900, 400, num_images=2).steps)


def test_the_path_of_qwen_vl_stands_in_slots_of_the_image() -> None:
    spans = of("qwen-vl", 64, 64, image_path="a.png").spans
    assert [span.views for span in spans if span.kind == "query"] == [(0,), (0,)]


def test_views_and_tiles_of_gemma3() -> None:
    whole = of("gemma3", 640, 480)
    assert ([view.kind for view in whole.views], whole.tiles) == (["image"], (1, 1))
    # 1600 x 800 is 2 : 1, which pan and scan cuts in two
    cut = of("gemma3", 1600, 800, pan_and_scan=True)
    assert ([view.kind for view in cut.views], cut.tiles) == (["thumbnail", "tile", "tile"], (2, 1))


def test_fuyu_takes_an_image_as_it_is() -> None:
    as_it_is = of("fuyu", 300, 200, do_resize=False)
    assert (as_it_is.resized, as_it_is.steps[0].reason) == (Size(200, 300), "not resized, as do_resize is false")
    assert of("fuyu", 3840, 1080).resized == Size(540, 1920)
    with pytest.raises(UnsupportedSizeError):
        of("fuyu", 3840, 1080, do_resize=False)


def test_separators_of_ovis2() -> None:
    # transformers 5.23, models/ovis2/processing_ovis2.py: the whole image, <IMG_GRID>, then tiles row by row, with
    # <IMG_COL> between them and <IMG_ROW> between rows
    layout = of("ovis2", 896, 896)
    assert layout.tiles == (2, 2)
    texts = [span.text for span in layout.spans]
    row = ["", "<IMG_COL>", ""]
    assert texts == ["<IMG_START>", "", "<IMG_GRID>", *row, "<IMG_ROW>", *row, "<IMG_END>"]
    assert [span.views for span in layout.spans if span.is_token] == [(0,), (1,), (2,), (3,), (4,)]


def test_names_of_frames_of_internvl() -> None:
    # transformers 5.23, models/internvl/processing_internvl.py: "Frame1: "; OpenGVLab/InternVL, README.md: "Frame-1: "
    for options, texts in (({}, ["Frame1: ", "\nFrame2: "]), ({"pipeline": "original"}, ["Frame-1: ", "\nFrame-2: "])):
        layout = of("internvl", 64, 64, num_frames=2, fps=1.0, sample_frames=2, **options)
        assert [span.text for span in layout.spans if "Frame" in span.text] == texts


def test_videos_of_unknown_rate_are_taken_to_have_24_frames_a_second() -> None:
    # transformers 5.23, models/gemma4/processing_gemma4.py: timestamps of 24 frames a second where none is known
    layout = of("gemma4", 64, 64, num_frames=48, sample_frames=2)
    assert [span.text.strip() for span in layout.spans if ":" in span.text] == ["00:00", "00:01"]


def test_a_pad_and_a_crop_of_llava() -> None:
    for options in ({"do_pad": True, "do_center_crop": False}, {"pipeline": "original", "do_resize": False}):
        padded = of("llava-1.5", 640, 480, **options)
        assert tuple(padded.views[0].grid) == (1, 24, 24)
        assert padded.content == Box(0, 42, 336, 294)  # 640 x 480 is 336 x 252
    assert tuple(of("llava-1.5", 672, 336, pipeline="original", do_pad=False).views[0].grid) == (1, 24, 24)
    assert tuple(of("llava-1.5", 672, 336, do_center_crop=False).views[0].grid) == (1, 24, 48)
    assert tuple(of("llava-1.5", 672, 336).views[0].grid) == (1, 24, 24)


def texts(layout: vtok.Layout) -> list[str]:
    return [span.text for span in layout.spans if span.kind == "text"]


def test_nemotron_omni_names_the_two_frames_of_a_step() -> None:
    # transformers 5.23, models/nemotron_h_omni/processing_nemotron_h_omni.py: frames from 1 on, a line for each step
    media = vtok.Media(size=vtok.Size(480, 640), num_frames=8, fps=2.0, duration=4.0)
    layout = vtok.layout("nemotron-3-omni", media, sample=False)
    first, second, *_ = texts(layout)
    assert first.startswith("Frame 1 ")
    assert " and frame 2 " in first
    assert second.startswith("\nFrame 3 ")
    assert " and frame 4 " in second
    assert [text.split()[1] for text in texts(layout)] == ["1", "3", "5", "7"]
    image = vtok.layout("nemotron-3-omni", width=640, height=480)
    assert (image.global_view.grid[0], texts(image), image.prompt_tokens - image.tokens) == (1, [], 2)


@pytest.mark.parametrize(("target", "side"), [(1024, 512), (1000, 480), (3, 32)])
def test_nemotron_omni_makes_squares_that_hold_at_most_the_target(target: int, side: int) -> None:
    assert get("nemotron-3-omni").numbers()["video_target_num_patches"][0] == 1024  # NemotronHOmniVideoProcessor
    # int(sqrt(1000)) is 31 patches, 30 with whole merged ones, of 16 pixels each; one merged patch at least
    media = vtok.Media(size=vtok.Size(480, 640), num_frames=8, fps=2.0, duration=4.0)
    options: dict[str, Any] = {"video_target_num_patches": target, "video_maintain_aspect_ratio": False}
    assert vtok.layout("nemotron-3-omni", media, **options).resized == (side, side)


def test_internvideo_names_each_frame_and_four_share_their_tokens() -> None:
    # the class's chat: "Frame1: <img>...</img>\nFrame2: ..."; 64 tokens of four frames
    media = vtok.Media(size=vtok.Size(480, 640), num_frames=8, fps=2.0, duration=4.0)
    layout = vtok.layout("internvideo2.5", media, sample=False)
    assert texts(layout) == ["Frame1: ", *(f"\nFrame{i}: " for i in range(2, 9))]
    assert [span.count for span in layout.spans if span.is_token] == [16] * 8
    assert layout.tiles == (1, 1)
    assert vtok.layout("internvideo2.5", num_frames=300, width=64, height=48).sampling.num_sampled == 128  # type: ignore[union-attr]
    with pytest.raises(vtok.VtokError, match="groups of 4, not 7"):
        vtok.layout("internvideo2.5", replace(media, num_frames=7), sample=False)


def test_eagle_takes_the_frames_that_are_asked_for() -> None:
    media = vtok.Media(size=vtok.Size(480, 640), num_frames=200, fps=10.0, duration=20.0)
    counts = {
        asked: vtok.layout("eagle-2.5", media, **dict(asked)).sampling.num_sampled  # type: ignore[union-attr, arg-type]
        for asked in ((), (("sample_frames", 5),), (("sample", False),))
    }
    assert list(counts.values()) == [64, 5, 200]
    odd = vtok.layout("eagle-2.5", replace(media, num_frames=7), sample=False)
    assert odd.sampling.indices == tuple(range(7))  # type: ignore[union-attr]


def test_the_special_tokens_of_ovis_2_5_s_videos() -> None:
    video = vtok.layout("ovis2.5", width=640, height=480, num_frames=8, fps=2.0)
    image = vtok.layout("ovis2.5", width=640, height=480)
    marks = [[span.text for span in layout.spans if span.kind == "special"] for layout in (video, image)]
    assert marks[0] != marks[1]


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (-1, 5)])
def test_an_image_without_pixels_is_refused(width: int, height: int) -> None:
    with pytest.raises(vtok.VtokError, match="has no pixels"):
        get("qwen2.5-vl").layout(vtok.Media(size=vtok.Size(height, width)))


def test_minicpm_takes_every_frame_of_an_odd_number() -> None:
    for model in ("minicpm-v-4.5", "minicpm-v-2.6"):
        layout = vtok.layout(model, width=64, height=64, num_frames=7, fps=2.0, sample=False)
        assert layout.sampling.indices == tuple(range(7))  # type: ignore[union-attr]
