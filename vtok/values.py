"""The value objects: what an image or video is, and what a model makes of it.

Everything a model does to one image or video is one immutable `Layout`. It has two halves, because they differ in
every tiled model: *views* are what the encoder sees, *spans* are what the language model sees. Both say where they lie
in pixels of the original, so that counting, drawing, locating and position ids need no special case for any family.

Sizes are in pixels, height first. Nothing here is as long as the token sequence: what is, is computed on request.

The small ones are NamedTuples, since a dataclass costs six times as much at import: of ten that is a tenth of the time
that `vtok count` takes on an image. They are read by name, never by place.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

SCHEMA = 1
"""Version of the JSON that `Layout.to_dict` describes."""

Orientation = Literal[1, 2, 3, 4, 5, 6, 7, 8]
Kind = Literal["image", "video"]
ViewKind = Literal["image", "tile", "thumbnail", "frame"]
SpanKind = Literal["vision", "query", "newline", "separator", "class", "register", "special", "text"]
Sink = Literal["prompt", "cross", "memory", "output"]


class Size(NamedTuple):
    """Pixels, height first, as upstream; printed as WxH, as everywhere on the command line."""

    height: int
    width: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"

    @property
    def area(self) -> int:
        """Pixels in all."""
        return self.height * self.width

    @property
    def turned(self) -> "Size":
        """The size after a quarter turn."""
        return Size(self.width, self.height)


class Box(NamedTuple):
    """A half-open rectangle in pixels; edges may be fractions."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @classmethod
    def of(cls, size: Size) -> "Box":
        """The box that covers a whole image of that size."""
        return cls(0, 0, size.width, size.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What was measured from a file, or said on the command line. No pixels, no model.

    `size` is as stored, before any turn; `orientation` is the EXIF number (a video's display rotation in the same
    terms: 6 for a quarter turn clockwise). A still image has no `num_frames`; for a video it counts the frames of the
    container.
    """

    size: Size
    orientation: Orientation = 1
    num_frames: int | None = None
    fps: float | None = None
    duration: float | None = None
    variable_fps: bool = False
    format: str = ""
    name: str = ""

    @property
    def is_video(self) -> bool:
        """Whether this is a video rather than a still image."""
        return self.num_frames is not None

    @property
    def upright(self) -> Size:
        """The size once the orientation is applied."""
        return self.size.turned if self.orientation >= 5 else self.size


class Step(NamedTuple):
    """One step of the preprocessing: which branch of the rule was taken, and which limit bit."""

    name: str
    before: Size
    after: Size
    reason: str


class Sampling(NamedTuple):
    """Which frames of a video a pipeline takes, and why.

    `indices` are source frames as the encoder gets them, repeats included; `num_sampled` counts those taken before the
    last one is repeated to fill a temporal patch. `fps` is the source's (None where nobody knows), `sample_fps` what is
    left of it.
    """

    indices: tuple[int, ...]
    num_sampled: int
    fps: float | None
    sample_fps: float | None
    reason: str


class View(NamedTuple):
    """One image (or one video, at one size) given to an encoder.

    `grid` counts patches as (t, h, w); patches of `patch_size` pixels start at the view's top left corner and may leave
    a remainder at its right and bottom. `merge_size` x `merge_size` of them become one token; with `block_order` the
    patches of one token enter the encoder one after the other, otherwise patches enter row by row. `content` is the box
    of the view that shows real pixels, `source` the box of the original that it shows. `frames` are the source frames,
    repeats kept.
    """

    kind: ViewKind
    size: Size
    grid: tuple[int, int, int]
    patch_size: int
    content: Box
    source: Box
    merge_size: int = 1
    block_order: bool = False
    encoder: str = "main"
    frames: tuple[int, ...] = ()

    @property
    def patches(self) -> int:
        """Number of patches, over all temporal steps."""
        t, h, w = self.grid
        return t * h * w


class Raster(NamedTuple):
    """Where a block of tokens lies: t x rows x columns cells with their edges in pixels of the original.

    `ys` holds rows + 1 and `xs` columns + 1 edges, clamped to the original; a cell without area is padding only. The
    box of token (t, r, c) is (xs[c], ys[r], xs[c + 1], ys[r + 1]). `frames[t]` are the source frames that step t stands
    for.
    """

    t: int
    rows: int
    columns: int
    ys: tuple[float, ...]
    xs: tuple[float, ...]
    frames: tuple[tuple[int, ...], ...] = ()
    seconds_per_grid: float | None = None

    @property
    def cells(self) -> int:
        """Number of cells, one token each."""
        return self.t * self.rows * self.columns

    def box(self, row: int, column: int) -> Box:
        """Where the tokens of one cell lie in the original."""
        return Box(self.xs[column], self.ys[row], self.xs[column + 1], self.ys[row + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of positions.

    `sink` says where they go: the language model's prompt; cross, a memory that it reads by cross-attention; memory,
    the encoder states that a resampler or Q-Former reads; output, what a plain encoder returns. `is_token` tells
    positions taken by a visual embedding (learned newlines and separators included) from vocabulary tokens around them.
    A span with a `raster` has one position a cell, and after each row those of `row_end` (after the last row only where
    `last_row_end`). `views` are indices into `Layout.views`: whose features these are. `time` is in seconds;
    `estimated` marks a count not known exactly.
    """

    kind: SpanKind
    count: int
    sink: Sink = "prompt"
    is_token: bool = False
    text: str = ""
    estimated: bool = False
    time: float | None = None
    raster: Raster | None = None
    row_end: "Span | None" = None
    last_row_end: bool = True
    views: tuple[int, ...] = ()

    @property
    def row_ends(self) -> int:
        """How many rows are closed by `row_end`."""
        if self.row_end is None or self.raster is None:
            return 0
        return max(0, self.raster.t * self.raster.rows - (0 if self.last_row_end else 1))

    @property
    def positions(self) -> int:
        """Positions in the sequence, row ends included."""
        return self.count + (self.row_ends * self.row_end.count if self.row_end else 0)

    @property
    def tokens(self) -> int:
        """Positions taken by a visual embedding, row ends included where they are learned."""
        own = self.count if self.is_token else 0
        return own + (self.row_ends * self.row_end.tokens if self.row_end else 0)


class Candidate(NamedTuple):
    """A tiling that a model considered: `tiles` (columns, rows), its canvas, and the scores by which upstream chooses.

    `scores` are (name, value) pairs in the order in which upstream compares them. One candidate is `chosen`; `why` says
    in a few words why it won, or lost.
    """

    tiles: tuple[int, int]
    canvas: Size
    scores: tuple[tuple[str, float], ...]
    chosen: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a model makes of one image or video.

    `original` is the size that the pipeline works on (the stored size, turned where the pipeline's loader turns it);
    all boxes and edges are in its pixels. `resized` is the image after resizing (after padding, too, where the model
    pads to whole patches), `canvas` the resized and padded image before it is cut, `content` where real pixels lie in
    it. `tiles` are (columns, rows) of the tiling, (0, 0) where a tiled model makes no tile. `window` is the side of an
    attention window in pixels, `full_layers` the encoder layers that attend without it. `notes` are what the user
    should know of this answer.
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
    notes: tuple[str, ...] = ()

    def sink(self, *sinks: Sink) -> Iterator[Span]:
        """The spans that go there, in order."""
        return (span for span in self.spans if span.sink in sinks)

    @property
    def tokens(self) -> int:
        """Positions of the language model (or of a plain encoder's output) taken by a visual embedding."""
        return sum(span.tokens for span in self.sink("prompt", "output"))

    @property
    def prompt_tokens(self) -> int:
        """`tokens` and the vocabulary tokens that the processor adds for them; a plain encoder's output tokens."""
        return sum(span.positions for span in self.sink("prompt", "output"))

    @property
    def cross_attention_tokens(self) -> int:
        """Positions of the memory that the language model reads by cross-attention."""
        return sum(span.positions for span in self.sink("cross"))

    @property
    def encoder_tokens(self) -> int:
        """Encoder states that a resampler or Q-Former reads."""
        return sum(span.positions for span in self.sink("memory"))

    @property
    def estimated(self) -> bool:
        """Whether any count in here is an estimate."""
        return any(span.estimated for span in self.spans)

    @property
    def main_views(self) -> tuple[View, ...]:
        """The views of the main encoder."""
        return tuple(view for view in self.views if view.encoder == "main")

    @property
    def global_view(self) -> View:
        """The main encoder's view of the whole image where there is one, else its first view."""
        views = self.main_views
        return next((view for view in views if view.kind == "thumbnail"), views[0])

    @property
    def patches(self) -> int:
        """Patches of the main encoder's views."""
        return sum(view.patches for view in self.main_views)

    def to_dict(self) -> dict[str, Any]:
        """The stable JSON: plain lists, numbers and strings, with the keys that apply to this layout.

        Sizes are [h, w], `content` is [top, left, height, width] in the canvas, `tiles` [columns, rows], `grid` [t, h,
        w] in patches of the global view (of the whole video where the encoder takes videos whole), boxes [left, top,
        right, bottom].
        """
        return {key: _plain(value) for key, value in self.facts().items() if value is not None}

    def facts(self) -> dict[str, Any]:
        """All keys of `to_dict`; None for those that do not apply."""
        view = self.global_view
        main = {i for i, v in enumerate(self.views) if v.encoder == "main"}
        rasters = [(tuple(i for i in s.views if i in main), s.raster) for s in self.spans if s.raster]
        own = self.views.index(view)
        tiles = tuple(i for i, v in enumerate(self.views) if v.kind == "tile")
        return {
            "schema": SCHEMA,
            "model": self.model,
            "preset": self.preset,
            "pipeline": self.pipeline,
            "version": self.version,
            "kind": "video" if self.media.is_video else "image",
            "original": self.original,
            "orientation": self.media.orientation,
            "resized": self.resized,
            "canvas": self.canvas,
            "fetch_resized": next((step.after for step in self.steps if step.name == "fetch"), None),
            "content": self.content and _top_left(self.content),
            "tiles": self.tiles,
            "thumbnail": any(v.kind == "thumbnail" for v in self.main_views) if self.tiles else None,
            "num_views": len(self.main_views),
            "grid": view.grid,
            "token_grid": next(((r.rows, r.columns) for views, r in rasters if own in views and len(views) == 1), None),
            "raster": next(((r.rows, r.columns) for of, r in rasters if len(of) > 1 or (of and of == tiles)), None),
            "patches": self.patches,
            "tokens": self.tokens,
            "prompt_tokens": self.prompt_tokens,
            "encoder_tokens": self.encoder_tokens or None,
            "cross_attention_tokens": self.cross_attention_tokens or None,
            "estimated": self.estimated or None,
            **self._video_facts(),
            "window": self.window,
            "full_layers": self.full_layers or None,
            "notes": self.notes or None,
            "steps": [_plain(step) for step in self.steps],
            "views": [_plain(v) for v in self.views],
            "spans": [_plain(span) for span in self.spans],
        }

    def _video_facts(self) -> dict[str, Any]:
        sampling = self.sampling
        times = [span.time for span in self.spans if span.kind == "text" and span.time is not None]
        return {
            "num_frames": self.media.num_frames,
            "fps": self.media.fps,
            "frames": sampling and sampling.num_sampled,
            "indices": sampling and sampling.indices,
            "sample_fps": sampling and sampling.sample_fps,
            "timestamps": times or None,
            "second_per_grid_ts": next((s.raster.seconds_per_grid for s in self.spans if s.raster), None),
        }


class Prompt(NamedTuple):
    """Several images or videos in one prompt, in order."""

    layouts: tuple[Layout, ...]

    @property
    def tokens(self) -> int:
        """Visual tokens of all layouts."""
        return sum(layout.tokens for layout in self.layouts)

    @property
    def prompt_tokens(self) -> int:
        """Prompt tokens of all layouts."""
        return sum(layout.prompt_tokens for layout in self.layouts)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON, with that of each layout in it."""
        layouts = [layout.to_dict() for layout in self.layouts]
        return {"schema": SCHEMA, "tokens": self.tokens, "prompt_tokens": self.prompt_tokens, "layouts": layouts}


def _top_left(box: Box) -> list[float]:
    return [box.top, box.left, box.height, box.width]


def _plain(value: Any) -> Any:
    """A value object as a dictionary without its empty fields, sizes, boxes and sequences as lists."""
    if isinstance(value, (Size, Box)) or type(value) in (tuple, list):
        return [_plain(item) for item in value]
    names = getattr(value, "_fields", None) or getattr(value, "__dataclass_fields__", None)
    if names is None:
        return value
    pairs = ((name, getattr(value, name)) for name in names)
    return {name: _plain(item) for name, item in pairs if item is not None and item not in ("", ())}
