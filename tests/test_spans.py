"""The text round the tokens of an image, as upstream writes it, and the words of steps, views and spans."""

import json
from importlib.resources import files
from typing import Any

import pytest

import vtok
from vtok import families
from vtok.values import Layout, Media, Size, Span

SCHEMA = json.loads(files("vtok").joinpath("schema.json").read_text("utf-8"))["$defs"]
MODELS = {preset.model: preset for preset in reversed(list(families.presets()))}


FRAMES = {"num_frames": 3, "fps": 1.0}

WRITTEN: list[tuple[str, dict[str, Any], str]] = [
    # transformers 5.23, processing_llama4.py, _prompt_split_image
    ("llama4", {"width": 300, "height": 300}, "<|image_start|><|image|>{144}<|image_end|>"),
    (
        "llama4",
        {"width": 672, "height": 672},
        ("<|image_start|>{144}<|tile_x_separator|>{144}<|tile_y_separator|>"
        "{144}<|tile_x_separator|>{144}<|tile_y_separator|><|image|>{144}<|image_end|>"),
    ),
    (
        "llama4",
        {"width": 672, "height": 336},
        "<|image_start|>{144}<|tile_x_separator|>{144}<|tile_y_separator|><|image|>{144}<|image_end|>",
    ),
    # processing_lfm2_vl.py, _build_image_tokens
    (
        "lfm2-vl",
        {"width": 1600, "height": 1000},
        ("<|image_start|><|img_row_1_col_1|>{256}<|img_row_1_col_2|>{256}<|img_row_1_col_3|>{256}"
        "<|img_row_2_col_1|>{256}<|img_row_2_col_2|>{256}<|img_row_2_col_3|>{256}<|img_thumbnail|>{240}<|image_end|>"),
    ),
    # processing_ovis2.py: _get_image_tokens
    ("ovis2", {"width": 400, "height": 400}, "<IMG_START>{256}<IMG_GRID><IMG_END>"),
    (
        "ovis2",
        {"width": 900, "height": 900},
        "<IMG_START>{256}<IMG_GRID>{256}<IMG_COL>{256}<IMG_ROW>{256}<IMG_COL>{256}<IMG_END>",
    ),
    # processing_molmo2.py, get_image_tokens
    (
        "molmo2",
        {"width": 900, "height": 500},
        "<low_res_im_start>{196}<im_end><im_start>{23 x 33 <im_col>}<im_end>",
    ),
    # processing_gemma3.py, replace_image_token; full_image_sequence has two line breaks before and after
    ("gemma3", {"width": 900, "height": 400}, "(\n\n|0)<start_of_image>{256}<end_of_image>(\n\n|0)"),
    (
        "gemma3",
        {"width": 900, "height": 400, "pan_and_scan": True},
        ("(Here is the original image |0)(\n\n|0)<start_of_image>{256}<end_of_image>(\n\n|0)"
        "( and here are some crops to help you see better |0)"
        "(\n\n|0)<start_of_image>{256}<end_of_image>(\n\n|0)( |0)(\n\n|0)<start_of_image>{256}<end_of_image>(\n\n|0)"),
    ),
    # processing_gemma4.py, replace_video_token: minutes and seconds, each frame after a space
    ("gemma4", {"width": 640, "height": 480}, "<|image>{266}<image|>"),
    (
        "gemma4",
        {"width": 640, "height": 480, "num_frames": 200, "fps": 2.0, "sample_frames": 3},  # 0, 33 and 66.5 seconds
        "(00:00 |6~)<|image>{63}<image|>( 00:33 |7~)<|image>{63}<image|>( 01:06 |7~)<|image>{63}<image|>",
    ),
    # processing_glm46v.py and processing_glm4v.py, replace_video_token: the time of each pair of frames stands last
    (
        "glm-4.6v",
        {"width": 56, "height": 56, "num_frames": 4, "fps": 0.5, "sample": False},
        ("<|begin_of_video|><|begin_of_image|>{4}<|end_of_image|>(0.0 seconds|4~)"
        "<|begin_of_image|>{4}<|end_of_image|>(4.0 seconds|4~)<|end_of_video|>"),
    ),
    (
        "glm-4.5v",
        {"width": 56, "height": 56, "num_frames": 4, "fps": 0.4, "sample": False},
        ("<|begin_of_video|><|begin_of_image|>{4}<|end_of_image|>(0|1~)"
        "<|begin_of_image|>{4}<|end_of_image|>(5|1~)<|end_of_video|>"),
    ),
    # moonshotai/Kimi-VL, chat_template.jinja
    ("kimi-vl", {"width": 56, "height": 56}, "<|media_start|>(image|1)<|media_content|>{4}<|media_end|>"),
    # processing_glm5_next.py, replace_frame_token_id; GLM-GA's is GLM-4.6V's. Four frames of 56 x 56 pixels are half of
    # the least, so that each becomes 84 x 84
    *(
        (
            model,
            {"width": 56, "height": 56, "num_frames": 4, "fps": 0.5, "sample": False},
            "<|begin_of_video|>"
            + "".join(f"<|begin_of_image|>{{{n}}}<|end_of_image|>({seconds} seconds|4~)" for seconds in ("0.0", "4.0"))
            + "<|end_of_video|>",
        )
        for model, n in (("glmga", 4), ("glm-5.3-flash", 9))
    ),
    # processing_gemma3n.py, full_image_sequence
    ("gemma3n", {"width": 64, "height": 64}, "(\n\n|0)<start_of_image>{256}<end_of_image>(\n\n|0)"),
    # processing_granite_docling.py, replace_image_token
    (
        "granite-for-docling",
        {"width": 64, "height": 64},
        "<fake_token_around_image><row_1_col_1>{64}(\n|0)",
    ),
    (
        "granite-for-docling",
        {"width": 1000, "height": 1000, "max_patches": 4},
        ("<fake_token_around_image><row_1_col_1>{64}<fake_token_around_image><row_1_col_2>{64}(\n|0)"
        "<fake_token_around_image><row_2_col_1>{64}<fake_token_around_image><row_2_col_2>{64}(\n\n|0)"
        "<fake_token_around_image><global-img>{64}<fake_token_around_image>"),
    ),
    (
        "granite-for-docling",
        {"width": 1024, "height": 512, "max_patches": 2},
        ("<fake_token_around_image><row_1_col_1>{64}<fake_token_around_image><row_1_col_2>{64}(\n\n|0)"
        "<fake_token_around_image><global-img>{64}<fake_token_around_image>"),
    ),
    # processing_lfm3_vl.py, replace_video_token: the mean time of two frames
    (
        "lfm3-vl",
        {"width": 256, "height": 256, "num_frames": 4, "fps": 2.0, "sample": False},
        "(<0.2 seconds>|0)<|vision_start|>{64}<|vision_end|>(<1.2 seconds>|0)<|vision_start|>{64}<|vision_end|>",
    ),
    # vLLM 0.33.0, hyperclovax_vision_v2.py
    ("hyperclovax-2", {"width": 56, "height": 56}, "<|image_start|>{4}<|image_end|>"),
    ("hyperclovax-2", {"width": 336, "height": 336, "num_frames": 4, "fps": 2.0}, "<|video_start|>{288}<|video_end|>"),
    # processing_molmo2.py, get_video_string; a video of unknown rate has max_fps, 2; 27 x 27 patches are pooled 3 x 3
    *(
        (
            "molmo2",
            {"width": 64, "height": 64, "num_frames": 2, "sample": False, **options},
            f"(0.0 |0)<{start}>{{81}}<{end}>( 0.5 |0)<{start}>{{81}}<{end}>",
        )
        for options, start, end in (
            ({}, "im_start", "im_end"),
            ({"use_frame_special_tokens": True}, "frame_start", "frame_end"),
        )
    ),
    # allenai/Molmo-7B-D-0924, image_preprocessing_molmo.py: 24 x 24 patches pooled 2 x 2, of the whole and of one crop
    ("molmo", {"width": 336, "height": 336}, 2 * "<im_start>{12 x 12 <im_col>}<im_end>"),
    # NVlabs/Eagle 783f656
    ("eagle2.5", {"width": 448, "height": 448}, "<img>{256}</img>"),
    # AIDC-AI/Ovis 4de4946: 14 x 14 tokens of 32 x 32 pixels
    ("ovis2.5", {"width": 448, "height": 448}, "<ovis_image_start>{196}<ovis_image_end>"),
    (
        "ovis2.5",
        {"width": 448, "height": 448, "num_frames": 2, "sample": False},
        "<ovis_video_start>{392}<ovis_video_end>",
    ),
    # processing_muse_glimmer.py: the time of the first of two frames; 24 frames a second where none is known
    *(
        (
            "muse-glimmer",
            {"width": 56, "height": 56, "num_frames": 4, "sample": False, **rate},
            "<|vid_start|>(Time: 0.0s|7~){4}<|vid_frame_separator|>" + f"(Time: {second}s|7~){{4}}<|vid_end|>",
        )
        for rate, second in (({"fps": 0.5}, "4.0"), ({}, "0.1"))
    ),
    # vLLM 0.33.0, processors/step3_vl.py
    ("step3", {"width": 300, "height": 300}, "<im_start>{169}<im_end>"),
    (
        "step3",
        {"width": 1000, "height": 1000},
        "<patch_newline>".join(2 * [2 * "<patch_start>{81}<patch_end>"]) + "<im_start>{169}<im_end>",
    ),
    # processing_embedding_gemma2.py, timestamp_fmt: minutes and seconds, frames after a space
    (
        "embedding-gemma2",
        {"width": 64, "height": 64, "num_frames": 2, "fps": 1.0, "sample": False, "add_timestamps": True},
        "(00:00 |6~)<|image>{64}<image|>( 00:01 |7~)<|image>{64}<image|>",
    ),
    (
        "embedding-gemma2",
        {"width": 64, "height": 64, "num_frames": 2, "sample": False},
        "<|image>{64}<image|><|image>{64}<image|>",
    ),
    # processing_kimi_k25.py, replace_video_token: hours of a day, minutes, seconds and thousandths of each four frames
    ("kimi-k2.5", {"width": 56, "height": 56}, "<|media_begin|>(image|1)<|media_content|>{4}<|media_end|>"),
    (
        "kimi-k2.5",
        {"width": 56, "height": 56, "num_frames": 8, "fps": 4 / 90061.9999, "sample": False},  # 25:01:01.9999
        ("(00:00:00.000|7~)<|media_begin|>(video|1)<|media_content|>{4}<|media_end|>"
        "(01:01:01.999|7~)<|media_begin|>(video|1)<|media_content|>{4}<|media_end|>"),
    ),
    # processing_minimax_m3_vl.py, replace_video_token; without a rate no time is written
    (
        "minimax-m3-vl",
        {"width": 56, "height": 56, "num_frames": 4, "fps": 2.0, "sample": False},
        ("(]<]0.0 seconds[>[|8~)]<]start of image[>[{4}]<]end of image[>["
        "(]<]1.0 seconds[>[|8~)]<]start of image[>[{4}]<]end of image[>["),
    ),
    (
        "minimax-m3-vl",
        {"width": 56, "height": 56, "num_frames": 2, "sample": False},
        "(|0)]<]start of image[>[{4}]<]end of image[>[",
    ),
    # processing_emu3.py: rows and columns of the grid, a token at the end of each row
    (
        "emu3",
        {"width": 600, "height": 616},
        "<|image start|>(77*75|5~)<|image token|>{77 x 75 <|extra_200|>}<|extra_201|><|image end|>",
    ),
    # processing_qwen3_vl.py, replace_video_token: the mean time of two frames; 5.23 keeps the template's start and end
    (
        "qwen3-vl",
        {"width": 64, "height": 64, "num_frames": 4, "fps": 2.0, "sample": False},
        ("<|vision_start|>(<0.2 seconds>|6)<|vision_start|>{4}<|vision_end|>"
        "(<1.2 seconds>|6)<|vision_start|>{4}<|vision_end|><|vision_end|>"),
    ),
    # its vocabulary is another one, so that the tokens of a timestamp are estimates
    (
        "qwen3.5",
        {"width": 64, "height": 64, "num_frames": 2, "fps": 2.0, "sample": False},
        "<|vision_start|>(<0.2 seconds>|6~)<|vision_start|>{4}<|vision_end|><|vision_end|>",
    ),
    # processing_video_llama_3.py, replace_video_token; a video of unknown rate has a frame a second
    (
        "videollama3",
        {"width": 64, "height": 64, **FRAMES},
        "(Time 0.0s:|7){16~}(,Time 1.0s:|8){16~}(,Time 2.0s:|8){16~}",
    ),
    (
        "videollama3",
        {"width": 64, "height": 64, "num_frames": 2, "sample": False},
        "(Time 0.0s:|7){16~}(,Time 1.0s:|8){16~}",
    ),
    (
        "videollama3",
        {"width": 64, "height": 64, **FRAMES, "use_token_compression": False, "sample_frames": 1},
        "(Time 0.0s:|7){16}",
    ),
    # processing_smolvlm.py, replace_video_token: a video of unknown rate lasts until its last frame, at 24 a second
    *(
        (
            "smolvlm2-2.2b",
            {"width": 64, "height": 64, **rate},
            f"(You are provided the following series of {number} frames from a 0:00:02 [H:MM:SS] video.\n|0)"
            + "".join(
                f"(\nFrame from 00:{second:02d}:|0)<fake_token_around_image><global-img>{{81}}<fake_token_around_image>"
                for second in seconds
            )
            + "(\n\n|0)",
        )
        for rate, number, seconds in (
            ({"num_frames": 8, "fps": 4.0}, "two", (0, 1)),
            ({"num_frames": 50, "sample": False}, "fifty", [i // 24 for i in range(50)]),
        )
    ),
    # processing_ernie4_5_vl_moe.py
    ("ernie-4.5-vl", {"width": 64, "height": 64}, "<|IMAGE_START|>{4}<|IMAGE_END|>"),
    ("ernie-4.5-vl", {"width": 640, "height": 480, **FRAMES}, "<|VIDEO_START|>{782}<|VIDEO_END|>"),
    # processing_llava_onevision.py: one newline after all frames, and after the one view of each of several images
    ("llava-onevision", {"width": 64, "height": 64, **FRAMES}, "{196}{196}{196}{1}"),
    ("llava-onevision", {"width": 64, "height": 64, "num_images": 2}, "{729}{1}"),
    # processing_llava_next_video.py
    ("llava-next-video", {"width": 64, "height": 64, **FRAMES}, "{144}{144}{144}"),
    # Qwen/Qwen-VL, modeling_qwen.py: 256 slots, which begin with the bytes of the path
    ("qwen-vl", {"width": 9, "height": 9}, "{1024}<img>{256 <imgpad>}</img>"),
    (
        "qwen-vl",
        {"width": 9, "height": 9, "image_path": "a\u0308.png"},  # two bytes in composed form
        "{1024}<img>{6 a\u0308.png}{250 <imgpad>}</img>",
    ),
    # the class state and 40 x 40 patches of each tile; tiles that are not used are black
    ("llama-3.2-vision", {"width": 300, "height": 300}, "<|image|>{1}{1600}{4803}"),
    ("llama-3.2-vision", {"width": 600, "height": 600}, "<|image|>" + 4 * "{1}{1600}"),
    # processing_cohere2_vision.py: a line break after each tile
    (
        "cohere2-vision",
        {"width": 600, "height": 600, "crop_to_patches": False},
        "<|START_OF_IMG|>{256}<|IMG_LINE_BREAK|><|END_OF_IMG|>",
    ),
    # OpenBMB/MiniCPM-V 0dbb566, finetune/dataset.py, and transformers 5.23, processing_minicpmv4_6.py: the image's
    # number, the whole image, then the slices with a new line after each row but the last
    *(
        (
            model,
            {"width": 800, "height": 600},
            "(<image_id>0</image_id>|3)<image>{n}</image><slice>{n}</slice><slice>{n}</slice>(\n|0)"
            "<slice>{n}</slice><slice>{n}</slice>".replace("n}", f"{tokens}}}"),
        )
        for model, tokens in (("minicpm-v-2.6", 64), ("minicpm-v-4.6", 7 * 9))
    ),
    (
        "minicpm-v-2.6",
        {"width": 3 * 448, "height": 2 * 448},
        "(<image_id>0</image_id>|3)<image>{64}</image>" + "(\n|0)".join(2 * [3 * "<slice>{64}</slice>"]),
    ),
    # haotian-liu/LLaVA c121f04, llava/constants.py
    ("llava-v1", {"width": 500, "height": 500}, "<im_start>{256}<im_end>"),
]  # fmt: skip
"""What upstream's processors write into the prompt: model, input and the text.

{4} are four tokens, {2 x 3 end} two rows of three with a token at the end of each, (text|4) is text of four tokens, of
which ~ says that their number is estimated.
"""


def written(layout: Layout) -> str:
    """The spans in that form."""
    return "".join(map(_written, layout.spans))


def _written(span: Span) -> str:
    about = "~" if span.estimated else ""
    if span.raster and span.row_end:
        return f"{{{span.raster.rows} x {span.raster.columns} {span.row_end.text}}}"
    if span.kind == "text":
        return f"({span.text}|{span.count}{about})"
    if span.is_token:
        return f"{{{span.count}{about}{' ' if span.text else ''}{span.text}}}"
    return span.text


@pytest.mark.parametrize(("model", "options", "text"), WRITTEN)
def test_what_stands_in_the_prompt(model: str, options: dict[str, Any], text: str) -> None:
    assert written(vtok.layout(model, **options)) == text


@pytest.mark.parametrize(("pipeline", "dash"), [("original", "-"), ("transformers", "")])
def test_the_names_of_frames_of_internvl(pipeline: str, dash: str) -> None:
    # OpenGVLab/InternVL 2410d1d, README.md: "Frame-1: <image>\n"; transformers 5.23: "Frame1: "
    layout = vtok.layout("internvl", width=448, height=448, num_frames=32, fps=8.0, pipeline=pipeline, sample_frames=2)
    names = [span.text for span in layout.spans if "Frame" in span.text]
    assert names == [f"Frame{dash}1: ", f"\nFrame{dash}2: "]


@pytest.mark.parametrize("model", MODELS)
def test_views_and_spans_have_the_words_of_the_schema(model: str) -> None:
    preset = MODELS[model]
    views, spans, sinks = (
        set(SCHEMA[part]["properties"][key]["enum"])
        for part, key in (("view", "kind"), ("span", "kind"), ("span", "sink"))
    )
    media = [Media(size=Size(1250, 1000)), Media(size=Size(100, 90))] if "image" in preset.kinds else []
    media += [Media(size=Size(360, 640), num_frames=64, fps=8.0)] if "video" in preset.kinds else []
    for layout in map(preset.layout, media):
        assert {view.kind for view in layout.views} <= views
        assert {span.kind for span in layout.spans} <= spans
        assert {span.row_end.kind for span in layout.spans if span.row_end} <= spans
        assert {span.sink for span in layout.spans} <= sinks


@pytest.mark.parametrize("model", [model for model, preset in MODELS.items() if "image" in preset.kinds])
def test_the_orientation_is_the_first_step(model: str) -> None:
    for size in (Size(1250, 1000), Size(100, 90)):
        first, *others = MODELS[model].layout(Media(size=size, orientation=6)).steps
        assert (first.name, first.before) == ("orient", size)
        assert others[0].before == first.after


def test_names_of_presets_are_in_lower_case() -> None:
    short = [
        name
        for preset in families.presets()
        for name in (preset.preset, preset.model, *preset.aliases)
        if "/" not in name
    ]
    assert [name for name in short if name != name.lower()] == []


def alike(model: str, size: tuple[int, int], boxes: list[tuple[float, float, float, float]], **options: Any) -> None:
    """Compare the parts of the image that the tiles of a model show: left, top, right, bottom."""
    tiles = [view for view in vtok.layout(model, width=size[0], height=size[1], **options).views if view.kind == "tile"]
    assert [tuple(view.source) for view in tiles] == [pytest.approx(box) for box in boxes]


def test_crops_of_gemma3_by_hand() -> None:
    alike("gemma3", (901, 400), [(0, 0, 451, 400), (451, 0, 901, 400)], pan_and_scan=True)
    alike("gemma3", (400, 901), [(0, 0, 400, 451), (0, 451, 400, 901)], pan_and_scan=True)


def test_crops_of_molmo2_by_hand() -> None:
    # windows of 27 - 8 patches of 14; a canvas of 3 x 2 windows has margins of 112 pixels more
    across, down = 900 / (3 * 266 + 112), 500 / (2 * 266 + 112)
    corners = [(266 * column, 266 * row) for row in range(2) for column in range(3)]
    boxes = [(x * across, y * down, (x + 378) * across, (y + 378) * down) for x, y in corners]
    alike("molmo2", (900, 500), boxes)


def test_crops_of_moondream_by_hand() -> None:
    # as Molmo 2's, 4 x 2 of them
    across, down = 900 / (4 * 266 + 112), 500 / (2 * 266 + 112)
    corners = [(266 * column, 266 * row) for row in range(2) for column in range(4)]
    boxes = [(x * across, y * down, (x + 378) * across, (y + 378) * down) for x, y in corners]
    alike("moondream2", (900, 500), boxes)


@pytest.mark.parametrize(("pipeline", "top"), [("original", 342), ("transformers", 341)])
def test_the_padding_of_deepseek_ocr_2_by_hand(pipeline: str, top: int) -> None:
    # 1000 x 333 is 1024 x 341; Pillow's pad rounds half of 683 rows up to even, transformers down
    view = vtok.layout("deepseek-ocr-2", width=1000, height=333, pipeline=pipeline).views[-1]
    assert (view.content.top, view.content.height) == (top, 341)


@pytest.mark.parametrize("model", MODELS)
def test_every_view_makes_tokens(model: str) -> None:
    preset = MODELS[model]
    media = [Media(size=Size(1250, 1000)), Media(size=Size(100, 90))] if "image" in preset.kinds else []
    media += [Media(size=Size(360, 640), num_frames=64, fps=8.0)] if "video" in preset.kinds else []
    for layout in map(preset.layout, media):
        assert {i for span in layout.spans for i in span.views} == set(range(len(layout.views)))
