"""The value objects: what an image or video is, and what a model makes of it.

Everything a model does to one image or video is one immutable `Layout`. It has two halves, because they differ in
every tiled model: *views* are what the encoder sees, *spans* are what the language model sees. Both say where they lie
in pixels of the original, so that counting, drawing, locating and position ids need no special case for any family.

Sizes are in pixels, height first. No object grows with the number of tokens; what is as long as the token sequence,
such as position ids, is computed on request.

`to_dict` of an object is its JSON. There nobody has to know an order: a size has a width and a height, a box has left,
top, right and bottom, a grid has t, h and w, tiles and rasters have columns and rows.

The small objects are NamedTuples, and the large ones share their methods (`frozen`): ten dataclasses would add a tenth
to the time that `vtok count` takes on an image. Read fields by name, never by place.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from vtok.values.basis import Basis, OtherCount, Status
from vtok.values.frozen import Value, frozen
from vtok.values.pieces import (
    SIDE_LIMIT,
    Box,
    Raster,
    Sink,
    Size,
    Span,
    SpanKind,
    View,
    ViewKind,
    cells_dict,
    grid_dict,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vtok.values.tokens import SequenceName, TokenMap

__all__ = [
    "ORIENTATIONS",
    "SCHEMA",
    "SIDE_LIMIT",
    "Basis",
    "Box",
    "Candidate",
    "Kind",
    "Layout",
    "Media",
    "Orientation",
    "OtherCount",
    "Prompt",
    "Raster",
    "Sampling",
    "Sink",
    "Size",
    "Span",
    "SpanKind",
    "Status",
    "Step",
    "View",
    "ViewKind",
    "cells_dict",
    "grid_dict",
]

SCHEMA = 2
"""Version of the JSON that vtok writes. `schema.json` beside this file describes that JSON."""

Orientation = Literal[1, 2, 3, 4, 5, 6, 7, 8]
Kind = Literal["image", "video"]
DPI = 144.0
"""Dots per inch at which a page of a PDF counts: twice the points of its boxes."""

ORIENTATIONS = (
    "upright",
    "mirrored left to right",
    "turned 180 degrees",
    "mirrored top to bottom",
    "turned 90 degrees clockwise and mirrored left to right",
    "turned 90 degrees clockwise",
    "turned 90 degrees counterclockwise and mirrored left to right",
    "turned 90 degrees counterclockwise",
)
"""How to turn the stored pixels of an image with EXIF orientation 1 to 8 so that it stands upright.

Source: Exif 2.32, tag 0x0112; Pillow, ImageOps.exif_transpose.
"""


@frozen
class Media(Value):
    """The measures of an image or video, read from a file or given as numbers. It knows no pixels and no model.

    `size` is the stored size, before any turn. `orientation` is the EXIF number of an image; a video's display rotation
    is put in the same terms, 6 for a quarter turn clockwise. `num_frames` is None for an image. For a video it is the
    number of frames in the container, `fps` is frames per second (the average if `variable_fps`), `duration` is in
    seconds; both are None if the file does not tell them.

    `images_in_file` is the number of frames or pages of a file of which only the first was measured. `truncated` says
    that the end of the file is missing. `format` is Pillow's or FFmpeg's name of the file's format. `page` numbers the
    page or frame that was measured; `dpi` is the resolution at which a page of a PDF counts.
    """

    size: Size
    orientation: Orientation = 1
    num_frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    variable_fps: bool = False
    images_in_file: int = 1
    truncated: bool = False
    format: str = ""
    name: str = ""
    page: int = 1
    dpi: float | None = None

    @property
    def is_video(self) -> bool:
        """Whether this is a video and not an image."""
        return self.num_frames is not None

    @property
    def total_frames(self) -> int:
        """The number of frames of a video, 0 of an image."""
        return self.num_frames or 0

    @property
    def upright(self) -> Size:
        """The size once the orientation is applied."""
        return self.size.turned if self.orientation >= 5 else self.size

    @property
    def orientation_in_words(self) -> str:
        """The stored orientation, as "EXIF orientation 6 (turned 90 degrees clockwise)" of an image."""
        words = ORIENTATIONS[self.orientation - 1]
        return f"display rotation ({words})" if self.is_video else f"EXIF orientation {self.orientation} ({words})"

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this file, a sentence each."""
        notes = []
        if self.images_in_file > 1:
            more = "pages is counted" if self.format == "TIFF" else "frames is counted; --as video takes them all"
            notes.append(f"only the first of {self.images_in_file:,} {more}; FILE[2] picks another one")
        if self.dpi:
            notes.append(f"a page of a PDF at {self.dpi:g} dpi; --dpi sets another resolution")
        if self.truncated:
            notes.append("the end of the file is missing; the count is that of the whole image")
        if self.variable_fps and self.fps:
            notes.append(f"the frame rate varies: {self.fps:.6g} fps is the average, and timestamps are estimates")
        return tuple(notes)


