"""vtok: what a vision-language model makes of an image or video, without running it.

    import vtok

    vtok.count("photo.jpg", model="qwen2.5-vl")                        # prompt tokens
    layout = vtok.layout("qwen2.5-vl", width=1920, height=1080)        # a Layout: sizes, grid, views, spans
    layout.tokens, layout.prompt_tokens, layout.to_dict()
    vtok.count_sizes("qwen2.5-vl", widths, heights)                    # numpy arrays in, an array of counts out
    vtok.layout("internvl", frame, channels="last")                    # an array or tensor, (height, width, channels)
    layout.token_box(57), layout.tokens_at(800, 300)                   # from a token to its pixels, and back
    layout.to_heatmap(attention)                                       # one value a token on the image's pixels
    vtok.convert_box((130, 40, 420, 380), layout, source="model", target="original")
    vtok.overlay("photo.jpg", model="internvl")                        # a Pillow image

`schema.json` in this folder is the JSON Schema of `to_dict()` and of every command's `--json`.

Importing this loads the standard library only; Pillow and PyAV load when a file is read or drawn, numpy when
arrays are long.
"""

from vtok.errors import (
    ChatError,
    MediaError,
    UnknownModelError,
    UnknownOptionError,
    UnsupportedSizeError,
    UsageError,
    VtokError,
)

TYPE_CHECKING = False  # Ctrl-C while `typing` is imported would print a traceback: see vtok.__main__
if TYPE_CHECKING:
    from typing import Any

    from vtok.chats import chat
    from vtok.datasets import scan
    from vtok.geometry.positions import Positions
    from vtok.geometry.windows import Windows
    from vtok.library import (
        convert_box,
        count,
        count_sizes,
        layout,
        models,
        pages,
        patch_order,
        position_ids,
        probe,
        prompt,
        windows,
    )
    from vtok.networks import Architecture, Cost, Stage, Trace
    from vtok.overlays import overlay
    from vtok.tracing import architecture, trace
    from vtok.values import Box, Candidate, Layout, Media, Prompt, Raster, Sampling, Size, Span, Step, View

__version__ = "0.2.0"

__all__ = [
    "Architecture",
    "Box",
    "Candidate",
    "ChatError",
    "Cost",
    "Layout",
    "Media",
    "MediaError",
    "Positions",
    "Prompt",
    "Raster",
    "Sampling",
    "Size",
    "Span",
    "Stage",
    "Step",
    "Trace",
    "UnknownModelError",
    "UnknownOptionError",
    "UnsupportedSizeError",
    "UsageError",
    "View",
    "VtokError",
    "Windows",
    "architecture",
    "chat",
    "convert_box",
    "count",
    "count_sizes",
    "layout",
    "models",
    "overlay",
    "pages",
    "patch_order",
    "position_ids",
    "probe",
    "prompt",
    "scan",
    "trace",
    "windows",
]

_ELSEWHERE = {
    "Positions": "vtok.geometry.positions",
    "Windows": "vtok.geometry.windows",
    "chat": "vtok.chats",
    "overlay": "vtok.overlays",
    "scan": "vtok.datasets",
    **dict.fromkeys(("Architecture", "Cost", "Stage", "Trace"), "vtok.networks"),
    **dict.fromkeys(("architecture", "trace"), "vtok.tracing"),
    **dict.fromkeys(
        (
            "Box",
            "Candidate",
            "Layout",
            "Media",
            "Prompt",
            "Raster",
            "Sampling",
            "Size",
            "Span",
            "Step",
            "View",
        ),
        "vtok.values",
    ),
}
"""Where those names are that are not in `vtok.library`."""


def __getattr__(name: str) -> "Any":
    """Load a public function or class when it is first used."""
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(_ELSEWHERE.get(name, "vtok.library")), name)
    raise AttributeError(f"module 'vtok' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
