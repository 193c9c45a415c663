"""Boxes and points in the answers of models, as upstream's documentation writes them, and in damaged ones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vtok.geometry.answers import Misread, Place, places


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # QwenLM/Qwen-VL, README.md, and Qwen2-VL
        ("<ref>the cat</ref><box>(536,509),(588,602)</box>", [Place((536, 509, 588, 602), "the cat")]),
        (
            "<|object_ref_start|>cat<|object_ref_end|><|box_start|>(100,200),(300,400)<|box_end|>",
            [Place((100, 200, 300, 400), "cat")],
        ),
        ("Action: <|box_start|>(12,34)<|box_end|>", [Place((12, 34))]),
        # Qwen2.5-VL and Qwen3-VL, cookbooks
        (
            '```json\n[\n\t{"bbox_2d": [1, 2, 3, 4], "label": "a"},\n\t{"point_2d": [5, 6], "label": "b"}\n]\n```',
            [Place((1, 2, 3, 4), "a"), Place((5, 6), "b")],
        ),
        # deepseek-ai/DeepSeek-VL2, README.md
        (
            "<|ref|>The giraffe at the back.<|/ref|><|det|>[[580, 270, 999, 900]]<|/det|>",
            [Place((580, 270, 999, 900), "The giraffe at the back.")],
        ),
        # zai-org/GLM-V, README.md
        ("It is at <|begin_of_box|>[[1, 2, 3, 4]]<|end_of_box|>.", [Place((1, 2, 3, 4))]),
        # InternVL, MiniCPM-V 4.5, CogVLM
        ("<box>[[1, 2, 3, 4], [5, 6, 7, 8]]</box>", [Place((1, 2, 3, 4)), Place((5, 6, 7, 8))]),
        ("<box>1 2 3 4</box>", [Place((1, 2, 3, 4))]),
        ("a cat [[086,540,400,760]] sleeps", [Place((86, 540, 400, 760))]),
        ("[[086,540,400,760;001,002,003,004]]", [Place((86, 540, 400, 760)), Place((1, 2, 3, 4))]),
        # PaliGemma: y first
        (
            "<loc0001><loc0002><loc0003><loc0004> cat ; <loc0005><loc0006><loc0007><loc0008> dog",
            [Place((1, 2, 3, 4), "cat", "loc0000"), Place((5, 6, 7, 8), "dog", "loc0000")],
        ),
        # Florence-2
        (
            "cat<loc_1><loc_2><loc_3><loc_4>dog<loc_5><loc_6><loc_7><loc_8>",
            [Place((1, 2, 3, 4), "cat", "loc_0"), Place((5, 6, 7, 8), "dog", "loc_0")],
        ),
        # Kosmos-2, in cells of 1 / 32
        (
            "<phrase> a snowman</phrase><object><patch_index_0044><patch_index_0863></object>",
            [Place((12.5, 1.5, 31.5, 26.5), "a snowman", "cells")],
        ),
        # Molmo, Molmo2
        ('<point x="61.5" y="40.6" alt="cup">cup</point>', [Place((61.5, 40.6), "cup", "0-100")]),
        (
            '<points x1="1.5" y1="2" x2="3" y2="4" alt="cups">cups</points>',
            [Place((1.5, 2), "cups", "0-100"), Place((3, 4), "cups", "0-100")],
        ),
        (
            'Counting the <points coords="1 1 123 456 2 789 012">cats</points> shows a total of 2.',
            [Place((123, 456), "cats", "0-1000"), Place((789, 12), "cats", "0-1000")],
        ),
        # Kimi-VL
        ("pyautogui.click(x=0.879, y=0.294)", [Place((0.879, 0.294), "click")]),
        # what people type
        ("10,20,30.5,40", [Place((10, 20, 30.5, 40))]),
        ("10, 20", [Place((10, 20))]),
        ("[10, 20, 30, 40]", [Place((10, 20, 30, 40))]),
        ("(1,2),(3,4)", [Place((1, 2, 3, 4))]),
        ('{"cat": {"left": 1, "top": 2, "right": 3, "bottom": 4}}', [Place((1, 2, 3, 4), "cat")]),
        ('{"bbox": [1,2,3,4]}\n{"bbox": [5,6,7,8], "name": "n"}', [Place((1, 2, 3, 4)), Place((5, 6, 7, 8), "n")]),
        # keys, edges and lists of JSON
        ('[{"bbox_2d": [1, 2, 3, 4], "label": "a"}]', [Place((1, 2, 3, 4), "a")]),
        ('[ {"bbox_2d": [1, 2, 3, 4], "label": "a"} ]', [Place((1, 2, 3, 4), "a")]),
        ('{"points": [[1, 2], [3, 4]], "label": "a"}', [Place((1, 2), "a"), Place((3, 4), "a")]),
        ('{"tags": ["x", "y"], "cat": {"bbox": [1, 2, 3, 4]}}', [Place((1, 2, 3, 4), "cat")]),
        ('{"1": {"bbox": [1, 2, 3, 4]}}', [Place((1, 2, 3, 4))]),
        (
            '{"a": {"bbox": [1, 2, 3, 4]}},\n{"b": {"bbox": [5, 6, 7, 8]}},',
            [Place((1, 2, 3, 4), "a"), Place((5, 6, 7, 8), "b")],
        ),
        ('[ "no", "places" ]', []),
        ('```\nnothing here\n```\n```json\n{"bbox": [1, 2, 3, 4], "name": "a"}\n```', [Place((1, 2, 3, 4), "a")]),
        ('{"bbox": [-1000000000, 0, 1000000000, 5]}', [Place((-1e9, 0, 1e9, 5))]),
        ('{"bbox": [1, 2, 3, 4], "label": "' + "a" * 90 + '"}', [Place((1, 2, 3, 4), "a" * 80)]),
        # two points in one tag, names as attributes, pairs of cells
        ("<box>[[1, 2], [3, 4]]</box>", [Place((1, 2)), Place((3, 4))]),
        ('<point x="1.5" y="2" alt="cup"/>', [Place((1.5, 2), "cup", "0-100")]),
        ('<point x="1.5" y="2"/>', [Place((1.5, 2), "", "0-100")]),
        (
            "<object><patch_index_0000><patch_index_0033><patch_index_0066><patch_index_0099></object>",
            [Place((0.5, 0.5, 1.5, 1.5), "", "cells"), Place((2.5, 2.5, 3.5, 3.5), "", "cells")],
        ),
        ("There is no cat.", []),
        ("", []),
    ],
)
def test_what_an_answer_says(text: str, expected: list[Place]) -> None:
    assert list(places(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"bbox_2d": [1,2,3,4]}, {"bbox_2d": [5,6,7', [Place((1, 2, 3, 4))]),  # cut off
        (
            '{"bbox": [1,2,3,4]}\n{oops\n{"bbox": [5,6,7,8]}',
            [Place((1, 2, 3, 4)), Misread("{oops", "line 2: no JSON"), Place((5, 6, 7, 8))],
        ),
        (
            '{"bbox": [1, 2, 3, NaN]}',
            [Misread("1,2,3,nan", "a number is not between -1,000,000,000 and 1,000,000,000")],
        ),
        (
            '{"bbox": [1, 2, 3, 1' + "0" * 400 + "]}",
            [Misread("1,2,3,1" + "0" * 53, "a number is not between -1,000,000,000 and 1,000,000,000")],
        ),
        (
            '{"bbox": [1,2,3,4]}\n{"bbox": [1,2,3]}',
            [Place((1, 2, 3, 4)), Misread("1,2,3", "line 2: 3 numbers are neither a box (4) nor a point (2)")],
        ),
        (
            "cat <box>1 2 3 4</box>\n\ndog <box>5 6 7</box>",
            [Place((1, 2, 3, 4)), Misread("5,6,7", "line 3: 3 numbers are neither a box (4) nor a point (2)")],
        ),
        (
            "1,2,3,4\n5,6\n7,8,9\n",
            [
                Place((1, 2, 3, 4)),
                Place((5, 6)),
                Misread("7,8,9", "line 3: 3 numbers are neither a box (4) nor a point (2)"),
            ],
        ),
        ('{"bbox_2d": "left"}', [Misread("'left'", "neither a box nor a point")]),
        ('{"bbox_2d": [1, 2, 3, "x"]}', [Misread("[1, 2, 3, 'x']", "neither a box nor a point")]),
        (
            '[{"bbox_2d": [1, 2, 3, 4], "label": "a"}, {"bbox_2d": [5, 6',  # cut off behind a whole object
            [Place((1, 2, 3, 4), "a")],
        ),
        ('{"bbox": [1,2,3,4]}\nhello\n{"bbox": [5,6,7,8]}', [Place((1, 2, 3, 4)), Place((5, 6, 7, 8))]),
        (
            '{"bbox": [1,2,3,4]}\n{"bbox": [5,6,7,8]}\n{oops',
            [Place((1, 2, 3, 4)), Place((5, 6, 7, 8)), Misread("{oops", "line 3: no JSON")],
        ),
        # Sixty characters of what is misread are told.
        ("{" + "o" * 99, [Misread("{" + "o" * 59, "no JSON")]),
        ('[{"bbox": [1,2,3,4]}, {' + "o" * 99 + "},", [Place((1, 2, 3, 4)), Misread("{" + "o" * 59, "no JSON")]),
        ('{"bbox": ["' + "x" * 99 + '"]}', [Misread("['" + "x" * 58, "neither a box nor a point")]),
        ('{"bbox": "' + "x" * 99 + '"}', [Misread("'" + "x" * 59, "neither a box nor a point")]),
        ('<point x="5" alt="' + "a" * 99 + '"/>', [Misread('<point x="5" alt="' + "a" * 42, "no point")]),
        ('<point x="5"/>', [Misread('<point x="5"/>', "no point")]),
        (
            '{"left": 1, "top": 2, "right": "x", "bottom": 4}',
            [Misread("[1, 2, 'x', 4]", "neither a box nor a point")],
        ),
        ("<box>1 2 3 4 5</box>", [Misread("1,2,3,4,5", "5 numbers are neither a box (4) nor a point (2)")]),
        ("<box>[1,2,3]</box>", [Misread("1,2,3", "3 numbers are neither a box (4) nor a point (2)")]),
        (
            '[{"bbox_2d": [1, 2, 3]}, {"bbox_2d": [1, 2, 3, 4]}]',
            [Misread("1,2,3", "3 numbers are neither a box (4) nor a point (2)"), Place((1, 2, 3, 4))],
        ),
    ],
)
def test_damaged_answers_do_not_lose_what_is_whole(text: str, expected: list[Place | Misread]) -> None:
    assert list(places(text)) == expected


@given(st.text(alphabet=st.sampled_from('<>|[](){}",:;=0123456789. abcxyboxdetlocpointsjson_/\n`'), max_size=200))
def test_no_text_is_too_strange(text: str) -> None:
    for place in places(text):
        assert isinstance(place, (Place, Misread))
        assert isinstance(place, Misread) or len(place.values) in (2, 4)


@pytest.mark.parametrize("piece", ["[", "<", "{", "<point x=", "1,", "(1", "<loc_", '{"a":', "<ref>", "```"])
def test_long_texts_are_read_in_one_go(piece: str) -> None:
    assert len(list(places(piece * 20_000))) <= 1
