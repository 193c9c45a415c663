"""What steps, samplings and candidates say of themselves agrees with their numbers, for every model."""

import re
from collections.abc import Callable

import pytest
from test_families import PRESETS, SIZES, layouts

import vtok
from vtok.values import Layout, Media, Sampling, Size, Step

MODELS = {preset.model: preset for preset in reversed(PRESETS.values())}
NAMES = {
    "bill",
    *("orient", "fetch", "resize", "lift", "square", "crop", "pad", "tile", "thumbnail", "unpad", "shrink", "siglip"),
    "resize for cross-attention",
}
OF_TOKENS = {"unpad", "shrink"}
"""The steps whose sizes are in tokens of the tiles, not in pixels."""

Agrees = Callable[[Step, int], bool]

SENTENCES: dict[str, Agrees] = {
    r"shrunk by|: shrunk to|are shrunk to": lambda step, _: step.after.area < step.before.area,
    r"^enlarged |: enlarged to": lambda step, _: step.after.area > step.before.area,
    r"^not resized: |already|stay as they are": lambda step, _: step.after == step.before,
    r"multiples of (\d+)\b(?! already)": lambda step, n: step.after.height % n == step.after.width % n == 0,
    r"pixels are above max_pixels ([\d,]+): shrunk": lambda step, n: step.after.area <= n,
    r"pixels are below min_pixels ([\d,]+): enlarged": lambda step, n: step.after.area >= n,
    r"; ([\d,]+) pixels are within the limits": lambda step, n: step.after.area == n,
    r"^the longer side is resized to ([\d,]+)(?!.*multiple)": lambda step, n: max(step.after) == n,
    r"^the shorter side is resized to ([\d,]+)(?!.*multiple)": lambda step, n: min(step.after) == n,
    r"(?:stretched|resized) to (\d+)x\d+": lambda step, n: step.after.width == n,
    r"(?:stretched|resized) to \d+x(\d+)": lambda step, n: step.after.height == n,
    r"stretched to .*: the aspect ratio": lambda step, _: not same_aspect(step),
    r"^resized to \d+x\d+$": lambda step, _: same_aspect(step),
    r": (\d+) pixels at the right": lambda step, n: step.after.width - step.before.width == n,
    r" (\d+) at the bottom": lambda step, n: step.after.height - step.before.height == n,
}
"""What a sentence says, as a pattern, and whether a step agrees with it; the number is that in the pattern's group."""


def same_aspect(step: Step) -> bool:
    """Whether the aspect ratio is kept to the pixel."""
    return step.before.width * step.after.height == step.before.height * step.after.width


def check_sentence(text: str) -> None:
    """A clause: it begins with a small letter or a digit, and nothing that is missing stands in it."""
    assert text
    assert text == text.strip(" ,;:.")
    assert not text[0].isupper()
    assert "None" not in text
    assert not re.search(r"[A-Z]{2,}", text.replace("EXIF", "")), text


def disagreements(step: Step) -> list[str]:
    """The patterns of the sentences that this step does not agree with."""
    wrong = []
    for pattern, agrees in SENTENCES.items():
        if match := re.search(pattern, step.reason):
            number = int(match.group(1).replace(",", "")) if match.re.groups else 0
            if not agrees(step, number):
                wrong.append(pattern)
    return wrong


def check_steps(layout: Layout) -> None:
    """Each step starts from the image or from what an earlier step made of it."""
    sizes = {layout.media.size, layout.original}
    for step in layout.steps:
        assert step.name in NAMES
        assert isinstance(step.before, Size)
        assert isinstance(step.after, Size)
        assert step.before in sizes or step.name in OF_TOKENS, f"{step} starts from none of {sizes}"
        check_sentence(step.reason)
        assert not disagreements(step), f"{step} disagrees with {disagreements(step)}"
        sizes.add(step.after)


