"""What llama.cpp makes of an image, by the shapes of its rules: a size of its own, one square, or tiles.

mtmd is llama.cpp's library for images (tools/mtmd). A projector names the shape and the numbers; `llama_cpp.py` lists
which model has which. All arithmetic is that of C++ in float32 (`geometry/single.py`).

Rule     One rule for sizes that are not fixed: both sides to the nearest multiples of a token's side, then rescaled
         where the pixels leave the limits. Limits are in tokens (and --image-min-tokens, --image-max-tokens replace
         them) or in pixels, which the GGUF holds. Tiled models choose a grid as LLaVA does, as LFM2 does, by the
         logarithm of the aspect ratio as MiniCPM-V, or by the longest edge as Idefics3.
Videos   ffmpeg takes --video-fps frames a second, without a limit; each frame is an image under the limits for
         images. Qwen's encoders fuse two neighbours. A text such as [0m5.00s] stands between frames every
         --video-timestamp-interval milliseconds.
Code     llama.cpp 0c1e57098, tools/mtmd: clip.cpp (load_hparams, clip_n_output_tokens), mtmd-image.cpp (the shapes),
         mtmd.cpp (init_vision: which shape, which marks; add_media), mtmd-helper.cpp (videos).

Where it disagrees with transformers, and what is followed here:
- Images are padded into their size, not stretched, unless the projector says otherwise: the bars cost tokens.
- The EXIF orientation is ignored (stb_image).
- A timestamp follows the frame that it belongs to. Text between two frames keeps Qwen's encoder from fusing them, so
  that the server may encode one frame more alone for each timestamp; vtok counts pairs throughout, as recorded.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from vtok.errors import UnsupportedSizeError, UsageError
from vtok.geometry.canvases import cut
from vtok.geometry.floats import float32
from vtok.geometry.frames import every_frame, needed_fps
from vtok.geometry.loaders import filtered_frames
from vtok.geometry.places import Patches, merged_raster, whole_view
from vtok.geometry.resize import stretch
from vtok.geometry.single import (
    aspect_distance_single,
    divisible,
    grids_of_sides,
    grids_of_tiles,
    kept_single,
    letterboxed_single,
    one_slice_single,
    slice_grids,
    snapped_single,
)
from vtok.geometry.tiling import MAX_TILES, Grid, best_fit, chosen, nearest_aspect, tile_grids
from vtok.parts.family import Family, family, limit, option
from vtok.parts.mrope import step_positions
from vtok.parts.spans import NEWLINE, SEPARATOR, vision
from vtok.parts.tiles import row_by_row, tiling_step
from vtok.parts.views import thumbnail
from vtok.values import Box, Candidate, Layout, Media, Raster, Sampling, Size, Span, Step, View

STAMP_TOKENS = 8
"""Of [0m5.00s]: brackets, digits, letters and a point. How many it is depends on the tokenizer."""


class Marks(NamedTuple):
    """The special tokens and line breaks, one position each, round an image and round its views.

    `tile` may name {row} and {column}, counted from 1. Between two rows of tiles stands `row_end`.
    """

    begin: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    whole_end: tuple[str, ...] = ()
    tile: tuple[str, ...] = ()
    tile_end: tuple[str, ...] = ()
    row_end: tuple[str, ...] = ()
    whole_first: bool = False


def marked(texts: Iterable[str]) -> tuple[Span, ...]:
    """Special tokens, and line breaks as text, one position each."""
    return tuple(Span(kind="special" if text.strip() else "text", count=1, text=text) for text in texts)


class Prepared(NamedTuple):
    """One image as the encoder and the language model get it."""

    steps: tuple[Step, ...]
    views: tuple[View, ...]
    spans: tuple[Span, ...]
    content: Box | None = None
    tiles: Grid | None = None
    canvas: Size | None = None


@family
class Mtmd(Family):
    """What every model has in llama.cpp: the projector's name, its marks, and how videos are taken.

    `versions` are the recorded versions of llama.cpp, oldest first; `older` has the numbers that earlier ones had.
    """

    kinds: ClassVar[tuple[str, ...]] = ("image", "video")
    loader_turns: ClassVar[tuple[str, ...]] = ()
    engine: ClassVar[str] = "llama.cpp"

    projector: str
    patch_size: int
    merge_size: int = 1
    marks: Marks = Marks()
    versions: tuple[str, ...]
    older: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = ()
    fused_frames: int = 1

    sample: bool = option(default=True, text="take frames of a video by the rate; false: every frame")
    sample_fps: float = option(4.0, "--video-fps: frames taken per second of a video")
    timestamp_interval_ms: int = option(5000, "--video-timestamp-interval: milliseconds between texts with the time")

    @property
    def pipelines(self) -> dict[str, tuple[str, ...]]:  # type: ignore[override]  # versions differ by model
        """The engine alone: other pipelines are those of the family."""
        return {self.engine: self.versions}

    def numbers(self) -> dict[str, tuple[Any, str]]:
        """Every number, with the line of llama.cpp or the key of the GGUF where it is from."""
        return {name: value for name, value in super().numbers().items() if name not in _STRUCTURE}

    def number(self, name: str) -> int:
        """A number: as the user set it, else as that version has it."""
        by_version = dict(dict(self.older).get(self.version_used, ()))
        value: int = getattr(self, name)
        return value if name in self.asked else by_version.get(name, value)

    @property
    def patches(self) -> Patches:
        """How a view is cut."""
        return Patches(self.patch_size, self.merge_size)

    def layout(self, media: Media) -> Layout:
        """Views and spans of the image; of a video, those of each frame, or of each two that are fused."""
        original, steps = self.orient(media)
        made = self.prepared(original)
        sampling = self.frames(media) if media.is_video else None
        views, spans = self.in_time(made, sampling) if sampling else (made.views, made.spans)
        return self.describe(
            media,
            original,
            steps=steps + made.steps,
            views=views,
            spans=spans,
            content=made.content,
            tiles=made.tiles,
            canvas=made.canvas or made.steps[-1].after,
            sampling=sampling,
        )

    def prepared(self, original: Size) -> Prepared:
        """One image."""
        raise NotImplementedError

    def frames(self, media: Media) -> Sampling:
        """The frames that ffmpeg gives."""
        total, fps = media.num_frames or 0, needed_fps(media.fps)
        if not self.sample:
            return every_frame(total, fps=fps, multiple=1)
        return filtered_frames(total, fps=fps, rate=self.sample_fps)

    def in_time(self, made: Prepared, sampling: Sampling) -> tuple[tuple[View, ...], tuple[Span, ...]]:
        """The views and spans of a video: those of each group of frames, with texts of the time in between."""
        rate = self.sample_fps if self.sample else sampling.sample_fps or 1.0
        views: list[View] = []
        spans = [Span(kind="text", count=2, text="Video:", estimated=True)]
        due = 0.0
        for first in range(0, len(sampling.indices), self.fused_frames):
            frames = sampling.indices[first : first + self.fused_frames]
            spans += (_of_frames(span, len(views), frames) for span in made.spans)
            kinds = ("frame" if view.kind == "image" else view.kind for view in made.views)
            views += (view._replace(kind=kind, frames=frames) for view, kind in zip(made.views, kinds, strict=True))
            for tick in range(first, first + len(frames)):
                elapsed = float32(tick / rate * 1000)
                if elapsed >= due:
                    due += self.timestamp_interval_ms
                    spans.append(_stamp(elapsed / 1000))
        return tuple(views), tuple(spans)


def _of_frames(span: Span, views_before: int, frames: tuple[int, ...]) -> Span:
    views = tuple(view + views_before for view in span.views)
    raster = span.raster._replace(frames=(frames,)) if span.raster else None
    return replace(span, views=views, raster=raster)


def _stamp(seconds: float) -> Span:
    minutes = int(seconds / 60)
    text = f"[{minutes}m{seconds - minutes * 60:.2f}s]"
    return Span(kind="text", count=STAMP_TOKENS, text=text, time=seconds, estimated=True)


_STRUCTURE = {"projector", "marks", "versions", "older", "form", "padded", "grids"}
"""Fields that are no numbers: the projector's name, its tokens, and how its tokens lie."""


