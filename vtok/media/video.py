"""Videos: size, frames, rate and rotation by PyAV, from the container; no frame is decoded for vtok.

FFmpeg itself decodes a frame of some videos to know them better than their container does. The number of frames comes
from the container if it states one; otherwise the packets are counted. Everything is read through the open file, never
by name: PyAV takes names for addresses, too. Files that a video names are not opened.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import BinaryIO, NamedTuple

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vtok.errors import MediaError
from vtok.media.matroska import check_header
from vtok.media.movie import LEAST_PACKET, LEAST_SAMPLE, Index, check_number, check_samples, read_index
from vtok.values import Media, Size

MOST_PIXELS = 2**25 + 2**21
"""Most pixels of a frame: 8K (8192 x 4320) is below it."""

_MOST_DECODED = 3 * 2**20
"""Most pixels of a frame that FFmpeg may decode while a file is opened: it holds up to 32 bytes of each."""

_JITTER = Fraction(1, 20)
"""A rate is variable if one frame is shown longer or shorter than the mean by more than this part of it.

A difference of one tick of the clock is always allowed, since times are rounded to ticks.
"""


class FrameTimes(NamedTuple):
    """The number of frames, and for how many ticks each frame is shown, as far as known. A tick is in seconds."""

    total: int
    steps: list[int]
    tick: Fraction

    @property
    def seconds(self) -> Fraction:
        """For how long the frames of known times are shown together."""
        return sum(self.steps) * self.tick

    @property
    def variable(self) -> bool:
        """Whether some frames are shown longer than others."""
        if not self.steps:
            return False
        mean = Fraction(sum(self.steps), len(self.steps))
        allowed = max(Fraction(1), mean * _JITTER)
        return any(abs(step - mean) > allowed for step in self.steps)


def measure(file: BinaryIO, form: str, name: str) -> Media:
    """Size, rotation, number of frames, frames per second and seconds of a video.

    The size is that of the decoded frames before they are turned, as the loaders of the models see it. The rotation is
    read from mp4 and mov, the containers of phones and cameras. Raises MediaError for a file without a whole video.
    """
    index = read_index(file) if form in ("mp4", "mov") else Index()
    header = (0, check_header(file)) if form in ("mkv", "webm") else index.place
    size = file.seek(0, 2)
    with open_video(file, form, header) as container:
        stream = first_stream(container)
        frame = _size(stream)
        counts = index.fragmented or not stream.frames
        frames = _counted(container, stream, size) if counts else _announced(stream, size)
        if not frames.total:
            raise MediaError("the video has no frames")
        return Media(
            size=frame,
            orientation=index.turns.get(stream.id, 1),
            num_frames=frames.total,
            fps=_rate(stream, frames),
            duration=_duration(container, stream, frames),
            variable_fps=frames.variable,
            format=form or container.format.name.partition(",")[0],
            name=name,
        )


def animate(media: Media, file: BinaryIO) -> Media | None:
    """The same GIF, PNG, WebP or AVIF as a video, with its frames and their times; None if it holds one image."""
    size = file.seek(0, 2)
    if media.images_in_file < 2 and size > _HELD:
        return None
    check_number(media.images_in_file, size, least=LEAST_PACKET, what="frames")
    frames = _webp_frames(file) if media.format == "WEBP" else _animation_frames(file, media.format)
    if frames.total < 2:
        return None
    seconds = frames.seconds
    return replace(
        media,
        num_frames=frames.total,
        images_in_file=1,
        fps=float(frames.total / seconds) if seconds > 0 else None,
        duration=float(seconds) if seconds > 0 else None,
        variable_fps=frames.variable,
    )


_FORMATS = (
    "asf,avi,dv,flv,gif,h261,h263,h264,hevc,apng,ivf,live_flv,m4v,matroska,mjpeg,mpeg,mpegts,mpegvideo,mxf,nut,ogg,rm,"
    "vc1,yuv4mpegpipe,png_pipe"
)
"""FFmpeg's names of the formats that are read, besides `mov`, whose files their first box tells."""

