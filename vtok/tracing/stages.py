"""The stages of an input's way: from the file over the resized image, patches, encoder and connector to the prompt."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vtok.errors import VtokError
from vtok.networks import Architecture, Connector, Encoder, Layer, Pixels, Shape, Stage, Unit
from vtok.parts.family import Family
from vtok.tracing.costs import encoded_views, units, views_of
from vtok.tracing.pixels import Tensor
from vtok.values import Layout, Media, Span, Step

AFTER_ENCODER = ("unpad", "shrink")
"""Steps of a layout that happen to features, behind the connector."""

HIDDEN = "api"
"""The pipeline of models behind an API: what happens to pixels and positions there is not published."""

SHOWN = 12
"""Spans that are named one by one."""

UNITS: dict[str, Unit] = {"views": "view", "patches": "patch", "states": "state", "tokens": "token"}
"""What the axes of a layer's shape count."""


def stages_of(
    layout: Layout,
    family: Family,
    networks: Architecture | None,
    pixels: tuple[Tensor, ...],
    *,
    unknown: str,
    constants: Pixels,
) -> tuple[Stage, ...]:
    """All stages, in order. `unknown` says why nothing is known of the networks; `constants` normalise pixels."""
    late = [step for step in layout.steps if step.name in AFTER_ENCODER]
    return (
        *_of_file(layout),
        *(_step(step, family) for step in layout.steps if step not in late),
        *(() if layout.pipeline == HIDDEN else (_normalised(layout, constants),)),
        *_patches(pixels),
        *_networks(layout, networks, unknown),
        *(_step(step, family)._replace(part="connector") for step in late),
        *_prompt(layout, family, networks),
        *_language(layout, networks),
    )


def _of_file(layout: Layout) -> Iterator[Stage]:
    """What was measured, and the frames that are taken of a video."""
    media = layout.media
    yield Stage("file", "read", _file_reason(media), after=media.size)
    if layout.sampling:
        taken = layout.sampling
        number = f"{taken.num_sampled} frames"
        shape = (len(taken.indices), 3, *layout.original)
        yield Stage("file", "sample", taken.reason, layout.original, layout.original, output=shape, number=number)


def _file_reason(media: Media) -> str:
    kind = f"{media.format} file" if media.format else "a size, no file"
    if media.is_video:
        fps = f" at {media.fps:.6g} fps" if media.fps else ""
        return f"{kind}: {media.num_frames:,} frames{fps}"
    return f"{kind}: stored size, {media.orientation_in_words}" if media.format else f"{kind}: upright"


def _step(step: Step, family: Family) -> Stage:
    """A step of the layout, with its scale, and how it changes the aspect ratio."""
    before, after = step.before, step.after
    resizes = before != after and step.name not in ("pad", "crop", "orient", "unpad", "tile", "square")
    scale = (after.width / before.width, after.height / before.height) if resizes else None
    distortion = scale[0] / scale[1] - 1 if scale and step.name != "thumbnail" else None
    part = "file" if step.name == "orient" else "image"
    number = _number(step, family) or (_scaled(scale) if scale else "")
    return Stage(part, step.name, step.reason, before, after, number=number, scale=scale, distortion=distortion)


def _number(step: Step, family: Family) -> str:
    """The number that decided a step: the limit, factor or tiling that its reason names."""
    for name, value in re.findall(r"\b([a-z]+(?:_[a-z]+)+) ([\d,.]+\d)", step.reason):
        if family.has_option(name):
            return f"{name} {value}"
    for pattern, words in ((r"multiples of (\d+)", "factor {}"), (r"(\d+ x \d+) tiles", "{} tiles")):
        match = re.search(pattern, step.reason)
        if match:
            return words.format(match[1])
    if step.name == "pad":
        rest = 1 - step.before.area / step.after.area if step.after.area else 0
        return f"{rest:.1%} padding"
    return ""


def _scaled(scale: tuple[float, float]) -> str:
    x, y = scale
    return f"scale {x:.4g}" if f"{x:.3g}" == f"{y:.3g}" else f"scale {x:.4g} x {y:.4g}"


