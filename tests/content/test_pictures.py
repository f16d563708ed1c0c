"""Pictures: known by their bytes, nothing of them drawn otherwise, nothing told beside them; what is none is refused in plain words.

Pillow is the oracle: it draws what went in and what came out.
"""

import io
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from tests.pictures import moving, picture
from tidings.content import pictures
from tidings.kernel.problems import Invalid

SECRET = b"Villa of Ada, 52.5, 13.4"


def exif(up: int) -> Image.Exif:
    made = Image.Exif()
    made[0x010E] = SECRET.decode()
    made[0x0112] = up
    made.get_ifd(0x8825)[1] = "N"
    return made


def words() -> PngInfo:
    made = PngInfo()
    made.add_text("Author", SECRET.decode())
    made.add_itxt("Comment", SECRET.decode())
    return made


TELLING = {
    "png": picture("png", pnginfo=words(), exif=exif(1)),
    "jpeg": picture("jpeg", exif=exif(6), comment=SECRET, progressive=True),
    "jpeg upright": picture("jpeg", exif=exif(1), comment=SECRET),
    "gif": picture("gif", comment=SECRET),
    "webp": picture("webp", exif=exif(1), xmp=SECRET, lossless=True),
    "webp lossy": picture("webp", exif=exif(1), xmp=SECRET),
    "moving gif": moving("gif"),
    "moving png": moving("png"),
    "moving webp": moving("webp"),
}


def drawn(data: bytes) -> list[bytes]:
    """Every frame as it is shown."""
    image: Any = Image.open(io.BytesIO(data))
    found = []
    for frame in range(getattr(image, "n_frames", 1)):
        image.seek(frame)
        found.append(ImageOps.exif_transpose(image.convert("RGBA")).tobytes())
    return found


@pytest.mark.parametrize("name", TELLING)
def test_what_is_drawn_stays_and_what_is_told_beside_it_goes(name: str) -> None:
    before = TELLING[name]
    asset, after = pictures.read(before)
    assert drawn(after) == drawn(before)
    assert SECRET not in after
    assert b"GPS" not in after
    assert b"Exif" not in after or name == "jpeg"
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(before)))
    assert (asset.width, asset.height) == image.size
    assert (asset.size, asset.type) == (
        len(after),
        name.rsplit(maxsplit=1)[-1] if "moving" in name else name.split(maxsplit=1)[0],
    )
    assert pictures.read(after) == (asset, after)


@pytest.mark.parametrize("up", range(1, 9))
def test_a_photograph_stays_the_right_way_up(up: int) -> None:
    before = picture("jpeg", exif=exif(up))
    asset, after = pictures.read(before)
    assert drawn(after) == drawn(before)
    assert (asset.width, asset.height) == ((20, 60) if up >= 5 else (60, 20))


def test_what_stands_behind_the_end_is_left_out() -> None:
    for name, data in TELLING.items():
        clean = pictures.read(data)[1]
        assert pictures.read(data + b"<script>alert(1)</script>PK\3\4")[1] == clean, name


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no PNG, JPEG, GIF or WebP"),
        (b"GIF88a", "broken"),
        (b"%PDF-1.7", "no PNG"),
        (b"\xef\xbb\xbf <?xml version='1.0'?><svg onload='alert(1)'/>", "SVG"),
        (b"<!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<html><script>alert(1)</script>", "no PNG"),
        (TELLING["png"][:-20], "broken"),
        (TELLING["jpeg"][:200], "broken"),
        (TELLING["webp"][:40], "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 5_300_000, "larger than 5 MB"),
    ],
)
def test_what_is_no_picture_is_refused_in_plain_words(data: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        pictures.read(data)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(width: int, height: int, frames: int = 1) -> bytes:
    """A few bytes that say they are a great many pixels."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    acts = chunk(b"acTL", struct.pack(">II", frames, 0)) if frames > 1 else b""
    return b"\x89PNG\r\n\x1a\n" + head + acts + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (bomb(60_000, 60_000), "60,000 × 60,000 pixels"),
        (bomb(20_000, 1), "20,000 × 1 pixels"),
        (bomb(5_001, 5_000), "5,001 × 5,000"),
        (bomb(0, 5), "0 × 5"),
        (bomb(3_000, 3_000, 100), "100 frames"),
    ],
)
def test_bombs_are_refused_unopened(data: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        pictures.read(data)
    assert pictures.read(bomb(5_000, 5_000))[0].width == 5_000


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(TELLING)), st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8))
def test_no_bytes_are_too_much_for_it(name: str, changes: list[tuple[int, int]]) -> None:
    data = bytearray(TELLING[name])
    for at, value in changes:
        data[at % len(data)] = value
    try:
        asset, clean = pictures.read(bytes(data))
    except Invalid:
        return
    assert pictures.read(clean) == (asset, clean)
    assert asset.width * asset.height <= pictures.PIXELS


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Größe & Form (1).JPG", "grosse-form-1.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\Ada\\Hero Image.png", "hero-image.png"),
        ("日本.png", "picture.png"),
        ("", "picture.png"),
        ("a" * 300 + ".png", "a" * 64 + ".png"),
        (".png", "png.png"),
        ("x\0\r\ny.png", "x-y.png"),
    ],
)
def test_a_name_is_made_of_any_files_name(file: str, name: str) -> None:
    asset, _ = pictures.read(picture())
    assert pictures.name_for(file, asset) == name
    assert not pictures.check_name(name, asset)


def test_texts_say_which_they_name() -> None:
    text = "{{ assets['a.png'] }}\n<img src=\"{{ assets[ \"b.png\" ] }}\"> {{ my_assets['c.png'] }}"
    assert [name for name, _ in pictures.named(text)] == ["a.png", "b.png"]
    (problem,) = pictures.unknown(text, {"a.png": 1, "bb.png": 1})
    assert (problem.line, problem.hint) == (2, "did you mean `bb.png`?")
    assert not pictures.CHOSEN.search(text)
    assert pictures.CHOSEN.search("{{ assets[customer.plan] }}")
