"""Random sizes and settings, and files, given to transformers and to vtok.

Each draw sets some of the numbers that hold down what an image or a video costs, writes the preset with them as config
files, makes the processor of transformers from these, and compares a few images, or a video.
"""

import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from vtok import families
from vtok.checkpoints.places import places, readable
from vtok.errors import UsageError, VtokError
from vtok.parts.family import Family, Limited
from vtok.search.limits import choices_of, names_of
from vtok.values import Layout, Media, Size
from vtok.verify import here
from vtok.verify.folders import save, written
from vtok.verify.known import KNOWN, Known
from vtok.verify.upstream import PAD, Answer, Upstream

IMAGES = 6
"""Images that are compared with one draw of settings."""

VIDEOS = 0.25
"""The share of draws that give a video to a model that takes them."""

LONGEST = 2400
"""The longest side that is drawn, in pixels."""

LEAST = 4
"""The shortest side that is drawn: of fewer rows of pixels transformers may think that they are channels."""

MOST_PIXELS = 2_000_000
"""The largest image that is drawn: a processor needs some hundred bytes a pixel."""

FRAMES = (40, 90)
"""The fewest and the most frames of a video: with fewer than they take by default, processors refuse a video."""


class Difference(NamedTuple):
    """One fact of which vtok and transformers disagree."""

    fact: str
    here: Any
    upstream: Any


class Compared(NamedTuple):
    """One input that both were given with some settings: upstream's answer, or why it refuses; and the differences."""

    preset: str
    input: str
    media: Media
    settings: dict[str, Any]
    answer: Answer | str
    differences: tuple[Difference, ...]

    @property
    def command(self) -> str:
        """The command that shows vtok's side."""
        settings = "".join(f" --set {name}={value}" for name, value in self.settings.items())
        return f"vtok count {self.input} -m {self.preset}{settings}"


@dataclass(frozen=True)
class Subject:
    """A preset that is verified: on config files with its numbers, or in a folder of the user's."""

    family: Family
    folder: Path | None = None

    @cached_property
    def stem(self) -> str:
        """The name of the family's file."""
        return families.stem_of(self.family.model) or self.family.model

    @property
    def obstacle(self) -> str:
        """Why it cannot be held against transformers; empty where it can."""
        if "transformers" not in self.family.pipelines:
            return f"transformers does not have {self.family.model}; it is prepared by its own code"
        return ""

    def upstream(self, family: Family, folder: Path) -> Upstream:
        """The processor of this preset with other numbers; its config files are written into an empty folder.

        A folder of the user's is read as it is, if it has what the processor needs beside the numbers.
        """
        files = configs(family, self.stem)
        if self.folder:
            theirs = {path.name: path.read_text("utf-8") for path in self.folder.glob("*config.json")}
            for name, text in theirs.items():
                (folder / name).write_text(text, "utf-8")
            files = {name: content for name, content in files.items() if name not in theirs and name != "config.json"}
        save(files, folder)
        return Upstream(folder, self.stem, family)


def configs(family: Family, stem: str) -> dict[str, dict[str, Any]]:
    """The config files that make a processor of transformers with this preset's numbers."""
    known = KNOWN.get(stem, Known())
    made = written(family, everywhere=True)
    defaults = getattr(families.module(stem), "CLASS_DEFAULTS", {})
    images = made.setdefault("preprocessor_config.json", {})
    if classes := [name for name in defaults if name.endswith("ImageProcessor")]:
        images["image_processor_type"] = classes[0]
    images |= known.images(family)
    if known.text_type:
        made["config.json"].setdefault("text_config", {})["model_type"] = known.text_type
    for file, content in {"processor": known.settings(family), "video_preprocessor": known.videos(family)}.items():
        if content:
            made.setdefault(f"{file}_config.json", {}).update(content)
    return made


def drawn(family: Family, kind: Limited, chance: random.Random) -> dict[str, Any]:
    """Settings for at most two of the limits that config files have."""
    names = [name for name in names_of(family, kind) if name in readable(family) and places(family, name)]
    settings: dict[str, Any] = {}
    for name in chance.sample(names, chance.randint(0, min(2, len(names)))):
        value = getattr(family, name)
        if choices := choices_of(family, name):
            settings[name] = chance.choice(choices)
        elif isinstance(value, int):
            settings[name] = max(1, int(value * 2 ** chance.uniform(-3, 1)))
    return settings


