"""AVIF and HEIC files without their coded images: the libraries say the same of them as of the whole files."""

import io
import random
import struct
from functools import cache

import pytest
from heif_files import encoded, grid
from PIL import Image

import vtok
from vtok.media import headers, image
from vtok.media.headers import items

FORMS = ("AVIF", "HEIF")
KINDS = (b"av01", b"hvc1", b"grid", b"Exif", b"mime", b"infe", b"iloc", b"iinf", b"meta", b"mdat", b"ispe", b"ipma")
NUMBERS = (0, 1, 2, 4, 8, 15, 64, 127, 128, 255, 256, 65535, 2**31, 2**32 - 1)


def noise(width: int, height: int) -> Image.Image:
    return Image.effect_noise((width, height), 90).convert("RGB")


@cache
def files() -> tuple[bytes, ...]:
    """Images, grids and sequences, with and without EXIF, XMP and transparency."""
    exif = Image.Exif()
    exif[0x0112] = 6
    clear = noise(50, 60)
    clear.putalpha(Image.linear_gradient("L").resize((50, 60)))
    made = [encoded(form, picture, **options) for form in FORMS for picture, options in (
        (noise(97, 31), {"exif": exif.tobytes()}), (clear, {}),
    )]  # fmt: skip
    made += [grid(form, noise(128, 128), 3, 2, turn=turn, inside=bool(turn)) for form in FORMS for turn in (0, 1)]
    return (*made, encoded("AVIF", noise(64, 48), save_all=True, append_images=[noise(64, 48)]))


def answer(data: bytes) -> str:
    """What vtok says of a file."""
    form = "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIF"
    try:
        return repr(image.measure(io.BytesIO(data), form, ""))
    except vtok.MediaError as error:
        return str(error)


def damaged(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    header = changed.find(b"mdat") + 40
    for _ in range(rng.choice((0, 1, 1, 2))):
        at = rng.randrange(min(header, len(changed)))
        kind = rng.randrange(5)
        if kind == 0:
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at : at + 4] = struct.pack(">I", rng.choice(NUMBERS))
        elif kind == 2:
            del changed[at : at + rng.choice((1, 4, 8))]
        elif kind == 3:
            del changed[rng.randrange(len(changed)) :]
        elif (place := changed.find(rng.choice(KINDS))) >= 0:
            changed[place : place + 4] = rng.choice(KINDS)
    return bytes(changed)


def test_libraries_say_the_same_without_coded_images(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pillow_heif")
    monkeypatch.setattr(items, "SMALL", 0)
    monkeypatch.setattr(items, "_START", 64)
    gaps = []

    def left_out(*arguments: object) -> object:
        gaps.append(items.without_pixels(*arguments))  # type: ignore[arg-type]
        return gaps[-1]

    for number in range(400):
        rng = random.Random(f"items {number}")
        data = damaged(rng.choice(files()), rng)
        monkeypatch.setattr(image, "without_pixels", lambda *_: None)
        whole = answer(data)
        monkeypatch.setattr(image, "without_pixels", left_out)
        assert answer(data) == whole, f"file {number}"
    assert sum(cleared is not None for cleared in gaps) > 100


@pytest.mark.parametrize("form", FORMS)
def test_only_coded_images_are_left_out(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pillow_heif")
    monkeypatch.setattr(items, "SMALL", 0)
    data = grid(form, noise(256, 256), 2, 2)
    cleared = items.without_pixels(headers.reading(io.BytesIO(data)), len(data), 2**20)
    assert cleared is not None
    left, kept = cleared
    start = data.index(b"mdat") + 4
    # the four tiles are the same bytes, of which the first 4,096 are kept; behind them lies the layout of the grid
    assert left == data[: start + 4096] + bytes(len(data) - start - 4096 - 8) + data[-8:]
    assert kept == start + 4096 + 8


@pytest.mark.parametrize("change", [b"moov", b"xxxx"])
def test_what_is_not_understood_is_read_whole(change: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "SMALL", 0)
    data = grid("AVIF", noise(256, 256), 2, 2)
    if change == b"moov":
        data += struct.pack(">I4s", 8, change)
    else:
        data = data.replace(b"iinf", change)
    assert items.without_pixels(headers.reading(io.BytesIO(data)), len(data), 2**20) is None


def test_more_than_the_limit_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "SMALL", 0)
    data = grid("AVIF", noise(256, 256), 2, 2)
    assert items.without_pixels(headers.reading(io.BytesIO(data)), len(data), 4000) is None