_OPTIONS = {
    "protocol_whitelist": "none",  # a playlist could make FFmpeg open other files or addresses
    "max_streams": "100",
}
_LOOKED_AT = str(2**17)
"""Bytes of packets that FFmpeg looks at to know a stream better than its header tells: it keeps all of them."""

_SAYS_LATE = ("mpegts", "mpeg", "")
"""Formats whose packets tell what others have in a header, and are not tiny."""

_LATE = ("mpegts", "mpeg", "flv")
"""FFmpeg's names of formats whose streams are met behind the header. No limit can be given to their decoders."""

_MOST_SEEKS, _MOST_READ, _LARGE, _HELD = 2**12, 5 * 2**22, 10**8, 2**24
"""Seeks and bytes while it is opened: FFmpeg copies the first frame up to four times. It may be a fifth of the file, a
third of one of more than _LARGE bytes. Bytes of an image that FFmpeg may hold.
"""

_TS_PACKET = re.compile(rb"(?s)G[@-\x7f\xc0-\xff].[\x10-?P-\x7f\x90-\xbf\xd0-\xff](?=(?:.{184}|.{188}|.{200})G)")
"""The head of a packet in which a unit begins. Packets have 188, 192 or 204 bytes. Source: ISO/IEC 13818-1, 2.4.3.2."""

_TS_PROGRAMS = re.compile(rb"(?s)G[\0 @`\x80\xa0\xc0\xe0]\0[\x10-?P-\x7f\x90-\xbf\xd0-\xff](.{184})")
"""A packet of the table of programs. Source: ISO/IEC 13818-1, 2.4.4.3."""

_UNIT = b"\0\0\1"
"""How each unit of H.264, HEVC and VVC begins, each slice of MPEG-2, and each packet of an MPEG program stream."""

_MOST_PACKETS, _MOST_TABLES, _MOST_UNITS = 2**13, 2**6, 20_000
"""How many packets of a transport stream may begin while a file is opened, how often its programs may change, and how
many units may begin: FFmpeg takes 8 kB for such a packet, goes through all programs so far, and takes 4 kB for a unit.
"""

_WITH_FRAMES = (b"DKIF", b"nut/", b"\x06\x0e\x2b\x34")
"""How IVF, NUT and MXF begin, whose frames stand apart as in all formats that do not say late what they hold."""

_BUFFER, _PIECE, _SHOWN = 2**15, 2**20, 2**13
"""Bytes that FFmpeg reads at a time. Of a larger frame it gets so many at once while a file is opened, and sees the
first ones. Zeros follow: what it learns from a frame stands at the beginning. Of the rest it takes 3 kB for each unit
of AV1, and 180 bytes for one of H.264; both may have two bytes.
"""