def _normalised(layout: Layout, pixels: Pixels) -> Stage:
    """Rescaling and normalising, with their constants."""
    size = layout.views[0].size
    shape = (3, *size)
    if pixels.mean is None or pixels.std is None:
        reason = "pixel values become floats; the constants are not known"
        return Stage("image", "normalise", reason, input=shape, output=shape)
    factor = pixels.rescale if pixels.rescale is not None else 1 / 255
    times = "1/255" if abs(factor * 255 - 1) < 1e-9 else f"{factor:g}"
    reason = f"each pixel value times {times}, minus the mean, divided by the deviation, by channel (red, green, blue)"
    number = f"mean {_triple(pixels.mean)}, std {_triple(pixels.std)}"
    return Stage("image", "normalise", reason, input=shape, output=shape, number=number, source=pixels.source)


def _triple(numbers: tuple[float, ...]) -> str:
    return f"{numbers[0]:g}" if len(set(numbers)) == 1 else " ".join(f"{number:.4g}" for number in numbers)


def _patches(pixels: Iterable[Tensor]) -> Iterator[Stage]:
    for tensor in pixels:
        yield Stage("image", tensor.name, tensor.reason, output=tensor.shape, number=tensor.number)


def _networks(layout: Layout, networks: Architecture | None, unknown: str) -> Iterator[Stage]:
    """Patch embedding, encoder layers, and the connector."""
    if networks is None:
        yield Stage("encoder", "encoder", unknown)
        return
    for encoder in networks.encoders:
        yield from _encoder(layout, encoder, networks)
    if networks.connector:
        yield from _connector(layout, networks, networks.connector)


def _encoder(layout: Layout, encoder: Encoder, networks: Architecture) -> Iterator[Stage]:
    kind = encoder.kind or "vision transformer"
    name = kind if encoder.encoder == "main" else f"{kind} ({encoder.encoder})"
    views = views_of(layout, encoder)
    if encoder.width is None or not views:
        yield Stage("encoder", name, encoder.note or "width and depth are not known", source=networks.source)
        return
    grids = {view.grid[1:] for view in views}
    patches = sum(view.patches for view in views)
    count = encoded_views(layout, encoder)
    if len(grids) == 1:
        h, w = next(iter(grids))
        embedded: Shape = _squeezed((count, h, w, encoder.width))
        states: Shape = _squeezed((count, h * w + encoder.states, encoder.width))
    else:
        embedded = (patches, encoder.width)
        states = (patches + encoder.states * count, encoder.width)
    values = encoder.patch_values
    of = f"a matrix of {values:,} x {encoder.width:,} for each patch" if values else "a matrix for each patch"
    source = networks.source
    yield Stage("encoder", "patch embedding", of, output=embedded, number=f"width {encoder.width:,}", source=source)
    if encoder.depth:
        number, reason = f"{encoder.depth} layers", _attention(encoder, layout)
        yield Stage("encoder", name, reason, input=states, output=states, number=number, source=source)


def _squeezed(shape: Shape) -> Shape:
    """A shape without the axis of views where there is one view."""
    return shape[1:] if shape[0] == 1 else shape


def _attention(encoder: Encoder, layout: Layout) -> str:
    """Who attends to whom in an encoder's layers, with its heads."""
    heads = encoder.heads
    each = f"{heads} heads of {(encoder.width or 0) // heads}" if heads else "heads unknown"
    states = f"; {_states(encoder.states)} a view" if encoder.states else ""
    inner = f", MLP of {encoder.mlp_width:,}" if encoder.mlp_width else ""
    note = f"; {encoder.note}" if encoder.note else ""
    if encoder.full_layers is not None and encoder.window:
        pixels = encoder.window * layout.views[0].patch_size
        side = f"{encoder.window} x {encoder.window} patches ({pixels} pixels)"
        full = ", ".join(map(str, encoder.full_layers))
        return (
            f"{each}{inner}; {encoder.windowed_layers} layers within windows of {side}, in full in {full}{states}{note}"
        )
    joint = {"step": "the patches of a view", "view": "all patches of a view, over time", "all": "all tiles together"}
    return f"{each}{inner}; every layer in full, over {joint[encoder.joint]}{states}{note}"