def check_sampling(sampling: Sampling, media: Media) -> None:
    """Frames of the video in their order, the last one repeated at most, and the rate that is left."""
    total = media.num_frames or 0
    taken, repeats = sampling.indices[: sampling.num_sampled], sampling.indices[sampling.num_sampled :]
    assert list(taken) == sorted(taken)
    assert 0 <= taken[0] <= taken[-1] < total
    assert set(repeats) <= {taken[-1]}
    assert sampling.fps == media.fps
    distance = taken[1] - taken[0] if len(taken) > 1 else total
    rates = [len(taken) / total * (media.fps or 0), (media.fps or 0) / max(distance, 1)]
    assert any(sampling.sample_fps == pytest.approx(rate) for rate in rates)
    check_sentence(sampling.reason)
    assert re.search(rf"\b{total}\b", sampling.reason)


@pytest.mark.parametrize("name", MODELS)
def test_steps_and_samplings_agree_with_their_sentences(name: str) -> None:
    for layout in layouts(MODELS[name]):
        check_steps(layout)
        if layout.sampling:
            check_sampling(layout.sampling, layout.media)


@pytest.mark.parametrize("name", [name for name, preset in MODELS.items() if hasattr(preset, "candidates")])
def test_candidates_say_why_and_have_scores(name: str) -> None:
    for size in SIZES:
        try:
            candidates = MODELS[name].candidates(Media(size=size))  # type: ignore[attr-defined]
        except vtok.UnsupportedSizeError:
            continue
        for candidate in candidates:
            check_sentence(candidate.why)
            assert isinstance(candidate.canvas, Size)
            assert candidate.canvas.area > 0
            assert candidate.scores or len(candidates) == 1
            for score, value in candidate.scores:
                check_sentence(score)
                assert isinstance(value, float | int)
        won = {candidate.why for candidate in candidates if candidate.chosen}
        lost = {candidate.why for candidate in candidates if not candidate.chosen}
        assert not won & lost, "the same words say why one candidate won and why others lost"


def test_every_sentence_occurs() -> None:
    steps = [step for preset in MODELS.values() for layout in layouts(preset) for step in layout.steps]
    missing = [pattern for pattern in SENTENCES if not any(re.search(pattern, step.reason) for step in steps)]
    assert not missing, "no step says this any more; change the pattern with the words"


@pytest.mark.parametrize(
    ("reason", "before", "after"),
    [
        ("after rounding, 400 pixels are above max_pixels 100: shrunk to multiples of 5", Size(20, 20), Size(10, 15)),
        ("after rounding, 400 pixels are above max_pixels 100: shrunk to multiples of 5", Size(20, 20), Size(9, 10)),
        ("after rounding, 25 pixels are below min_pixels 100: enlarged to multiples of 5", Size(5, 5), Size(5, 15)),
        ("both sides rounded to multiples of 5; 30 pixels are within the limits", Size(5, 5), Size(5, 5)),
        ("not resized: it fits the canvas", Size(5, 5), Size(5, 6)),
        ("the longer side is resized to 9", Size(5, 5), Size(8, 8)),
        ("stretched to 8x8: the aspect ratio 1.00 becomes 0.88", Size(5, 5), Size(8, 7)),
        ("stretched to 8x8: the aspect ratio 1.00 becomes 0.88", Size(5, 5), Size(8, 8)),
        ("resized to 8x7", Size(5, 5), Size(7, 8)),
        ("padded to multiples of 2: 2 pixels at the right, 1 at the bottom", Size(5, 5), Size(6, 6)),
    ],
)
def test_the_comparison_can_fail(reason: str, before: Size, after: Size) -> None:
    assert disagreements(Step("resize", before, after, reason))
    assert not disagreements(Step("resize", Size(5, 5), Size(8, 8), "resized to 8x8"))


@pytest.mark.parametrize("text", ["", "Shrunk", "shrunk.", "to None", "XXshrunkXX", "SHRUNK", " shrunk"])
def test_what_is_no_sentence(text: str) -> None:
    with pytest.raises(AssertionError):
        check_sentence(text)
