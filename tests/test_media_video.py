"""Videos: what `probe` says against how each was made, and against PyAV's decoder, which vtok never uses."""

import io
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import vtok
from vtok.errors import MediaError
from vtok.media import probe
from vtok.media.video import FrameTimes
from vtok.values import Media, Size

WIDTH, HEIGHT = 64, 48
MS = Fraction(1, 1000)
UNEVEN = (0, 40, 80, 200, 240, 500, 540, 580, 900, 1000, 1040, 1080)


def video(
    form: str = "mp4",
    *,
    codec: str = "mpeg4",
    frames: int = 12,
    rate: Fraction | int = 25,
    times: Sequence[int] = (),
    matrix: Sequence[int] = (),
    sound: bool = False,
    options: dict[str, str] | None = None,
    path: Path | None = None,
) -> bytes:
    """A small video; `times` are in milliseconds, `matrix` is a display matrix (nine integers, 1.0 is 65536)."""
    memory = io.BytesIO()
    out = path or memory
    with av.open(out, "w", format=form, options=options or {}) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        if times:
            stream.codec_context.time_base = MS
        if matrix:
            stream.set_display_matrix(matrix)
        if sound:
            add_sound(container)
        container.start_encoding()
        for i in range(frames):
            frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([i * 10 % 256]) * plane.buffer_size)
            if times:
                frame.pts, frame.time_base = times[i], MS
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path.read_bytes() if path else memory.getvalue()


def add_sound(container: Any, seconds: int = 1) -> None:
    stream = container.add_stream("pcm_s16le" if container.format.name in ("avi", "wav") else "aac", rate=8000)
    for i in range(seconds * 8):
        frame = av.AudioFrame(format=stream.format.name, layout="stereo", samples=1000)
        frame.sample_rate, frame.pts = 8000, i * 1000
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def sound(form: str = "mp4") -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=form) as container:
        add_sound(container)
    return out.getvalue()


def decoded(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        return len(list(container.decode(video=0)))


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


CONTAINERS = {
    "mp4": ("mp4", {"form": "mp4"}),
    "mp4, B-frames": ("mp4", {"form": "mp4", "codec": "libx264"}),
    "mov": ("mov", {"form": "mov"}),
    "fragmented": ("mp4", {"form": "mp4", "options": {"movflags": "frag_keyframe+empty_moov"}}),
    "half fragmented": ("mp4", {"form": "mp4", "options": {"movflags": "frag_every_frame"}}),
    "avi": ("avi", {"form": "avi"}),
    "mkv": ("mkv", {"form": "matroska"}),
    "mkv, B-frames": ("mkv", {"form": "matroska", "codec": "libx264"}),
    "webm": ("webm", {"form": "webm", "codec": "libvpx"}),
    "mpegts": ("mpegts", {"form": "mpegts"}),
    "flv": ("flv", {"form": "flv", "codec": "flv"}),
}


@pytest.mark.parametrize(("form", "made"), CONTAINERS.values(), ids=CONTAINERS.keys())
def test_every_container(form: str, made: dict[str, Any]) -> None:
    data = video(**made)
    media = probe(io.BytesIO(data))
    assert media.format == form
    assert media.size == Size(HEIGHT, WIDTH)
    assert media.num_frames == decoded(data) == 12
    assert media.fps == 25
    assert media.duration == pytest.approx(12 / 25, abs=0.002)
    assert not media.variable_fps
    assert media.orientation == 1


@pytest.mark.parametrize("form", ["mp4", "matroska"])
def test_a_rate_that_is_no_integer(form: str) -> None:
    media = probe(io.BytesIO(video(form, rate=Fraction(30000, 1001), frames=40)))
    assert media.fps == pytest.approx(30000 / 1001, rel=1e-9)
    assert not media.variable_fps
    assert media.duration == pytest.approx(40 * 1001 / 30000, abs=0.002)


@pytest.mark.parametrize("form", ["mp4", "matroska"])
def test_variable_rate_is_that_of_the_timestamps(form: str) -> None:
    media = probe(io.BytesIO(video(form, times=UNEVEN)))
    assert media.variable_fps
    assert media.num_frames == 12
    assert media.fps == pytest.approx(12 / 1.12, rel=1e-3)  # the last frame is shown for 40 ms
    assert media.duration == pytest.approx(1.12, abs=0.002)


def test_sound_beside_the_images() -> None:
    media = probe(io.BytesIO(video("matroska", sound=True)))
    assert (media.num_frames, media.fps) == (12, 25)


def test_a_video_of_one_frame() -> None:
    media = probe(io.BytesIO(video(frames=1)))
    assert (media.num_frames, media.is_video) == (1, True)


ONE = 65536
# x' = a x + c y, y' = b x + d y; a phone held upright writes a quarter turn clockwise as 0 1 -1 0
TURNS = {
    1: (ONE, 0, 0, ONE),
    2: (-ONE, 0, 0, ONE),
    3: (-ONE, 0, 0, -ONE),
    4: (ONE, 0, 0, -ONE),
    5: (0, ONE, ONE, 0),
    6: (0, ONE, -ONE, 0),
    7: (0, -ONE, -ONE, 0),
    8: (0, -ONE, ONE, 0),
}


@pytest.mark.parametrize("form", ["mp4", "mov"])
@pytest.mark.parametrize("orientation", TURNS)
def test_rotation(form: str, orientation: int) -> None:
    a, b, c, d = TURNS[orientation]
    media = probe(io.BytesIO(video(form, matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30))))
    assert media.orientation == orientation
    assert media.size == (HEIGHT, WIDTH)
    assert media.upright == ((WIDTH, HEIGHT) if orientation >= 5 else (HEIGHT, WIDTH))