def size_drawn(chance: random.Random, most: int = MOST_PIXELS) -> Size:
    """A size: often ordinary, sometimes tiny, a sliver, or of multiples of usual factors."""
    while True:
        step = chance.choice((1, 1, 1, 14, 16, 28, 32, 336))
        height, width = (max(LEAST, round(LONGEST ** chance.uniform(0.3, 1) / step) * step) for _ in range(2))
        if height * width <= most:
            return Size(height, width)


def compared(subject: Subject, chance: random.Random) -> Iterator[Compared]:
    """One draw of settings, and IMAGES images or one video with it; nothing for settings that vtok refuses."""
    from PIL import Image

    is_video = "video" in subject.family.kinds and ("image" not in subject.family.kinds or chance.random() < VIDEOS)
    settings = {} if subject.folder else drawn(subject.family, "video" if is_video else "image", chance)
    try:
        family = subject.family.choose(**settings)
    except UsageError:
        return
    with tempfile.TemporaryDirectory() as folder:
        upstream = subject.upstream(family, Path(folder))
        if is_video:
            media = _video_drawn(chance)
            name = f"{media.size} --duration {media.duration:.3f} --source-fps {media.fps:g}"
            yield compare(upstream, media, settings, name, partial(upstream.video, media))
            return
        for _ in range(IMAGES):
            size = size_drawn(chance)
            image = Image.new("RGB", (size.width, size.height))
            yield compare(upstream, Media(size=size), settings, str(size), partial(upstream.image, image))


def _video_drawn(chance: random.Random) -> Media:
    num_frames, fps = chance.randint(*FRAMES), chance.choice((4.0, 10.0, 24.0, 25.0, 29.97, 30.0))
    return Media(size=size_drawn(chance, 60_000), num_frames=num_frames, fps=fps, duration=num_frames / fps)


def compared_with(subject: Subject, name: str, path: str | None, media: Media) -> Compared:
    """An input that the user named: an image as transformers loads it, noise of a video's size and number of frames."""
    from PIL import Image

    with tempfile.TemporaryDirectory() as folder:
        upstream = subject.upstream(subject.family, Path(folder))

        def ask() -> Answer:
            if media.is_video:
                return upstream.video(media)
            if path is None:
                return upstream.image(Image.new("RGB", (media.size.width, media.size.height)))
            from transformers.image_utils import load_image

            return upstream.image(load_image(path))

        return compare(upstream, media, {}, name, ask)


def compare(
    upstream: Upstream, media: Media, settings: dict[str, Any], name: str, ask: Callable[[], Answer]
) -> Compared:
    """One input, given to both."""
    family = upstream.family
    there: Answer | str
    try:
        there = ask()
    except Exception as error:  # whatever the installed code raises is its answer
        there = f"{type(error).__name__}: {' '.join(str(error).split())}"
    ours: Layout | str
    try:
        ours = family.layout(media)
    except VtokError as error:
        ours = str(error)
    return Compared(family.names[0], name, media, settings, there, tuple(_differences(family, ours, there)))


def _differences(family: Family, ours: Layout | str, there: Answer | str) -> Iterator[Difference]:
    if isinstance(ours, str) or isinstance(there, str):
        if not (isinstance(ours, str) and _refused(there)):
            texts = [answer if isinstance(answer, str) else "no error" for answer in (ours, there)]
            yield Difference("error", *texts)
        return
    mine = here.answer(family, ours, there.facts)
    for name, value in there.facts.items():
        if mine.facts[name] != value:
            yield Difference(name, mine.facts[name], value)
    if there.text is not None and mine.text is not None and not _alike(mine.text, there.text):
        yield Difference("text", mine.text, there.text)


def _refused(there: Answer | str) -> bool:
    """Whether upstream refuses: its processor does, or it leaves no token of the image, on which the model fails."""
    return isinstance(there, str) or (there.text is not None and PAD not in there.text)


def _alike(here: str, there: str) -> bool:
    """Whether two texts are one, but for words around it that only one of them has: a template, or a task."""
    short, long = sorted((here, there), key=len)
    return short in long and PAD not in long.replace(short, "", 1)
