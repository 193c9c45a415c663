"""The value objects: what an image or video is, and what a model makes of it.

Everything a model does to one image or video is one immutable `Layout`. It has two halves, because they differ in
every tiled model: *views* are what the encoder sees, *spans* are what the language model sees. Both say where they lie
in pixels of the original, so that counting, drawing, locating and position ids need no special case for any family.

Sizes are in pixels, height first. Nothing here is as long as the token sequence: what is, is computed on request.

`to_dict` of each object is its JSON, in which nobody has to know an order: a size has a width and a height, a box left,
top, right and bottom, a grid t, h and w, tiles and rasters columns and rows.

The small ones are NamedTuples, since a dataclass costs six times as much at import: of ten that is a tenth of the time
that `vtok count` takes on an image. They are read by name, never by place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

SCHEMA = 2
"""Version of all JSON that vtok writes; `schema.json` beside this file describes it."""

Orientation = Literal[1, 2, 3, 4, 5, 6, 7, 8]
Kind = Literal["image", "video"]
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
"""What is done to the stored pixels of an image with EXIF orientation 1 to 8, so that it stands upright.

Source: Exif 2.32, tag 0x0112; Pillow, ImageOps.exif_transpose.
"""

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

    def to_dict(self) -> dict[str, int]:
        """The JSON of a size."""
        return {"width": self.width, "height": self.height}


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

    def to_dict(self) -> dict[str, float]:
        """The JSON of a box."""
        return self._asdict()


def grid_dict(grid: Sequence[int]) -> dict[str, int]:
    """The JSON of a grid (t, h, w), or (h, w) of an image, in patches."""
    t, h, w = (1, *grid)[-3:]
    return {"t": t, "h": h, "w": w}


def cells_dict(columns: int, rows: int) -> dict[str, int]:
    """The JSON of how many tiles or tokens lie side by side, and how many below one another."""
    return {"columns": columns, "rows": rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """What was measured from a file, or said on the command line. No pixels, no model.

    `size` is as stored, before any turn; `orientation` is the EXIF number (a video's display rotation in the same
    terms: 6 for a quarter turn clockwise). A still image has no `num_frames`; for a video it counts the frames of the
    container, and its rate is the average where `variable_fps`. `images_in_file` counts the frames of an animation or
    the pages of a document of which only the first was measured. `truncated` says that the end of the file is missing.
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

    @property
    def is_video(self) -> bool:
        """Whether this is a video rather than a still image."""
        return self.num_frames is not None

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
            kind, more = ("pages", "") if self.format == "TIFF" else ("frames", "; --as video takes them all")
            notes.append(f"only the first of {self.images_in_file:,} {kind} is counted{more}")
        if self.truncated:
            notes.append("the end of the file is missing; the count is that of the whole image")
        if self.variable_fps and self.fps:
            notes.append(f"the frame rate varies: {self.fps:.6g} fps is the average, and timestamps are estimates")
        return tuple(notes)


class Step(NamedTuple):
    """One step of the preprocessing: which branch of the rule was taken, and which limit bit."""

    name: str
    before: Size
    after: Size
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a step."""
        before, after = self.before.to_dict(), self.after.to_dict()
        return {"name": self.name, "before": before, "after": after, "reason": self.reason}


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

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a view; `frames` are left out where there are none."""
        return {
            "kind": self.kind,
            "encoder": self.encoder,
            "size": self.size.to_dict(),
            "grid": grid_dict(self.grid),
            "patch_size": self.patch_size,
            "merge_size": self.merge_size,
            "block_order": self.block_order,
            "content": self.content.to_dict(),
            "source": self.source.to_dict(),
            **({"frames": list(self.frames)} if self.frames else {}),
        }


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

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a raster, without the keys that do not apply."""
        seconds = self.seconds_per_grid
        return {
            "t": self.t,
            **cells_dict(self.columns, self.rows),
            "ys": list(self.ys),
            "xs": list(self.xs),
            **({"frames": [list(frames) for frames in self.frames]} if self.frames else {}),
            **({} if seconds is None else {"seconds_per_grid": seconds}),
        }


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
        visual = self.count if self.is_token else 0
        return visual + (self.row_ends * self.row_end.tokens if self.row_end else 0)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a span, without the keys that do not apply."""
        span: dict[str, Any] = {"kind": self.kind, "sink": self.sink, "count": self.count}
        span |= {"is_token": self.is_token, "estimated": self.estimated}
        if self.text:
            span["text"] = self.text
        if self.time is not None:
            span["time"] = self.time
        if self.raster:
            span["raster"] = self.raster.to_dict()
        if self.row_end:
            span |= {"row_end": self.row_end.to_dict(), "last_row_end": self.last_row_end}
        if self.views:
            span["views"] = list(self.views)
        return span


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

    def to_dict(self) -> dict[str, Any]:
        """The JSON of a candidate."""
        tiles, canvas = cells_dict(*self.tiles), self.canvas.to_dict()
        return {"tiles": tiles, "canvas": canvas, "scores": dict(self.scores), "chosen": self.chosen, "why": self.why}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a model makes of one image or video.

    `original` is the size that the pipeline works on (the stored size, turned where the pipeline's loader turns it);
    all boxes and edges are in its pixels. `resized` is the image after resizing (after padding, too, where the model
    pads to whole patches), `canvas` the resized and padded image before it is cut, `content` where real pixels lie in
    it. `tiles` are (columns, rows) of the tiling, (0, 0) where a tiled model makes no tile. `window` is the side of an
    attention window in pixels, `full_layers` the encoder layers that attend without it. `turned` says whether the
    pipeline applies the stored orientation. `notes` are what the user should know of this answer.
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
        """Whether any count in here is an estimate, or text is missing from it."""
        return any(span.estimated for span in self.spans) or bool(self.uncounted_text)

    @property
    def uncounted_text(self) -> tuple[str, ...]:
        """Text that the prompt holds and `prompt_tokens` does not, as only a tokenizer can count it; with repeats."""
        return tuple(span.text for span in self.sink("prompt") if span.kind == "text" and span.text and not span.count)

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
        """The stable JSON, with the keys that apply to this layout; `schema.json` describes them.

        `grid` and `token_grid` are those of the global view (of the whole video where the encoder takes videos whole),
        `raster` is that of the tokens of all tiles together.
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