@family
class DynamicSize(Mtmd):
    """An image at a size of its own (mtmd_image_preprocessor_dyn_size).

    `padded`: letterboxed into its size; else stretched. `form` says how the tokens lie: plain; with a learned break
    between rows ("breaks", Pixtral); between a start and an end, each row closed by a newline ("framed", HunyuanVL).
    """

    padded: bool = True
    form: str = "plain"

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        raise NotImplementedError

    def prepared(self, original: Size) -> Prepared:
        """One view, padded or stretched to its size."""
        least, most = self.pixel_limits
        if most < least:
            raise UsageError(f"the least is {least:,} pixels and the most {most:,}: llama.cpp refuses; raise the most")
        resize = snapped_single(original, factor=self.patches.factor, min_pixels=least, max_pixels=most)
        if not resize.after.area:
            raise UnsupportedSizeError(f"{original} shrinks to {resize.after}; raise the limit or crop the image")
        box = letterboxed_single(original, resize.after) if self.padded else Box.of(resize.after)
        view = whole_view(original, resize.after, self.patches, content=box)
        spans = (*marked(self.marks.begin), *self.tokens(merged_raster(view)), *marked(self.marks.end))
        return Prepared((resize,), (view,), spans, content=box)

    def tokens(self, raster: Raster) -> tuple[Span, ...]:
        """The tokens of the view, learned ones included."""
        if self.form == "breaks":
            return (replace(vision(raster, 0, row_end=NEWLINE), last_row_end=False),)
        if self.form == "framed":
            return (SEPARATOR, vision(raster, 0, row_end=NEWLINE), SEPARATOR)
        return (vision(raster, 0),)