@pytest.mark.parametrize(("counterclockwise", "orientation"), [(90, 8), (-180, 3), (-90, 6)])
def test_rotation_as_the_decoder_tells_it(counterclockwise: int, orientation: int) -> None:
    a, b, c, d = TURNS[orientation]
    data = video(matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30))
    with av.open(io.BytesIO(data), "r") as container:
        assert next(container.decode(video=0)).rotation == counterclockwise
    assert probe(io.BytesIO(data)).orientation == orientation


def test_a_slanted_matrix_is_no_turn() -> None:
    assert probe(io.BytesIO(video(matrix=(ONE, ONE, 0, -ONE, ONE, 0, 0, 0, 1 << 30)))).orientation == 1


# animations

DURATIONS = (100, 200, 100, 50, 50, 400)


def animation(form: str, durations: Sequence[int]) -> bytes:
    frames = [Image.new("RGB", (40, 30), (i * 40, 0, 0)) for i in range(len(durations))]
    out = io.BytesIO()
    frames[0].save(out, form, save_all=True, append_images=frames[1:], duration=list(durations))
    return out.getvalue()


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_as_a_video(form: str) -> None:
    media = probe(io.BytesIO(animation(form, DURATIONS)), "video")
    expected = Media(size=Size(30, 40), num_frames=6, fps=20 / 3, duration=0.9, variable_fps=True, format=form)
    assert media == expected


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_even_animation(form: str) -> None:
    media = probe(io.BytesIO(animation(form, [50] * 4)), "video")
    assert (media.num_frames, media.fps, media.variable_fps) == (4, 20, False)


@pytest.mark.parametrize(
    ("durations", "variable"),
    [
        # a twentieth of the mean of 1,000 ms is allowed, and not a millisecond more
        ([950, 1050], False),
        ([949, 1051], True),
        ([1000, 1000, 1000, 1000, 1000, 950, 1050], False),
        ([1000, 1000, 1000, 1000, 1000, 940, 1060], True),
        # and always one tick of the clock, here a millisecond
        ([9, 11], False),
        ([8, 12], True),
        ([1, 1, 1], False),
    ],
)
def test_the_threshold_of_variable_rates(durations: list[int], variable: bool) -> None:
    assert FrameTimes(len(durations), durations, Fraction(1, 1000)).variable == variable


@pytest.mark.parametrize(("durations", "variable"), [([950, 1050], False), ([940, 1060], True)])
def test_a_variable_rate_is_told(durations: list[int], variable: bool) -> None:
    media = probe(animation("WEBP", durations), "video")
    note = "the frame rate varies: 1 fps is the average, and timestamps are estimates"
    assert media.notes == ((note,) if variable else ())
    layout = vtok.layout("qwen2.5-vl", media)
    assert (note in layout.notes) == variable
    assert layout.to_dict()["variable_fps"] == variable
    assert "variable_fps" not in vtok.layout("qwen2.5-vl", width=56, height=56).to_dict()


@pytest.mark.parametrize(
    ("orientation", "words"),
    [(6, "turned 90 degrees clockwise"), (3, "turned 180 degrees"), (8, "turned 90 degrees counterclockwise")],
)
def test_a_turn_is_told_in_words(orientation: int, words: str) -> None:
    a, b, c, d = TURNS[orientation]
    layout = vtok.layout("qwen2.5-vl", video(matrix=(a, b, 0, c, d, 0, 0, 0, 1 << 30)))
    assert layout.steps[0].reason == f"display rotation ({words}), ignored by the transformers loader"


MINIMUM = {
    "qwen2.5-vl": "the video has 1 frame; the model needs at least 2",
    "qwen2-vl": "the video has 1 frame; the model needs at least 2",
    "qwen3-vl": "too few frames are taken from the video: 1; the model needs at least 2",
    "glm-4.6v": "the model needs at least 2",
}


@pytest.mark.parametrize("model", MINIMUM)
def test_a_video_that_is_too_short_is_told_the_minimum(model: str) -> None:
    media = probe(video(frames=1))
    assert media.num_frames == 1
    with pytest.raises(vtok.UnsupportedSizeError, match=MINIMUM[model]):
        vtok.layout(model, media)


