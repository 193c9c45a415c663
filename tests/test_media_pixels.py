"""Pixels: reduced, turned, cut off, too large; frames of videos."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import vtok
from vtok.media import pixels
from vtok.values import Media, Orientation, Size


def stored(image: Image.Image, form: str, **more: object) -> io.BytesIO:
    file = io.BytesIO()
    image.save(file, form, **more)
    file.seek(0)
    return file


def corner(width: int = 80, height: int = 40) -> Image.Image:
    """A red corner at the top left of a blue image."""
    image = Image.new("RGB", (width, height), (0, 0, 255))
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image


def where_red(image: Image.Image) -> tuple[float, float]:
    box = image.getchannel("R").point(lambda value: 255 * (value > 128)).getbbox()
    assert box
    return (box[0] + box[2]) / 2 / image.width, (box[1] + box[3]) / 2 / image.height


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("turned", [True, False])
def test_the_orientation_is_applied_or_not(form: str, orientation: int, turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = stored(corner(), form, exif=exif)
    media = vtok.probe(file)
    decoded = pixels.decoded(file, media, turned=turned)
    expected = {
        1: (0.125, 0.125), 2: (0.875, 0.125), 3: (0.875, 0.875), 4: (0.125, 0.875),
        5: (0.125, 0.125), 6: (0.875, 0.125), 7: (0.875, 0.875), 8: (0.125, 0.875),
    }[orientation if turned else 1]  # fmt: skip
    assert where_red(decoded.image) == pytest.approx(expected, abs=0.03)
    assert decoded.size == (media.upright if turned else media.size)
    assert decoded.image.size == (decoded.size.width, decoded.size.height)


@pytest.mark.parametrize("turned", [True, False])
def test_a_tiff_that_is_cut_off_is_turned_once(turned: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO(stored(corner(), "TIFF", exif=exif).getvalue()[:-100])
    decoded = pixels.decoded(file, vtok.probe(file), turned=turned)
    assert where_red(decoded.image) == pytest.approx((0.875 if turned else 0.125, 0.125), abs=0.03)
    assert decoded.image.size == ((40, 80) if turned else (80, 40))
    assert "cut off" in decoded.cut


def test_heic_is_read_by_its_own_reader(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    path = tmp_path / "a.heic"
    heif.from_pillow(corner()).save(path)
    decoded = pixels.decoded(str(path), vtok.probe(path), turned=True)
    assert where_red(decoded.image) == pytest.approx((0.125, 0.125), abs=0.03)


def test_a_jpeg_is_decoded_no_larger_than_needed(samples: Path) -> None:
    path = str(samples / "photo.jpg")
    media = vtok.probe(path)
    decoded = pixels.decoded(path, media, needed=Size(1400, 1000), turned=True)
    assert decoded.image.size == (1512, 2016)
    assert decoded.size == Size(4032, 3024)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F", "I"])
def test_every_mode_becomes_colours(mode: str) -> None:
    grey = Image.new("L", (8, 8), 200)
    if mode == "I;16":
        image = Image.new("I;16", (8, 8), 200 * 257)
    elif mode == "I":
        image = Image.new("I", (8, 8), 200 * 257)
    else:
        image = grey.convert(mode)
    decoded = pixels._rgb(image)
    assert decoded.mode == "RGB"
    value = decoded.getpixel((4, 4))
    assert isinstance(value, tuple)
    assert value[0] == (255 if mode == "1" else pytest.approx(200, abs=2))


def test_what_is_transparent_lies_on_white() -> None:
    decoded = pixels._rgb(Image.new("RGBA", (4, 4), (10, 20, 30, 0)))
    assert decoded.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_of_a_cut_image_what_is_there_is_drawn(form: str) -> None:
    whole = Image.effect_noise((400, 400), 90).convert("RGB")
    content = stored(whole, form).getvalue()
    file = io.BytesIO(content[: len(content) // 2])
    decoded = pixels.decoded(file, Media(size=Size(400, 400), format=form), turned=False)
    assert "cut off" in decoded.cut
    assert decoded.image.getpixel((200, 390)) == (128, 128, 128)
    assert len(set(decoded.image.crop((0, 0, 400, 100)).tobytes())) > 50


def test_a_file_without_any_pixels_is_an_error() -> None:
    content = stored(corner(), "PNG").getvalue()[:60]
    with pytest.raises(vtok.MediaError, match="cannot be decoded"):
        pixels.decoded(io.BytesIO(content), Media(size=Size(40, 80), format="PNG"), turned=False)


def test_what_is_too_large_is_refused_or_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "MOST_PIXELS", 1000)
    media = Media(size=Size(40, 80), format="PNG")
    with pytest.raises(vtok.MediaError, match="too large to be drawn"):
        pixels.decoded(stored(corner(), "PNG"), media, turned=False)
    decoded = pixels.decoded(stored(corner(), "JPEG"), replace(media, format="JPEG"), turned=False)
    assert decoded.image.size == (10, 5)
    assert decoded.size == Size(40, 80)


def test_pillow_s_limit_is_left_as_it_was(samples: Path) -> None:
    before = Image.MAX_IMAGE_PIXELS
    pixels.decoded(str(samples / "cat.jpg"), vtok.probe(str(samples / "cat.jpg")), turned=False)
    assert before == Image.MAX_IMAGE_PIXELS


def numbered(path: Path, count: int = 48) -> Path:
    """A video whose frames grow brighter by five, one after the other."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "1", "g": "12"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(count):
            frame: Any = av.VideoFrame.from_image(Image.new("RGB", (64, 48), (5 * i,) * 3))  # type: ignore[no-untyped-call]
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def test_frames_are_those_asked_for(tmp_path: Path) -> None:
    path = str(numbered(tmp_path / "clip.mp4"))
    media = vtok.probe(path)
    decoded = pixels.frames(path, media, [40, 3, 13, 3, 47, 0], turned=False)
    assert sorted(decoded) == [0, 3, 13, 40, 47]
    for index, image in decoded.items():
        value = image.getpixel((32, 24))
        assert isinstance(value, tuple)
        assert value[0] == pytest.approx(5 * index, abs=2)