class Step(NamedTuple):
    """One step of the preprocessing: the sizes before and after, and the number that decided, in one sentence."""

    name: str
    before: Size
    after: Size
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a step."""
        before, after = self.before.to_dict(), self.after.to_dict()
        return {"name": self.name, "before": before, "after": after, "reason": self.reason}


class Sampling(NamedTuple):
    """The frames of a video that a pipeline takes, and the reason in one sentence.

    `indices` number the source frames that the encoder gets, repeats included. `num_sampled` is their number before the
    last one is repeated to fill a temporal patch. `fps` is the frame rate of the source and `sample_fps` that of the
    sampled frames; both are None if the rate of the source is not known.
    """

    indices: tuple[int, ...]
    num_sampled: int
    fps: float | None
    sample_fps: float | None
    reason: str


class Candidate(NamedTuple):
    """A tiling that a model considered: its tiles as (columns, rows), and the canvas that they cover.

    `scores` are (name, value) pairs in the order in which upstream compares them. One candidate is `chosen`. `reason`
    is `why`, or what makes it: a rule considers dozens of candidates, and mostly one reason is read.
    """

    tiles: tuple[int, int]
    canvas: Size
    scores: tuple[tuple[str, float], ...]
    chosen: bool = False
    reason: str | Callable[[], str] = ""

    @property
    def why(self) -> str:
        """Why this candidate won or lost, in a few words."""
        return self.reason if isinstance(self.reason, str) else self.reason()

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a candidate."""
        tiles, canvas = cells_dict(*self.tiles), self.canvas.to_dict()
        return {"tiles": tiles, "canvas": canvas, "scores": dict(self.scores), "chosen": self.chosen, "why": self.why}