class _Nameless:
    """A file without its name: PyAV would believe the ending of that. While it is opened, what FFmpeg does is counted.

    Boxes that point at each other let it seek to and fro for ever, deaf to Ctrl-C. A seek that fails ends it. It reads
    the first frame whole, however large, and takes it apart. It reads megabytes of MPEG's packets to know the streams.
    A header, from `header[0]` to `header[1]`, holds no frames and no units, if it is read once.
    """

    def __init__(self, file: BinaryIO, form: str, header: tuple[int, int] = (0, 0)) -> None:
        self._seek, self._read, self.tell = file.seek, file.read, file.tell
        self._size = file.seek(0, 2)
        share = 5 if self._size <= _LARGE else 3
        self._seeks, self._bytes, self.opening = _MOST_SEEKS, max(_MOST_READ, self._size // share), True
        self._is_stream = form in ("mpegts", "")
        self._packets, self._tables, self._units = _MOST_PACKETS, _MOST_TABLES, _MOST_UNITS
        self._header, self._hidden, self._programs, self._tail = header, -1, b"", b""
        file.seek(0)
        self._shortens = form not in _SAYS_LATE or file.read(4) in _WITH_FRAMES
        file.seek(0)

    @property
    def costs_too_much(self) -> bool:
        """Whether too much was read, or too many packets or units."""
        return min(self._bytes, self._packets, self._tables, self._units) <= 0

    def read(self, length: int) -> bytes:
        """As a file's; the end of it where it costs too much."""
        if not self.opening:
            return self._read(length)
        place = self.tell()
        length = max(0, min(length, self._size - place, _PIECE))
        self._bytes -= length
        if self.costs_too_much:
            return b""
        if self._shortens and length > _BUFFER and not self._header[0] <= place < self._header[1]:
            data = (b"" if place == self._hidden else self._read(_SHOWN)).ljust(length, b"\0")
            self._hidden = self._seek(place + length)
        else:
            data = self._read(length)
        self._count(place, data)
        return b"" if self.costs_too_much else data

    def _count(self, place: int, data: bytes) -> None:
        """Count the units in frames, and the packets of a transport stream."""
        start, end = (max(0, min(edge - place, len(data))) for edge in self._header)
        if start < end:
            self._header = place + end, self._header[1]
        self._units -= data.count(_UNIT, 0, start) + data.count(_UNIT, end)
        if self._is_stream:
            self._packets -= len(_TS_PACKET.findall(data))
            self._count_tables(data)

    def _count_tables(self, data: bytes) -> None:
        """Count how often the packets of the table of programs change."""
        for table in _TS_PROGRAMS.findall(self._tail + data):
            self._tables -= table != self._programs
            self._programs = table
        self._tail = data[-187:]

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file's; -1 after too many seeks, and where the file became another one meanwhile."""
        self._seeks -= self.opening
        try:
            return self._seek(offset, whence) if self._seeks > 0 else -1
        except (OSError, ValueError):  # PyAV would print it
            return -1


def open_video(file: BinaryIO, form: str, header: tuple[int, int] = (0, 0)) -> InputContainer:
    """The container in an open file, by its content alone. Raises MediaError if it is none.

    FFmpeg decodes no frame of more than _MOST_DECODED pixels. It then forgets the size, and the file is opened without
    any decoder: the size is what the container, or the header of the coded video, states. `header` is where a
    header that holds no frames starts and ends.
    """
    if form in (*_LATE, ""):  # no stream of MPEG needs a decoder to know its size
        container = _opened(file, form, header, codec_whitelist="none")
        name = container.format.name
        if name in _LATE and (_pixels(container) or name != "flv"):
            return container
        container.close()
    container = _opened(file, form, header, max_pixels=str(_MOST_DECODED))
    if _pixels(container):
        return container
    container.close()
    container = _opened(file, form, header, codec_whitelist="none")
    if 0 < _pixels(container) <= _MOST_DECODED:  # the coded video states another size than the container
        container.close()
        raise _without_size()
    return container


def _pixels(container: InputContainer) -> int:
    """The pixels of a frame of the first video stream; 0 where there is none, or no size is known."""
    stream = next(_streams(container), None)
    return stream.width * stream.height if stream and stream.codec_context else 0


def _streams(container: InputContainer) -> Iterator[VideoStream]:
    """The video streams, without the cover of an album."""
    return (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)


def _opened(file: BinaryIO, form: str, header: tuple[int, int], **options: str) -> InputContainer:
    nameless = _Nameless(file, form, header)
    formats = _FORMATS if form not in ("mp4", "mov", "AVIF") else "mov"
    options |= _OPTIONS | {"format_whitelist": formats}
    if form not in _SAYS_LATE:
        options["probesize"] = _LOOKED_AT
    try:
        container = av.open(nameless, "r", options=options, metadata_errors="replace", buffer_size=_BUFFER)
    except (av.FFmpegError, ValueError, RuntimeError):
        if nameless.costs_too_much:
            raise _too_costly(form) from None
        known = f"the {form} header is damaged or cut off"
        met = known if form else "this is neither an image nor a video that can be read"
        raise MediaError(f"{met}; copy or convert the file again") from None
    nameless.opening = False
    if nameless.costs_too_much:
        container.close()
        raise _too_costly(form)
    return container


def _too_costly(form: str) -> MediaError:
    met = f"more packets than can be, or a frame of more than {_MOST_READ >> 20} MiB"
    return MediaError(f"the {form or 'video'} file has {met}; convert it to mp4 if it plays")


def first_stream(container: InputContainer) -> VideoStream:
    """The first video stream that is not the cover of an album. Raises MediaError if there is none."""
    stream = next(_streams(container), None)
    if stream is None:
        raise MediaError("the file has no video, only sound or other data")
    return stream


def _size(stream: VideoStream) -> Size:
    if stream.codec_context is None or not 0 < stream.width * stream.height <= MOST_PIXELS:
        raise _without_size()
    return Size(stream.height, stream.width)


def _without_size() -> MediaError:
    most = f"more than {MOST_PIXELS / 1e6:.0f} megapixels a frame"
    return MediaError(f"the video states no size, a side of zero or {most}; convert it to mp4 first")


def _announced(stream: VideoStream, size: int) -> FrameTimes:
    """The frames that the container states, without reading any packet."""
    entries = stream.index_entries
    check_number(max(stream.frames, len(entries)), size, least=LEAST_SAMPLE, what="frames")
    times = [entry.timestamp for entry in entries]
    return FrameTimes(stream.frames, _steps(times), stream.time_base or Fraction(0))


def _counted(container: InputContainer, stream: VideoStream, size: int) -> FrameTimes:
    """The frames of a stream, found by reading every packet."""
    times_and_stays, total = [], 0
    try:
        for packet in container.demux(stream):
            if packet.is_discard or (packet.dts is None and not packet.size):  # hidden, or the end
                continue
            total += 1
            if total % 2**12 == 0:
                check_number(total, size, least=LEAST_PACKET, what="frames")
            time = packet.dts if packet.pts is None else packet.pts
            if time is not None:
                times_and_stays.append((time, packet.duration or 0))
    except (av.FFmpegError, IndexError):
        pass  # cut off, or PyAV's end of a file in which a stream begins late: what came before counts
    times_and_stays.sort()
    steps = _steps([time for time, _ in times_and_stays]) + [stay for _, stay in times_and_stays[-1:] if stay]
    return FrameTimes(total, steps, stream.time_base or Fraction(0))


def _steps(times: list[int]) -> list[int]:
    return [after - before for before, after in pairwise(times)]


def _rate(stream: VideoStream, frames: FrameTimes) -> float | None:
    """Frames per second: the container's average if it knows all frames or they are even, else from the timestamps."""
    if stream.average_rate and stream.average_rate > 0 and (stream.frames == frames.total or not frames.variable):
        return float(stream.average_rate)
    return float(len(frames.steps) / frames.seconds) if frames.seconds > 0 else None


def _duration(container: InputContainer, stream: VideoStream, frames: FrameTimes) -> float | None:
    if stream.duration and stream.time_base and stream.duration * stream.time_base > 0:
        return float(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return container.duration / av.time_base
    return float(frames.seconds * frames.total / len(frames.steps)) if frames.seconds > 0 else None


def _animation_frames(file: BinaryIO, form: str) -> FrameTimes:
    if form == "AVIF":
        check_samples(file)
    size = file.seek(0, 2)
    with open_video(file, form) as container:
        # an AVIF sequence has its cover image as a stream of its own
        stream = max(container.streams.video, key=lambda s: s.frames, default=None)
        return _counted(container, stream, size) if stream else FrameTimes(0, [], Fraction(0))


def _webp_frames(file: BinaryIO) -> FrameTimes:
    """FFmpeg reads still WebP only, so the chunks are walked here; an ANMF holds one frame and its milliseconds.

    Source: developers.google.com/speed/webp/docs/riff_container.
    """
    file.seek(12)
    steps = []
    while len(head := file.read(8)) == 8:
        kind, length = struct.unpack("<4sI", head)
        start = file.tell()
        if kind == b"ANMF":
            steps.append(int.from_bytes(file.read(16)[12:15], "little"))
        file.seek(start + length + length % 2)
    return FrameTimes(len(steps), steps, Fraction(1, 1000))