def test_frames_may_be_smaller_than_the_video(samples: Path) -> None:
    path = str(samples / "clip.mp4")
    decoded = pixels.frames(path, vtok.probe(path), [90], needed=Size(90, 160), turned=False)
    assert decoded[90].size == (160, 90)


def test_frames_of_an_animated_image() -> None:
    pages = [Image.new("RGB", (8, 8), (80 * i, 0, 0)) for i in range(3)]
    file = stored(pages[0], "GIF", save_all=True, append_images=pages[1:], duration=100)
    media = vtok.probe(file, "video")
    decoded = pixels.frames(file, media, [2, 0], turned=False)
    assert [decoded[i].getpixel((0, 0)) for i in (0, 2)] == [(0, 0, 0), (160, 0, 0)]


def test_frames_beyond_the_end_are_left_out(tmp_path: Path) -> None:
    path = str(numbered(tmp_path / "clip.mp4"))
    assert list(pixels.frames(path, vtok.probe(path), [0, 400], turned=False)) == [0]
    with pytest.raises(vtok.MediaError, match="none of these frames"):
        pixels.frames(path, vtok.probe(path), [400], turned=False)


def grain(width: int = 90, height: int = 70) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((width, height), 90) for _ in range(3)])


@pytest.mark.parametrize(("width", "height"), [(90, 70), (91, 69)], ids=["its size", "a pixel off"])
@pytest.mark.parametrize(
    ("share", "progressive"), [(1.0, False), (0.6, False), (1.0, True)], ids=["whole", "cut", "progressive"]
)
def test_a_jpeg_is_decoded_right_onto_its_page(width: int, height: int, share: float, progressive: bool) -> None:
    whole = stored(grain(), "JPEG", quality=95, progressive=progressive).getvalue()
    file, media = whole[: int(share * len(whole))], Media(size=Size(70, 90), format="JPEG")
    ground = pixels.Ground(Size(150, 130), (9, 8, 7), (20, 30, 20 + width, 30 + height))
    placed = pixels.decoded(file, media, turned=True, ground=ground)
    alone = pixels.decoded(file, media, turned=True)
    page = Image.new("RGB", (130, 150), (9, 8, 7))
    page.paste(alone.image, (20, 30))
    assert placed.place == (20, 30, 110, 100)
    assert placed.image.tobytes() == page.tobytes()
    assert placed.cut == alone.cut


@pytest.mark.parametrize(
    ("form", "mode", "place", "orientation"),
    [
        ("PNG", "RGB", (20, 30, 110, 100), 1),
        ("JPEG", "L", (20, 30, 110, 100), 1),
        ("JPEG", "RGB", (20, 30, 112, 100), 1),
        ("JPEG", "RGB", (20, 30, 110, 100), 3),
    ],
    ids=["another format", "grey", "another size", "turned"],
)
def test_what_does_not_fit_its_page_is_decoded_alone(
    form: str, mode: str, place: tuple[int, int, int, int], orientation: Orientation
) -> None:
    file = stored(grain().convert(mode), form)
    media = Media(size=Size(70, 90), format=form, orientation=orientation)
    ground = pixels.Ground(Size(150, 130), (9, 8, 7), place)
    placed = pixels.decoded(file, media, turned=True, ground=ground)
    assert placed.place is None
    assert placed.image.size == (90, 70)
