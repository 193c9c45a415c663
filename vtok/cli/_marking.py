"""Images that `vtok locate` writes: the photo with tokens or boxes marked, and the pixels of a token."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vtok.cli._inputs import Input
from vtok.cli._pages import page_width
from vtok.cli._targets import VECTOR, check_size, format_of, write_image
from vtok.errors import UsageError
from vtok.geometry.places import scaled
from vtok.parts.family import Family
from vtok.render.drawing.drawings import ORIGINAL
from vtok.render.drawing.marks import Mark, colour, marked
from vtok.render.files import Outputs
from vtok.values import Box, Layout, Size

if TYPE_CHECKING:
    from PIL import Image

    from vtok.cli._questions import Answer
    from vtok.values.tokens import Token

NAMED = 6
"""How many tokens are named one by one; of more, each view has one label."""


def check_output(path: str | None, flag: str, sources: Sequence[Input], outputs: Outputs) -> None:
    """Raise UsageError for an output that could not be written, before anything is."""
    if path is None:
        return
    if len(sources) > 1:
        raise UsageError(f"{flag} writes one image; give one input, not {len(sources)}")
    if format_of(path, None) in VECTOR and flag == "--crop":
        raise UsageError(f"--crop {path}: pixels are written as .png, .jpg or .webp")
    if flag == "--crop" and sources[0].size is not None:
        raise UsageError(f"--crop {path}: {sources[0].name} is a size without pixels; give a file")
    outputs.check(path)


def drawn_width(text: str | None, layout: Layout) -> int | None:
    """`--width` in pixels; None for the default."""
    if text is None:
        return None
    return page_width(text) or layout.original.width


def write_marked(path: str, source: Input, layout: Layout, marks: Sequence[Mark], width: int | None, frame: int) -> str:
    """Draw marks on the input, or on `frame` of a video; a blank image stands for a bare size. What pixels are missing.

    `width` is that of the page, None for the image's own up to a limit.
    """
    scene = marked(layout.original, marks, width=width, photo=source.size is None)
    ending = format_of(path, None)
    check_size(scene.size, ending)
    images, cut = {}, ""
    if source.size is None:
        images[ORIGINAL], cut = _pixels(source, layout, scene.needed(ORIGINAL), frame)
    if ending in VECTOR:
        from vtok.render.drawing import matplotlib_renderer as vector

        write_image(path, lambda file: vector.save(scene, images, file, ending))
    else:
        from vtok.render.drawing import pillow_renderer as raster

        image = raster.draw(scene, images)
        write_image(path, lambda file: raster.save(image, file, ending))
    return cut


def _pixels(source: Input, layout: Layout, needed: Size | None, frame: int) -> "tuple[Image.Image, str]":
    """The image, or a frame of the video, and what is missing of it."""
    from vtok.media import pixels

    if source.path is None or source.path == "-":
        raise UsageError("an image is drawn from its file; give the file, not standard input")
    if layout.media.is_video:
        return pixels.frames(source.path, layout.media, [frame], needed=needed, turned=layout.turned)[frame], ""
    decoded = pixels.decoded(source.path, layout.media, needed=needed, turned=layout.turned)
    return decoded.image, decoded.cut


def _fetched(source: Input, layout: Layout, frames: Sequence[int]) -> "list[Image.Image]":
    """The image, or frames of the video, at the size to which a loader brings them before the model's own resize."""
    from vtok.media import pixels

    if layout.media.is_video and source.path:
        decoded = pixels.frames(source.path, layout.media, frames, turned=layout.turned)
        images = [decoded[number] for number in frames if number in decoded]
    else:
        images = [_pixels(source, layout, None, 0)[0]]
    fetched = next((step.after for step in layout.steps if step.name == "fetch"), None)
    return [image.resize((fetched.width, fetched.height)) for image in images] if fetched else images


def marks_of(layout: Layout, answers: "Sequence[Answer]", frame: int | None) -> list[Mark]:
    """The marks of tokens that have area, a colour for each kind of view, and of the pixels and boxes asked for."""
    marks, kinds = [], [*dict.fromkeys(view.kind for view in layout.views)]
    for answer in answers:
        groups: dict[str, list[Token]] = {}
        for token in answer.tokens:
            seen = frame is None or not token.frames or frame in token.frames
            if token.box and token.box.width > 0 and token.box.height > 0 and seen:
                groups.setdefault(layout.views[token.views[0]].kind if token.views else "", []).append(token)
        for kind, tokens in groups.items():
            shade = colour(kinds.index(kind) if kind in kinds else 0)
            if len(tokens) <= NAMED:
                marks += [Mark((token.box,), f"token {token.index}", shade) for token in tokens if token.box]
            else:
                boxes = tuple(token.box for token in tokens if token.box)
                marks.append(Mark(boxes, f"{kind}: {len(tokens):,} tokens, the first {tokens[0].index}", shade))
        marks += _asked(answer)
    return marks


def _asked(answer: "Answer") -> list[Mark]:
    question = answer.question
    if question.flag not in ("pixel", "box") or answer.error:
        return []
    point = question.flag == "pixel"
    box = Box(*(value + 0.5 for value in question.value * 2)) if point else Box(*question.value)
    return [Mark((box,), str(question))]


def frame_drawn(answers: "Sequence[Answer]", frame: int | None) -> int:
    """The frame of a video that is drawn: the one asked for, else the first that a token sees."""
    seen = (number for answer in answers for token in answer.tokens for number in token.frames)
    return frame if frame is not None else next(seen, 0)


def write_crop(path: str, source: Input, family: Family, layout: Layout, tokens: "Sequence[Token]") -> str:
    """Write the pixels of one token as the model gets them: resized by the model's filter, frames side by side.

    A token without a place that reads all of a view has all of it. Returns a sentence about what was written. Raises
    UsageError for any other number of tokens, and for a token without pixels.
    """
    from PIL import Image

    from vtok.media.resized import FILTERS

    if len(tokens) != 1:
        raise UsageError(f"--crop writes the pixels of one token, and there are {len(tokens)}; ask for one --token")
    token = tokens[0]
    if not token.views or (token.box and (token.box.width <= 0 or token.box.height <= 0)):
        why = "shows padding only" if token.box else f"is a {token.kind} token and shows no part of the image"
        raise UsageError(f"--crop: the token at position {token.position} {why}")
    view = layout.views[token.views[0]]
    part = token.box or view.source
    across, down = view.content.width / view.source.width, view.content.height / view.source.height
    size = max(1, round(part.width * across)), max(1, round(part.height * down))
    crops = [
        image.resize(size, FILTERS[family.resample], box=scaled(part, layout.original, Size(image.height, image.width)))
        for image in _fetched(source, layout, token.frames)
    ]
    sheet = Image.new("RGB", (size[0] * len(crops), size[1]))
    for i, crop in enumerate(crops):
        sheet.paste(crop, (i * size[0], 0))
    from vtok.render.drawing import pillow_renderer as raster

    write_image(path, lambda file: raster.save(sheet, file, format_of(path, None)))
    frames = f", of {len(crops)} frames side by side" if len(crops) > 1 else ""
    return f"{path}: {size[0]}x{size[1]} pixels of view {token.views[0]}{frames}, {family.resample}"