@frozen
class Layout(Value):
    """What a model makes of one image or video.

    `model` is vtok's name of the family, `preset` the checkpoint, `pipeline` and `version` name the code that prepares
    the input. `original` is the size that this code works on: the stored size, turned if `turned`, which says whether
    the stored orientation is applied. All boxes and edges are in pixels of the original.

    `resized` is the size after resizing; where the model pads to whole patches, it includes that padding. `canvas` is
    the size of the resized and padded image before it is cut, and `content` the box of the canvas with real pixels.
    `tiles` is the tiling as (columns, rows): None for a model that does not tile, (0, 0) for a tiled model that makes
    no tile. `window` is the side of an attention window in pixels, and `full_layers` lists the encoder layers that
    attend without windows. `notes` are sentences that the user should read beside the numbers. `basis` says what the
    count of a model behind an API rests on; it is None for models whose code was run or read.
    """

    model: str
    preset: str
    pipeline: str
    version: str
    media: Media
    original: Size
    views: tuple[View, ...]
    spans: tuple[Span, ...]
    steps: tuple[Step, ...] = ()
    resized: Size | None = None
    canvas: Size | None = None
    content: Box | None = None
    tiles: tuple[int, int] | None = None
    sampling: Sampling | None = None
    window: int | None = None
    full_layers: tuple[int, ...] = ()
    turned: bool = False
    notes: tuple[str, ...] = ()
    basis: Basis | None = None

    def sink(self, *sinks: Sink) -> Iterator[Span]:
        """The spans of these sequences, in order."""
        return (span for span in self.spans if span.sink in sinks)

    @property
    def tokens(self) -> int:
        """The number of positions that hold a visual embedding, in the prompt or in a plain encoder's output."""
        return sum(span.tokens for span in self.sink("prompt", "output"))

    @property
    def prompt_tokens(self) -> int:
        """The number of tokens with the special tokens and timestamps around them; a plain encoder's output tokens."""
        return sum(span.positions for span in self.sink("prompt", "output"))

    @property
    def cross_attention_tokens(self) -> int:
        """The number of positions of the memory that the language model reads by cross-attention."""
        return sum(span.positions for span in self.sink("cross"))

    @property
    def encoder_tokens(self) -> int:
        """The number of encoder states that a resampler or Q-Former reads."""
        return sum(span.positions for span in self.sink("memory"))

    @property
    def estimated(self) -> bool:
        """Whether a count is an estimate, or leaves out text that only a tokenizer can count."""
        return any(span.estimated for span in self.spans) or bool(self.uncounted_text)

    @property
    def uncounted_text(self) -> tuple[str, ...]:
        """The pieces of text in the prompt that no count includes, in order: only a tokenizer can count them."""
        return tuple(span.text for span in self.sink("prompt") if span.kind == "text" and span.text and not span.count)

    @property
    def hides_patches(self) -> bool:
        """Whether it is not published how the views are cut into patches, and where in them tokens lie."""
        return all(span.kind == "unplaced" for span in self.spans if span.is_token)

    @property
    def main_views(self) -> tuple[View, ...]:
        """The views of the main encoder."""
        return tuple(view for view in self.views if view.encoder == "main")

    @property
    def global_view(self) -> View:
        """The main encoder's view of the whole image; its first view if no view shows the whole."""
        views = self.main_views
        return next((view for view in views if view.kind == "thumbnail"), views[0])

    @property
    def patches(self) -> int:
        """The number of patches of the main encoder's views."""
        return sum(view.patches for view in self.main_views)

    def token_map(self, sequence: "SequenceName | None" = None) -> "TokenMap":
        """Where each position of a sequence lies in the image.

        The sequence is the prompt (or a plain encoder's output) by default; where that holds no visual token, it is the
        memory that the language model reads by cross-attention.
        """
        from vtok.values.tokens import TokenMap

        name = sequence or ("cross" if self.cross_attention_tokens and not self.tokens else "prompt")
        sinks = ("prompt", "output") if name == "prompt" else (name,)
        return TokenMap(
            name,
            [(i, span) for i, span in enumerate(self.spans) if span.sink in sinks],
            views=self.views,
            original=self.original,
            tiles=self.tiles,
            window=self.window,
            fps=self.media.fps,
        )

    def token_box(self, index: int) -> Box | None:
        """The box of the original that a visual token covers, in pixels; None for a token without a place in the image.

        `index` counts the visual tokens from 0, learned newlines and separators included. A token that shows padding
        only has a box without area. Raises UsageError for a number that there is not.
        """
        return self.token_map().token(index).box

    def tokens_at(self, x: float, y: float, *, frame: int | None = None) -> list[int]:
        """The numbers of the visual tokens that see a point of the original, in order; of one source frame, if named.

        A tiled model sees a pixel in a tile and in the thumbnail. Raises UsageError for a point outside of the image.
        """
        return self.token_map().at_pixel(x, y, frame)

    def token_boxes(self) -> "NDArray[np.float64]":
        """The boxes of all visual tokens in pixels of the original: an array of shape (tokens, 4).

        Columns are left, top, right and bottom; rows are NaN for tokens without a place in the image.
        """
        return self.token_map().boxes()

    def to_heatmap(self, values: Any, *, size: tuple[int, int] | None = None, view: str = "") -> "NDArray[np.float64]":
        """Paint one value a token onto the image's pixels: an array of shape (height, width), as for attention maps.

        `values` are one number for each visual token, in order: `layout.tokens` of them, learned newlines included,
        whose values are left out. `size` is (width, height) of the map, by default that of the original; give one for
        large images. `view` takes the tokens of one kind of view alone: "tile", "thumbnail", "image" or "frame".
        A pixel that several tokens see has the mean of their values; one that none sees is NaN.

        Raises UsageError for another number of values, for a map that is too large and for a view that there is not.
        """
        from vtok.values.heatmaps import heatmap

        shape = None if size is None else Size(size[1], size[0])
        kinds = (view,) if view else ()
        return heatmap(self.token_map(), values, self.original, views=self.views, kinds=kinds, size=shape)

    def _repr_html_(self) -> str:
        """How a notebook shows a layout: the grid of its tokens on the image, and its facts."""
        from vtok.values.html import html

        colours = {"thumbnail": "#e69f00"}
        rasters = [
            (colours.get(self.views[span.views[0]].kind if span.views else "", "#0072b2"), raster)
            for _, span, raster in self.token_map().rasters()
        ]
        facts = [
            ("model", f"{self.model}, {self.preset}"),
            ("pipeline", f"{self.pipeline} {self.version}"),
            ("image" if not self.media.is_video else "video", f"{self.original} pixels"),
            *((step.name, f"{step.before} to {step.after}: {step.reason}") for step in self.steps),
            ("tokens", f"{self.tokens:,}"),
            ("prompt tokens", f"{self.prompt_tokens:,}"),
        ]
        return html(self.original, rasters, facts)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a layout, with the keys that apply to it. `schema.json` describes all keys.

        `grid` and `token_grid` describe the global view, or the whole video if the encoder takes videos whole. `raster`
        describes the tokens of all tiles together.
        """
        return {key: value for key, value in self.keys_and_values().items() if value is not None}

    def keys_and_values(self) -> dict[str, Any]:
        """All keys of `to_dict`; None for those that do not apply."""
        return {
            "schema": SCHEMA,
            "model": self.model,
            "preset": self.preset,
            "pipeline": self.pipeline,
            "version": self.version,
            "kind": "video" if self.media.is_video else "image",
            **self._sizes(),
            **self._grids(),
            "patches": self.patches,
            "tokens": self.tokens,
            "prompt_tokens": self.prompt_tokens,
            "encoder_tokens": self.encoder_tokens or None,
            "cross_attention_tokens": self.cross_attention_tokens or None,
            "estimated": self.estimated,
            "uncounted_text": list(self.uncounted_text) or None,
            **self._frames(),
            "window": self.window,
            "full_layers": list(self.full_layers) or None,
            "basis": self.basis and self.basis.to_dict(),
            "notes": list(self.notes) or None,
            "steps": [step.to_dict() for step in self.steps],
            "views": [view.to_dict() for view in self.views],
            "spans": [span.to_dict() for span in self.spans],
        }

    def _sizes(self) -> dict[str, Any]:
        """The part of the JSON that says how large the image is at each stage."""
        fetched = next((step.after for step in self.steps if step.name == "fetch"), None)
        return {
            "original": self.original.to_dict(),
            "orientation": self.media.orientation,
            "turned": self.turned,
            "resized": self.resized and self.resized.to_dict(),
            "canvas": self.canvas and self.canvas.to_dict(),
            "fetch_resized": fetched and fetched.to_dict(),
            "content": self.content and self.content.to_dict(),
        }

    def _grids(self) -> dict[str, Any]:
        """The part of the JSON that says how the image is cut into views, and these into patches and tokens."""
        view = self.global_view
        place = self.views.index(view)
        main = {i for i, v in enumerate(self.views) if v.encoder == "main"}
        tiles = tuple(i for i, v in enumerate(self.views) if v.kind == "tile")
        rasters = [(tuple(i for i in s.views if i in main), s.raster) for s in self.spans if s.raster]
        of_view = (r for views, r in rasters if views == (place,))
        of_tiles = (r for views, r in rasters if len(views) > 1 or (views and views == tiles))
        token_grid, raster = next(of_view, None), next(of_tiles, None)
        return {
            "tiles": self.tiles and cells_dict(*self.tiles),
            "thumbnail": any(v.kind == "thumbnail" for v in self.main_views) if self.tiles else None,
            "num_views": len(self.main_views),
            "grid": grid_dict(view.grid),
            "token_grid": token_grid and cells_dict(token_grid.columns, token_grid.rows),
            "raster": raster and cells_dict(raster.columns, raster.rows),
        }

    def _frames(self) -> dict[str, Any]:
        """The part of the JSON that is about a video, and about a file that holds more than one image."""
        media, sampling = self.media, self.sampling
        times = [span.time for span in self.spans if span.kind == "text" and span.time is not None]
        return {
            "images_in_file": media.images_in_file if media.images_in_file > 1 else None,
            "truncated": media.truncated or None,
            "page": media.page if media.page > 1 or media.dpi else None,
            "dpi": media.dpi,
            "num_frames": media.num_frames,
            "fps": media.fps,
            "duration": media.duration,
            "variable_fps": media.variable_fps if media.is_video else None,
            "frames": sampling and sampling.num_sampled,
            "indices": sampling and list(sampling.indices),
            "sample_fps": sampling and sampling.sample_fps,
            "timestamps": times or None,
            "second_per_grid_ts": next((s.raster.seconds_per_grid for s in self.spans if s.raster), None),
        }


class Prompt(NamedTuple):
    """What a model makes of several images or videos in one prompt, in their order."""

    layouts: tuple[Layout, ...]

    @property
    def tokens(self) -> int:
        """The number of visual tokens of all layouts."""
        return sum(layout.tokens for layout in self.layouts)

    @property
    def prompt_tokens(self) -> int:
        """The number of prompt tokens of all layouts."""
        return sum(layout.prompt_tokens for layout in self.layouts)

    @property
    def estimated(self) -> bool:
        """Whether the count of a layout is an estimate, or leaves out text that only a tokenizer can count."""
        return any(layout.estimated for layout in self.layouts)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a prompt, with the JSON of each layout in it."""
        layouts = [layout.to_dict() for layout in self.layouts]
        totals = {"tokens": self.tokens, "prompt_tokens": self.prompt_tokens, "estimated": self.estimated}
        return {"schema": SCHEMA, **totals, "layouts": layouts}
