"""`vtok budget --resize`: the one image of a prompt, written at the largest size that fits."""

from typing import TYPE_CHECKING, Any, NamedTuple

from vtok.cli._failures import complain
from vtok.cli._inputs import Input
from vtok.errors import UsageError
from vtok.parts.family import Family
from vtok.values import Media, Size

if TYPE_CHECKING:
    from vtok.search.fitting import FittingImage


class Written(NamedTuple):
    """An image that was written: its file, its size before and after, the filter, and what it costs now."""

    path: str
    original: Size
    size: Size
    resample: str
    tokens: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**self._asdict(), "original": self.original.to_dict(), "size": self.size.to_dict()}

    def __str__(self) -> str:
        change = "as it is" if self.size == self.original else f"{self.original} -> {self.size}"
        return f"{self.path}: {change}, {self.resample}; {self.tokens:,} prompt tokens"


def source_of(source: Input) -> str:
    """The image's own file; UsageError where it has none."""
    if source.path is None or source.path == "-":
        raise UsageError("--resize needs the image's file, not its size or standard input")
    return source.path


def write(path: str, source: str, media: Media, family: Family, image: "FittingImage") -> Written:
    """Write the image in `source` to `path` at that size, by the model's filter, whole or not at all."""
    from vtok.media.resized import format_of, write_resized
    from vtok.render.files import write_whole

    form, turned = format_of(path), family.turns(media)
    missing: list[str] = []
    write_whole(
        path,
        lambda file: missing.append(
            write_resized(source, media, file, form=form, size=image.size, turned=turned, resample=family.resample)
        ),
    )
    if missing[0]:
        complain(source, missing[0])
    original = media.upright if turned else media.size
    return Written(path, original, image.size, family.resample, image.tokens)