@family
class TokenLimits(DynamicSize):
    """Limits in tokens, which --image-min-tokens and --image-max-tokens replace (set_limit_image_tokens)."""

    image_min_tokens: int = 8
    image_max_tokens: int = limit(4096)

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        area = self.patches.factor**2
        return self.number("image_min_tokens") * area, self.number("image_max_tokens") * area


@family
class PixelLimits(DynamicSize):
    """Limits in pixels, from the GGUF; --image-min-tokens and --image-max-tokens are ignored."""

    min_pixels: int
    max_pixels: int = limit(4096 * 28 * 28)

    @property
    def pixel_limits(self) -> tuple[int, int]:
        """Least and most pixels."""
        return self.min_pixels, self.max_pixels


@family
class Rotating(DynamicSize):
    """A language model that counts rows and columns (M-RoPE): an image takes as many positions as its longer side."""

    mrope_section: tuple[int, ...] = ()
    mrope_interleaved: bool = False

    positions = step_positions

    def grid_spans(
        self, raster: Raster, *, video: bool = False, texts: Sequence[int] | None = None
    ) -> tuple[Span, ...]:
        """The prompt's part for an image of this merged grid; each temporal step of a video is one of its own."""
        if video and texts is not None and len(texts) != raster.t:
            raise UsageError(f"{len(texts)} lengths of texts for {raster.t} temporal steps; give one a step, or none")
        parts: list[Span] = []
        for t in range(raster.t):
            parts += marked(self.marks.begin)
            parts.append(vision(raster._replace(t=1, frames=raster.frames[t : t + 1]), 0))
            parts += marked(self.marks.end)
            if video and texts and texts[t]:
                parts.append(Span(kind="text", count=texts[t]))
        return tuple(parts)


@family
class RotatingTokenLimits(Rotating, TokenLimits):
    """Limits in tokens, and M-RoPE."""


@family
class RotatingPixelLimits(Rotating, PixelLimits):
    """Limits in pixels, and M-RoPE."""


@family
class FixedSize(Mtmd):
    """Every image in one square (mtmd_image_preprocessor_fixed_size), letterboxed; `framed` adds a start and an end."""

    size: int
    form: str = "plain"

    def prepared(self, original: Size) -> Prepared:
        """One view."""
        square = Size(self.size, self.size)
        box = letterboxed_single(original, square)
        view = whole_view(original, square, self.patches, content=box)
        around = (SEPARATOR,) if self.form == "framed" else ()
        spans = (*marked(self.marks.begin), *around, vision(merged_raster(view), 0), *around, *marked(self.marks.end))
        step = Step(name="resize", before=original, after=square, reason="into the square, the rest is padding")
        return Prepared((step,), (view,), spans, content=box)


