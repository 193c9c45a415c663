"""What only some families can do. Each ability is asked for here, and nowhere else."""

from typing import TYPE_CHECKING, cast

from vtok.parts.family import Family

if TYPE_CHECKING:  # a protocol costs as much start-up as a dataclass
    from collections.abc import Iterable, Sequence
    from typing import Any, Protocol, Self

    from vtok.geometry.positions import Positions
    from vtok.geometry.windows import Grid, Windows
    from vtok.values import Basis, Candidate, Media, Raster, Span

    class Tiled(Protocol):
        """A family that chooses a tiling among candidates."""

        def candidates(self, media: Media) -> tuple[Candidate, ...]:
            """Every tiling that upstream considers for this image, with its scores, in upstream's order.

            One of them is chosen. There are none for an input that is not cut.
            """

    class Windowed(Protocol):
        """A family whose encoder attends within windows in some layers."""

        def choose(self, **options: Any) -> Self:
            """The same preset with other numbers or options."""

        def windows(self, grids: Iterable[Grid]) -> Windows:
            """The windows of images and videos with these grids, in patches."""

    class Rotary(Protocol):
        """A family whose language model rotates by time, row and column (M-RoPE); `mrope_section` says how."""

        @property
        def kinds(self) -> tuple[str, ...]:
            """The kinds of input that it takes."""

        @property
        def no_videos(self) -> str:
            """Why a video is refused, where `kinds` has none."""

        @property
        def model(self) -> str:
            """Name of the model."""

        @property
        def merge_size(self) -> int:
            """Patches per token, along each side."""

        def choose(self, **options: Any) -> Family:
            """The same preset with other numbers or options."""

        def grid_spans(self, raster: Raster, *, video: bool, texts: Sequence[int] | None = None) -> tuple[Span, ...]:
            """The prompt's part for an image or video of which only the merged grid is known.

            `texts` are the lengths of the text at each temporal step of a video; models without such text ignore them.
            """

        def positions(self, spans: Iterable[Span], version: str) -> Positions:
            """The position ids of a prompt in that version of transformers."""


def tiled(family: Family) -> "Tiled | None":
    """The family, if it chooses a tiling among candidates."""
    return cast("Tiled", family) if hasattr(family, "candidates") else None


def basis_of(family: Family) -> "Basis | None":
    """What the counts of a model behind an API rest on; None for models whose code was run or read."""
    return getattr(family, "basis", None)


def windowed(family: Family) -> "Windowed | None":
    """The family, if its encoder attends within windows. The user's own window size does not make it so."""
    published = getattr(family.as_published, "window_size", None)
    return cast("Windowed", family) if hasattr(family, "windows") and published is not None else None


def rotary(family: Family) -> "Rotary | None":
    """The family, if its language model has M-RoPE."""
    return cast("Rotary", family) if hasattr(family, "positions") else None


def rope_pipeline(family: Family) -> str:
    """The pipeline whose versions have position ids of their own: transformers, else the engine that counts."""
    return "transformers" if "transformers" in family.pipelines else family.pipeline_used


def rope_versions(family: Family) -> tuple[str, ...]:
    """The versions whose position ids are known, the newest last."""
    return family.pipelines[rope_pipeline(family)]


def steps_per_token(family: "Rotary") -> int:
    """How many temporal steps of a video share a token."""
    merged: int = getattr(family, "temporal_merge_size", 1)
    return merged