# where it comes from


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "video.jpg"
    path.write_bytes(video())
    media = probe(path)
    assert (media.format, media.num_frames, media.name) == ("mp4", 12, str(path))
    assert probe(path, "video") == media
    with pytest.raises(MediaError, match="this is a video"):
        probe(path, "image")


def test_names_that_are_not_utf_8(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"na\xffme.mp4")
    try:
        with open(path, "wb") as file:
            file.write(video())
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert os.fsencode(probe(os.fsdecode(path)).name) == path


def test_an_open_file_stays_open(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(video())
    with path.open("rb") as file:
        assert probe(file).num_frames == 12
        assert not file.closed
        assert file.tell() == 0


def test_a_pipe_of_standard_input() -> None:
    script = "import sys; from vtok.media import probe; print(probe(sys.stdin.buffer).num_frames, 'PIL' in sys.modules)"
    ran = subprocess.run([sys.executable, "-W", "error", "-c", script], input=video(), capture_output=True, check=True)
    assert ran.stdout.split() == [b"12", b"False"]
    assert not ran.stderr


def test_no_frame_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    data, opened = video("matroska"), av.open

    class Watched:
        def __init__(self, container: Any) -> None:
            self.container = container

        def __enter__(self) -> "Watched":
            return self

        def __exit__(self, *_: object) -> None:
            self.container.close()

        def __getattr__(self, name: str) -> object:
            assert name in ("streams", "duration", "demux")
            return getattr(self.container, name)

    monkeypatch.setattr(av, "open", lambda *args, **options: Watched(opened(*args, **options)))
    assert probe(io.BytesIO(data)).num_frames == 12


# what is refused, and what is not quite whole


def test_a_cut_mp4_that_announces_its_frames(tmp_path: Path) -> None:
    data = video(options={"movflags": "faststart"}, frames=50, path=tmp_path / "a.mp4")
    media = probe(io.BytesIO(data[: data.index(b"mdat") + 200]))
    assert (media.num_frames, media.fps, media.size) == (50, 25, (HEIGHT, WIDTH))


def test_a_cut_mkv_counts_what_is_left() -> None:
    data = video("matroska", frames=100)
    whole, cut = probe(io.BytesIO(data)), probe(io.BytesIO(data[: len(data) * 3 // 4]))
    assert whole.num_frames == 100
    assert cut.num_frames
    assert 0 < cut.num_frames < 100


def cover_art() -> bytes:
    out, image = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (32, 32)).save(image, "JPEG")
    with av.open(out, "w", format="mp4") as container:
        cover: Any = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = 1 << 10  # attached image
        add_sound(container)
        packet = av.Packet(image.getvalue())
        packet.stream, packet.pts, packet.dts = cover, 0, 0
        container.mux(packet)
    return out.getvalue()


WHOLE = video()
BAD = {
    "no index": (WHOLE[: WHOLE.index(b"moov") - 4], "no whole index"),
    "half an index": (WHOLE[: WHOLE.index(b"moov") + 60], "no whole index"),
    "only its first box": (WHOLE[:28], "no whole index"),
    "empty index": (WHOLE[:28] + box(b"moov"), "damaged|no video"),
    "no frame": (video(frames=0, options={"movflags": "frag_keyframe+empty_moov"}), "no frames|no size|damaged"),
    "cut mkv": (video("matroska")[:60], "mkv header is damaged"),
    "cut avi": (video("avi")[:60], "avi header is damaged|no video"),
    "sound in mp4": (sound(), "no video"),
    "sound in mkv": (sound("matroska"), "no video"),
    "sound in wav": (sound("wav"), "no video"),
    "cover of an album": (cover_art(), "no video"),
    "playlist": (b"#EXTM3U\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n", "this is text"),
    "box of endless size": (box(b"free") + struct.pack(">I4sQ", 1, b"free", 0), "no whole index"),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("kind", [None, "video"])
def test_bad_videos_say_what_is_wrong(data: bytes, message: str, kind: Any, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MediaError, match=message) as caught:
        probe(io.BytesIO(data), kind)
    assert str(caught.value).isprintable()
    assert capfd.readouterr() == ("", "")


@given(st.sampled_from([WHOLE, video("matroska"), video("avi")]), st.data())
def test_damage_is_a_video_or_a_media_error(data: bytes, drawn: st.DataObject) -> None:
    damaged = bytearray(data[: drawn.draw(st.integers(100, len(data)))])
    for _ in range(drawn.draw(st.integers(0, 5))):
        damaged[drawn.draw(st.integers(12, len(damaged) - 1))] = drawn.draw(st.integers(0, 255))
    try:
        message = str(probe(io.BytesIO(bytes(damaged))).size)
    except MediaError as refused:
        message = str(refused)
    assert message.isprintable()