def _states(count: int) -> str:
    return "1 class state" if count == 1 else f"{count} class and register states"


def _connector(layout: Layout, networks: Architecture, connector: Connector) -> Iterator[Stage]:
    if not connector.layers:
        widths = [f"{width:,}" for width in (connector.width_in, connector.width_out) if width]
        known = f": {' to '.join(widths)} numbers" if widths else ""
        yield Stage("connector", connector.kind, f"its layers are not described{known}", source=networks.source)
        return
    counts = units(layout, networks)
    for layer in connector.layers:
        shape = _resolved(layer, counts)
        number = f"{connector.queries} queries" if connector.queries and layer.per == "view" else ""
        yield Stage("connector", layer.name, layer.reason, output=shape, number=number, source=networks.source)


def _resolved(layer: Layer, counts: Mapping[Unit, int]) -> Shape:
    """The shape behind a layer, with the numbers of this input."""
    axes = []
    for axis in layer.output:
        if isinstance(axis, int):
            axes.append(axis)
            continue
        name, _, share = axis.partition("/")
        unit = layer.per if name == "tokens" and layer.per in ("position", "pooled") else UNITS[name]
        axes.append(counts[unit] // int(share or 1))
    return _squeezed(tuple(axes)) if layer.output[0] == "views" else tuple(axes)


def _prompt(layout: Layout, family: Family, networks: Architecture | None) -> Iterator[Stage]:
    """Special tokens, spans in order, position ids."""
    tokens = special_tokens(layout, networks)
    if tokens:
        named = ", ".join(f"{text}{f' ({number})' if number is not None else ''} x {n}" for text, number, n in tokens)
        known = "" if all(number is not None for _, number, _ in tokens) else "; ids that are left out are not known"
        yield Stage("prompt", "special tokens", f"{named}{known}", number=_counted(sum(n for *_, n in tokens), "token"))
    marked = placeholder(layout, networks)
    marks = "" if marked is None else f"; in the ids {marked} stands for each visual token"
    yield Stage(
        "prompt", "spans", spans_in_words(layout) + marks, number=_counted(layout.prompt_tokens, "prompt token")
    )
    if any(layout.sink("prompt")) and layout.pipeline != HIDDEN:
        yield _positions(layout, family)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def placeholder(layout: Layout, networks: Architecture | None) -> int | None:
    """The id that stands for each visual token of this input before its embedding takes the place; None if unknown."""
    if networks is None or not any(span.is_token for span in layout.sink("prompt")):
        return None
    return networks.video_placeholder if layout.media.is_video else networks.placeholder


def special_tokens(layout: Layout, networks: Architecture | None) -> list[tuple[str, int | None, int]]:
    """The text, the id (None where unknown) and the count of each special token of the prompt."""
    counts: dict[str, int] = {}
    for span in layout.sink("prompt"):
        if span.kind == "special" and span.text:
            counts[span.text] = counts.get(span.text, 0) + span.count
        end = span.row_end
        if end and end.kind == "special" and end.text:
            counts[end.text] = counts.get(end.text, 0) + span.row_ends * end.count
    ids = networks.tokens if networks else {}
    return [(text, ids.get(text), count) for text, count in counts.items()]


def spans_in_words(layout: Layout) -> str:
    """The spans in order; runs that repeat are written once, with how often."""
    words: list[list[Any]] = []
    for span in layout.spans:
        text = _span(span)
        if words and words[-1][0] == text:
            words[-1][1] += 1
        else:
            words.append([text, 1])
    named = [text if times == 1 else f"{times} x ({text})" for text, times in words]
    more = len(named) - SHOWN
    return ", ".join(named[:SHOWN]) + (f", and {more:,} more" if more > 0 else "")


def _span(span: Span) -> str:
    where = "" if span.sink in ("prompt", "output") else f" ({span.sink})"
    if span.kind == "special":
        return f"{span.count} {span.text or 'special'}{where}"
    if span.kind == "text":
        return f"text {span.text!r}" if span.text else f"{span.count} text"
    raster = span.raster
    shape = "" if raster is None else f" in {f'{raster.t} x ' if raster.t > 1 else ''}{raster.rows} x {raster.columns}"
    end = span.row_end
    ends = f" and {span.row_ends} {'' if end.kind == 'special' else end.kind + ' '}row ends" if end else ""
    return f"{span.count:,} {span.kind}{shape}{ends}{where}"


def _positions(layout: Layout, family: Family) -> Stage:
    """The ranges of the position ids: by axis under M-RoPE, else one by one."""
    from vtok.parts.abilities import rotary

    total = sum(span.positions for span in layout.sink("prompt"))
    if rotary(family) is not None:
        try:
            return _rotated(layout, family)
        except VtokError:
            pass
    reason = f"one by one, counted from the first of these tokens: {family.counting}"
    return Stage("prompt", "position ids", reason, output=(total,), number=f"0 to {max(total - 1, 0):,}")


def _rotated(layout: Layout, family: Family) -> Stage:
    from vtok import library

    place = library.position_ids(family, segments=[layout], version=_rope_version(layout))
    blocks = [segment for segment in place.segments if segment.block]
    first = blocks[0]
    ends = ((first.t, (b.t for b in blocks)), (first.h, (b.h for b in blocks)), (first.w, (b.w for b in blocks)))
    lows_highs = [(low, max(high for _, high in axis)) for (low, _), axis in ends]
    named = zip(("time", "row", "column"), lows_highs, strict=True)
    ranges = ", ".join(f"{name} {low:,} to {high:,}" for name, (low, high) in named)
    follows = f"what follows goes on at {place.next_position:,}, {-place.rope_delta:,} positions saved"
    reason = f"M-RoPE, counted from the first of these tokens: {ranges}; {follows}"
    number = f"0 to {place.next_position - 1:,}"
    return Stage("prompt", "position ids", reason, output=(3, place.length), number=number)


def _rope_version(layout: Layout) -> str:
    return layout.version if layout.pipeline == "transformers" else ""


def _language(layout: Layout, networks: Architecture | None) -> Iterator[Stage]:
    model = networks.language if networks else None
    if networks is None or model is None:
        return
    total = sum(span.positions for span in layout.sink("prompt"))
    held = sum(span.count for span in layout.sink("prompt") if span.kind in ("vision", "query"))
    if model.width is None or model.depth is None:
        yield Stage("language model", model.kind or "language model", "its width and depth are not known")
        return
    heads = ""
    if model.heads:
        heads = f"{model.heads} heads of {model.head_dim}"
        heads += (
            f", {model.kv_heads} KV heads"
            if model.latent is None
            else f", keys and values through {model.latent.kv_rank} numbers"
        )
    experts = model.experts
    inner = f"; {experts.per_token} of {experts.total} experts of {experts.width:,}" if experts else ""
    inner = inner or (f"; MLP of {model.mlp_width:,}" if model.mlp_width else "")
    kinds = {kind: model.kinds.count(kind) for kind in dict.fromkeys(model.kinds)}
    window = {"sliding": f" (window {model.window})", "chunked": f" (chunks of {model.window})"}
    named = (f"{n} {kind} layers{window.get(kind, '')}" for kind, n in kinds.items())
    mixed = "" if len(kinds) < 2 else "; " + ", ".join(named)
    filled = f"; features of the image fill {held:,} of these positions" if held and held != total else ""
    yield Stage(
        "language model",
        model.kind or "language model",
        f"{heads}{inner}{mixed}{filled}",
        output=(total, model.width),
        number=f"{model.depth} layers",
        source=networks.source,
    )