@family
class Tiled(Mtmd):
    """An image in tiles of `size`, and the whole of it; an image that fits a tile is not tiled."""

    size: int

    def candidates(self, media: Media) -> tuple[Candidate, ...]:
        """The tilings that are considered; none for an image that is not tiled."""
        original, _ = self.orient(media)
        return self.considered(original)

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The tilings that are considered; none for an image that is not tiled."""
        raise NotImplementedError

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The view of the whole image: stretched to a tile."""
        del tiled
        view = thumbnail(original, self.size, self.patches)
        return stretch(original, view.size)._replace(name="thumbnail"), view

    def content(self, original: Size, canvas: Size) -> Box:
        """Where the image lies on the canvas: in the middle, padded."""
        return letterboxed_single(original, canvas)

    def prepared(self, original: Size) -> Prepared:
        """The tiles row by row, and the whole."""
        considered = self.considered(original)
        step, whole = self.whole(original, tiled=bool(considered))
        if not considered:
            return self.untiled(step, whole)
        best = chosen(considered)
        content = self.content(original, best.canvas)
        grid = self.encoded(best.tiles)
        tiles = cut(original, best.canvas, grid, self.patches, content=content)
        views = (whole, *tiles) if self.marks.whole_first else (*tiles, whole)
        return Prepared(
            steps=(step, tiling_step(original, best), _fitted(original, best.canvas, content)),
            views=views,
            spans=self.spans(views, grid),
            content=content,
            tiles=grid,
        )

    def encoded(self, tiles: Grid) -> Grid:
        """The (columns, rows) in which the encoder gets the tiles."""
        return tiles

    def untiled(self, step: Step, whole: View) -> Prepared:
        """The whole image alone."""
        reason = f"{step.reason}; no tiles: neither side is longer than {self.size}"
        spans = self.spans((whole,), (0, 0))
        return Prepared((step._replace(reason=reason),), (whole,), spans, content=whole.content, tiles=(0, 0))

    def spans(self, views: tuple[View, ...], tiles: Grid) -> tuple[Span, ...]:
        """The prompt's part: each view between its marks, in the order of the views."""
        marks, last = self.marks, len(views) - 1
        at = 0 if marks.whole_first else last
        whole = (*marked(marks.whole), *self.tokens(views[at], at, whole=True), *marked(marks.whole_end))
        parts = tuple(self.tile_spans(views, tiles, first=int(marks.whole_first)))
        inner = (*whole, *parts) if marks.whole_first else (*parts, *whole)
        return (*marked(marks.begin), *inner, *marked(marks.end))

    def tile_spans(self, views: tuple[View, ...], tiles: Grid, *, first: int) -> Iterator[Span]:
        """The tiles between their marks, and those between rows."""
        for i, row, column in row_by_row(tiles):
            yield from marked(text.format(row=row + 1, column=column + 1) for text in self.marks.tile)
            yield from self.tokens(views[first + i], first + i)
            yield from marked(self.marks.tile_end)
            if column == tiles[0] - 1 and row < tiles[1] - 1:
                yield from marked(self.marks.row_end)

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view."""
        del whole
        return (vision(merged_raster(view), index),)


def _fitted(original: Size, canvas: Size, content: Box) -> Step:
    reason = "stretched over the canvas" if content == Box.of(canvas) else "into the canvas, the rest is padding"
    return Step(name="resize", before=original, after=canvas, reason=reason)


@family
class Pinpoints(Tiled):
    """A canvas chosen by LLaVA's rule (llava_uhd with image_res_candidates).

    The canvases are those of image_grid_pinpoints, as (width, height), else all of min_tiles to max_tiles tiles
    (InternVL), else all of up to max_side columns and rows but one tile (Llama 4).
    """

    image_grid_pinpoints: tuple[Grid, ...] = ()
    min_tiles: int = 1
    max_tiles: int | None = limit(None)
    max_side: int = 3

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The grids, (columns, rows) each, in llama.cpp's order."""
        if self.image_grid_pinpoints:
            return tuple((width // self.size, height // self.size) for width, height in self.image_grid_pinpoints)
        if self.max_tiles is None:
            return grids_of_sides(self.max_side)
        if not 1 <= self.min_tiles <= self.max_tiles <= MAX_TILES:
            raise UsageError(f"{self.min_tiles} to {self.max_tiles} tiles; give a range within 1 to {MAX_TILES}")
        return grids_of_tiles(self.min_tiles, self.max_tiles)

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The canvases of the grids, unless the image fits a tile."""
        if max(original) <= self.size:
            return ()
        canvases = [Size(rows * self.size, columns * self.size) for columns, rows in self.grids]
        return best_fit(original, canvases, tile=self.size, kept=kept_single)


@family
class Slices(Tiled):
    """MiniCPM-V's slices (llava_uhd without candidates); with `query_num` a resampler makes so many tokens of a view.

    With `by_area` an image of no more pixels than a slice is not cut, whatever its sides (minicpmv4_6, merge 2).
    """

    max_slice_nums: int = 9
    query_num: int | None = None
    by_area: bool = False

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids of nearly as many slices as the image has areas of one."""
        if max(original) <= self.size or (self.by_area and original.area <= self.size**2):
            return ()
        grids = slice_grids(original, side=self.size, max_num=self.max_slice_nums)
        return tuple(each._replace(canvas=self.canvas(original, *each.tiles)) for each in grids)

    def canvas(self, original: Size, columns: int, rows: int) -> Size:
        """All slices together (get_refine_size): the image's sides are first made divisible by their numbers."""
        one = Size(divisible(original.height, rows) // rows, divisible(original.width, columns) // columns)
        one = one_slice_single(one, side=self.size, factor=self.patches.factor, rescale=True)
        return Size(one.height * rows, one.width * columns)

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The whole at the area of a slice; an image that fits a slice is stretched over one."""
        if not tiled and not self.by_area:
            return super().whole(original, tiled=tiled)
        size = one_slice_single(original, side=self.size, factor=self.patches.factor, rescale=not tiled)
        view = whole_view(original, size, self.patches)._replace(kind="thumbnail")
        reason = f"at most the area of a slice, both sides to multiples of {self.patches.factor}"
        return Step(name="thumbnail", before=original, after=size, reason=reason), view

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view: the resampler's queries, or its merged patches."""
        if self.query_num is None:
            return super().tokens(view, index, whole=whole)
        return (Span(kind="query", count=self.query_num, is_token=True, views=(index,)),)


@family
class LongestEdge(Tiled):
    """Idefics3's canvas: the longer side to `longest_edge`, then both sides up to whole tiles."""

    longest_edge: int = limit(1456)

    image_min_tokens: int | None = option(None, "--image-min-tokens: the canvas then keeps the image's own size")
    image_max_tokens: int | None = option(None, "--image-max-tokens: the canvas then keeps the image's own size")

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The one canvas that follows."""
        canvas, why = self.canvas(original)
        tiles = (canvas.width // self.size, canvas.height // self.size)
        if not canvas.area or tiles[0] * tiles[1] > MAX_TILES:
            raise UnsupportedSizeError(f"{original} makes {tiles[0]:,} x {tiles[1]:,} tiles of {self.size}; crop it")
        return (Candidate(tiles=tiles, canvas=canvas, scores=(), chosen=True, why=why),)

    def canvas(self, original: Size) -> tuple[Size, str]:
        """All tiles together, and why so many."""
        area = self.patches.factor**2
        least, most = (self.image_min_tokens or 0) * area, (self.image_max_tokens or 0) * area
        if least or most:
            # A tile is the multiple here: the limit in tokens is never reached by more than a whole row of tiles.
            step = snapped_single(
                original, factor=self.size, min_pixels=least, max_pixels=most, longest_edge=self.longest_edge
            )
            return step.after, step.reason
        aspect = original.width / original.height
        if original.width >= original.height:
            height = int(self.longest_edge / aspect)
            sides = Size(height + height % 2, self.longest_edge)
        else:
            width = int(self.longest_edge * aspect)
            sides = Size(self.longest_edge, width + width % 2)
        canvas = Size(*(-(-side // self.size) * self.size for side in sides))
        return canvas, f"the longer side to {self.longest_edge:,}, then both up to multiples of {self.size}"

    def content(self, original: Size, canvas: Size) -> Box:
        """The image is stretched over the canvas; with limits in tokens it is padded into it."""
        limited = self.image_min_tokens or self.image_max_tokens
        return letterboxed_single(original, canvas) if limited else Box.of(canvas)


@family
class NearestAspect(Tiled):
    """The grid of min_tiles to max_tiles whose aspect ratio is nearest to the image's (find_closest_aspect_ratio)."""

    min_tiles: int
    max_tiles: int = limit(9)

    def grids(self, original: Size) -> tuple[Candidate, ...]:
        """The grids with their distances."""
        grids = tile_grids(self.min_tiles, self.max_tiles)
        return nearest_aspect(original, grids, tile=self.size, distance=aspect_distance_single)

    def content(self, original: Size, canvas: Size) -> Box:
        """The image is stretched over the canvas."""
        del original
        return Box.of(canvas)


@family
class LFM2(NearestAspect):
    """LFM2-VL: tiles where the image is more than `tolerance` times as large as the most tokens allow.

    The whole, or the image that is not tiled, is held to min_tokens and max_tokens of its own size.
    """

    image_min_tokens: int = 8
    image_max_tokens: int = limit(4096)
    max_pixels_tolerance: float

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids, where the image is large enough (should_tile); its sides round half to even here."""
        factor = self.patches.factor
        height, width = (max(self.patch_size, round(side / factor) * factor) for side in original)
        most = self.number("image_max_tokens") * factor**2
        return self.grids(original) if height * width > most * self.max_pixels_tolerance else ()

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The image at its own size within the limits."""
        area = self.patches.factor**2
        least, most = (self.number(name) for name in ("image_min_tokens", "image_max_tokens"))
        if most < least:
            raise UsageError(f"image_min_tokens {least:,} is above image_max_tokens {most:,}; raise the latter")
        step = snapped_single(original, factor=self.patches.factor, min_pixels=least * area, max_pixels=most * area)
        view = whole_view(original, step.after, self.patches)._replace(kind="thumbnail" if tiled else "image")
        return (step._replace(name="thumbnail") if tiled else step), view

    def untiled(self, step: Step, whole: View) -> Prepared:
        """The image alone, between start and end without a tag."""
        spans = (*marked(self.marks.begin), vision(merged_raster(whole), 0), *marked(self.marks.end))
        return Prepared((step,), (whole,), spans, content=whole.content, tiles=(0, 0))


@family
class DeepSeekOCR(NearestAspect):
    """DeepSeek-OCR: the whole padded to `base_size`, and tiles where a side is longer than a tile.

    Convolutions leave a token of 4 x 4 patches. With `fuse_rows` (v1) a row of tiles is one view and one map of tokens,
    each row of it closed by a learned newline; v2's tokens are queries, without a place. Last comes a separator.
    """

    base_size: int
    fuse_rows: bool

    def considered(self, original: Size) -> tuple[Candidate, ...]:
        """The grids, where a side is longer than a tile."""
        return self.grids(original) if max(original) > self.size else ()

    def whole(self, original: Size, *, tiled: bool) -> tuple[Step, View]:
        """The whole image, padded."""
        del tiled
        square = Size(self.base_size, self.base_size)
        box = letterboxed_single(original, square, nearest=True)
        step = Step(name="thumbnail", before=original, after=square, reason="the whole image, padded to one view")
        return step, whole_view(original, square, self.patches, content=box)._replace(kind="thumbnail")

    def encoded(self, tiles: Grid) -> Grid:
        """With `fuse_rows` a row of tiles is one view."""
        return (1, tiles[1]) if self.fuse_rows else tiles

    def tokens(self, view: View, index: int, *, whole: bool = False) -> tuple[Span, ...]:
        """The tokens of one view; the separator follows the whole image."""
        raster = merged_raster(view)
        if self.fuse_rows:
            span = vision(raster, index, row_end=NEWLINE)
        else:
            span = Span(kind="query", count=raster.cells, is_token=True, views=(index,))
        return (span, SEPARATOR) if whole else (span,)
