"""Reading costs what is shown: bombs, counts of frames, comments, slow decoding, memory."""

import io
import os
import struct
import time
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading import header
from segviewer.imaging.reading.formats import by_pillow
from segviewer.imaging.reading.read import (
    LARGE_PIXELS,
    MAX_PIXELS,
    LargePictureError,
    inspect_picture,
    pyramid,
    read_image,
    read_thumbnail,
)
from segviewer.resource_files import resource_path
from tests.imaging.reading.made_pictures import chunk, photo, refused


def png_claiming(width, height, colour_type=2):
    """A PNG whose header claims a size; its pixel data is missing or tiny."""
    head = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


def saved(kind, image=None, **options):
    file = io.BytesIO()
    (Image.fromarray(photo()) if image is None else image).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("colour_type", [0, 2, 3, 6])
def test_bomb_is_refused_from_its_header(tmp_path, colour_type, monkeypatch):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_claiming(40000, 40000, colour_type))

    def decoded(*args):
        raise AssertionError("the bomb was decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    for reader in (
        read_image,
        inspect_picture,
        lambda p: read_image(p, allow_large=True),
        lambda p: read_thumbnail(p, 64),
    ):
        error = refused(path, reader)
        assert not isinstance(error, LargePictureError)
        assert "too large" in error.what and "1,600 megapixels" in error.what
    assert Image.MAX_IMAGE_PIXELS == MAX_PIXELS // 2


def test_large_picture_asks_with_the_memory_it_takes(tmp_path, monkeypatch):
    path = tmp_path / "large.png"
    # 8000×7000: 56 megapixels of 4 (Pillow) + 3 (ours) bytes.
    path.write_bytes(png_claiming(8000, 7000))
    with pytest.raises(LargePictureError) as caught:
        read_image(path)
    assert "8000×7000" in caught.value.what and "56 megapixels" in caught.value.what
    assert "392 MB" in caught.value.why
    assert inspect_picture(path).pixels == 56_000_000 > LARGE_PIXELS
    monkeypatch.setattr(header, "LARGE_PIXELS", 100)
    Image.fromarray(photo()).save(path)
    with pytest.raises(LargePictureError):
        read_image(path)
    np.testing.assert_array_equal(read_image(path, allow_large=True), photo())


def test_large_error_survives_pickling():
    import pickle

    error = LargePictureError("a", "b", "c", "d")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is LargePictureError and again.why == "b"


def test_header_is_read_without_decoding(tmp_path, monkeypatch):
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF"):
        Image.fromarray(photo(30, 70)).save(tmp_path / f"a.{kind}", kind)

    def decoded(*args):
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "GIF"):
        found = inspect_picture(tmp_path / f"a.{kind}")
        assert (found.width, found.height, found.format) == (70, 30, kind)
    assert found.frames == 1 and found.orientation == 1


def test_thumbnail_of_a_jpeg_looks_like_the_picture(tmp_path):
    path = tmp_path / "a.jpg"
    Image.fromarray(photo(600, 900)).save(path, quality=95)
    small = read_thumbnail(path, 90)
    assert small.shape == (60, 90, 3) and small.flags.c_contiguous
    np.testing.assert_allclose(small.astype(int), photo(60, 90).astype(int), atol=8)


def test_pyramid_halves_to_512_and_keeps_the_mean():
    image = np.random.default_rng(3).integers(0, 256, (1100, 2050, 3)).astype(np.uint8)
    levels = pyramid(image)
    assert levels[0] is image
    assert [level.shape for level in levels] == [
        (1100, 2050, 3),
        (550, 1025, 3),
        (275, 513, 3),
        (138, 257, 3),
    ]
    block = image[:2, :2].reshape(4, 3).astype(float).mean(0)
    np.testing.assert_allclose(levels[1][0, 0], block, atol=1)


def test_bundled_photographs_open():
    assert read_image(resource_path("samples", "leuven_street.jpg")).shape == (563, 751, 3)


def quick(reader, path, seconds=1.0):
    began = time.perf_counter()
    found = reader(path)
    assert time.perf_counter() - began < seconds
    return found


def tiff_of_pages(count):
    """Grey pages of 8×8, one after the other, each with its list of tags."""
    data = bytearray(b"II*\0" + struct.pack("<I", 8))
    for number in range(count):
        pixels = len(data) + 2 + 9 * 12 + 4
        values = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: pixels, 277: 1, 278: 8, 279: 64}
        data += struct.pack("<H", 9)
        for tag, value in values.items():
            data += struct.pack("<HHII", tag, 4, 1, value)
        data += struct.pack("<I", 0 if number == count - 1 else pixels + 64)
        data += bytes([number % 256]) * 64
    return bytes(data)


def gif_of_frames(count):
    whole = saved("GIF", Image.new("P", (8, 8), 3))
    first = whole.index(b",", 13 + (3 << ((whole[10] & 7) + 1)))
    return whole[:first] + whole[first:-1] * count + b";"


@pytest.mark.parametrize(
    ("make", "count", "said"),
    [
        (tiff_of_pages, 3, "page 1 of 3"),
        (tiff_of_pages, 20_000, "page 1 of more than 1,000"),
        (gif_of_frames, 3, "frame 1 of 3"),
        (gif_of_frames, 200_000, "frame 1 of more than 1,000"),
    ],
)
def test_nobody_counts_thousands_of_frames_to_show_the_first(tmp_path, make, count, said):
    (tmp_path / "a").write_bytes(make(count))
    assert quick(read_image, tmp_path / "a").shape == (8, 8, 3)
    assert quick(inspect_picture, tmp_path / "a").frames_note == said
    quick(lambda path: read_thumbnail(path, 30), tmp_path / "a")


def test_a_page_that_points_back_ends_the_count(tmp_path):
    data = bytearray(tiff_of_pages(3))
    last = len(data) - 64 - 4
    data[last : last + 4] = struct.pack("<I", 8)
    (tmp_path / "a.tif").write_bytes(data)
    assert inspect_picture(tmp_path / "a.tif").frames == 3


def test_an_animated_png_is_counted_like_before(tmp_path):
    frames = [Image.new("RGB", (8, 8), (n * 20, 0, 0)) for n in range(4)]
    for default, expected in ((False, 4), (True, 4)):
        data = saved(
            "PNG", frames[0], save_all=True, append_images=frames[1:], default_image=default
        )
        (tmp_path / "a.png").write_bytes(data)
        with Image.open(tmp_path / "a.png") as picture:
            assert picture.n_frames == expected
        assert inspect_picture(tmp_path / "a.png").frames == expected
        assert (read_image(tmp_path / "a.png")[..., 0] == 0).all()


BIG = b"a" * 20_000_000


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"tEXt", b"k\0" + BIG * 4),
        chunk(b"zTXt", b"k\0\0" + zlib.compress(BIG)),
        chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(BIG)),
        chunk(b"iCCP", b"k\0\0" + zlib.compress(BIG)),
        chunk(b"zTXt", b"k\0\0" + zlib.compress(BIG[:1_000_000])) * 100,
        chunk(b"tEXt", b"k\0v") * 100_000,
        chunk(b"gAMA", b"odd"),
        chunk(b"eXIf", BIG),
        b"\0\0\0\1tEXtxbad!",
    ],
    ids=["tEXt", "zTXt", "iTXt", "iCCP", "many-zTXt", "many-tEXt", "gAMA", "eXIf", "checksum"],
)
@pytest.mark.parametrize("behind", [False, True], ids=["before", "behind"])
def test_a_png_is_read_without_what_is_not_its_picture(tmp_path, extra, behind):
    whole = saved("PNG")
    place = len(whole) - 12 if behind else 33
    path = tmp_path / "a.png"
    path.write_bytes(whole[:place] + extra + whole[place:])
    np.testing.assert_array_equal(quick(read_image, path), photo())
    quick(lambda path: read_thumbnail(path, 30), path)


@pytest.mark.parametrize("kind", ["P1", "P2", "P3", "P4", "P5", "P6", "Pf"])
def test_a_ppm_may_hold_any_amount_of_comment(tmp_path, kind):
    deep = () if kind in ("P1", "P4") else ("-1.0",) if kind == "Pf" else ("255",)
    words = "\n".join([kind, f"# one\n#{' ' * 20_000_000}\n4 2", *deep]).encode() + b"\n"
    pixels = {
        "P1": b"1 0 1 0 0 1 0 1",
        "P2": b"9 " * 8,
        "P3": b"9 " * 24,
        "P4": b"\xa0\x50",
        "P5": bytes(8),
        "P6": bytes(24),
        "Pf": struct.pack("<8f", *range(8)),
    }
    (tmp_path / "a.ppm").write_bytes(words + pixels[kind])
    image = quick(read_image, tmp_path / "a.ppm")
    with Image.open(io.BytesIO(words.replace(b" " * 20_000_000, b"") + pixels[kind])) as picture:
        expected = np.asarray(picture.convert("RGB"))
    assert image.shape == expected.shape
    if kind != "Pf":
        np.testing.assert_array_equal(image, expected)


def test_comments_of_a_gif_and_of_a_jpeg_cost_nothing(tmp_path):
    gif, jpeg = saved("GIF", Image.new("P", (8, 8), 3)), saved("JPEG", quality=95)
    place = gif.index(b",", 13 + (3 << ((gif[10] & 7) + 1)))
    comment = b"!\xfe" + (b"\xff" + bytes(255)) * 80_000 + b"\0"
    (tmp_path / "a.gif").write_bytes(gif[:place] + comment + gif[place:])
    (tmp_path / "a.jpg").write_bytes(jpeg[:2] + b"\xff\xfe\0\2" * 200_000 + jpeg[2:])
    (tmp_path / "b.jpg").write_bytes(jpeg)
    assert quick(read_image, tmp_path / "a.gif").shape == (8, 8, 3)
    found = quick(read_image, tmp_path / "a.jpg", 2.0)
    np.testing.assert_array_equal(found, read_image(tmp_path / "b.jpg"))


def test_bytes_between_the_parts_cost_nothing(tmp_path):
    """Looked at one by one they took 11 s; as a run of 0xFF in a JPEG, minutes."""
    gif, jpeg = saved("GIF", Image.new("P", (8, 8), 3)), saved("JPEG", quality=95)
    place = gif.index(b",", 13 + (3 << ((gif[10] & 7) + 1)))
    (tmp_path / "a.gif").write_bytes(gif[:place] + b"9" * 10_000_000 + gif[place:])
    (tmp_path / "a.jpg").write_bytes(jpeg[:2] + b"\xff" * 10_000_000 + jpeg[2:])
    assert quick(read_image, tmp_path / "a.gif").shape == (8, 8, 3)
    (tmp_path / "b.jpg").write_bytes(jpeg)
    np.testing.assert_array_equal(
        quick(read_image, tmp_path / "a.jpg"), read_image(tmp_path / "b.jpg")
    )


def test_tags_of_a_tiff_that_say_nothing_of_its_pixels_are_not_read(tmp_path):
    """Each of 5,000 tags names the same 10 MB: Pillow would keep 50 GB of them."""
    entries = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 277: 1, 278: 8, 279: 64}
    others = range(40_000, 45_000)
    count = len(entries) + 1 + len(others)
    pixels = 8 + 2 + 12 * count + 4
    entries[273] = pixels
    data = b"II*\0" + struct.pack("<IH", 8, count)
    for tag, value in sorted(entries.items()):
        data += struct.pack("<HHII", tag, 4, 1, value)
    data += b"".join(struct.pack("<HHII", tag, 1, 10_000_000, 8) for tag in others)
    data += bytes(4) + bytes([7]) * 64 + bytes(10_000_000)
    (tmp_path / "a.tif").write_bytes(data)
    assert (quick(read_image, tmp_path / "a.tif") == 7).all()


def jpeg_of_scans(count):
    """A progressive JPEG whose last scan is there `count` times more."""
    whole = saved("JPEG", Image.fromarray(photo(600, 800)), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:-2] + whole[last:-2] * count + b"\xff\xd9"


@pytest.mark.parametrize("make", [lambda: jpeg_of_scans(200), lambda: text_ppm(700, 900)])
def test_slow_decoding_says_how_far_it_is_and_can_be_stopped(tmp_path, make):
    path = tmp_path / "a"
    path.write_bytes(make())
    parts, checks = [], []
    image = read_image(
        path, check=lambda: checks.append(time.perf_counter()), progressed=parts.append
    )
    assert parts == sorted(parts) and parts[-1] == 1 and len({round(p, 1) for p in parts}) > 5
    assert max(np.diff(checks)) < 1

    def check():
        checks.append(0)
        if len(checks) > len(parts) // 2:
            raise Cancelled

    checks.clear()
    with pytest.raises(Cancelled):
        read_image(path, check=check)
    assert image.std() > 0


def text_ppm(height, width):
    numbers = " ".join(map(str, photo(height, width).ravel()))
    return f"P3\n{width} {height}\n255\n{numbers}\n".encode()


def test_a_thumbnail_that_takes_long_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(by_pillow, "THUMBNAIL_SECONDS", 0.0)
    Image.fromarray(photo()).save(tmp_path / "a.png")
    error = refused(tmp_path / "a.png", lambda path: read_thumbnail(path, 30))
    assert "long" in error.what
    assert read_image(tmp_path / "a.png").shape == (40, 60, 3)


@pytest.mark.parametrize("mode", ["F", "I", "I;16", "RGBA", "P", "LA", "1"])
def test_a_thumbnail_of_any_mode_looks_like_the_picture(tmp_path, mode):
    grey = np.linspace(0, 1, 600)[:, None].repeat(900, 1)
    picture = {
        "F": lambda: Image.fromarray((grey * 3 - 1).astype(np.float32)),
        "I": lambda: Image.fromarray((grey * 90_000).astype(np.int32)),
        "I;16": lambda: Image.fromarray((grey * 65535).astype(np.uint16)),
    }.get(mode, lambda: Image.fromarray((grey * 255).astype(np.uint8)).convert(mode))()
    picture.save(tmp_path / "a.tif")
    full, small = read_image(tmp_path / "a.tif"), read_thumbnail(tmp_path / "a.tif", 30)
    assert small.shape == (20, 30, 3)
    blocks = full.reshape(20, 30, 30, 30, 3).mean((1, 3))
    assert np.abs(blocks - small).mean() < (12 if mode == "1" else 6)


def test_memory_is_asked_for_and_not_only_pixels(tmp_path, monkeypatch):
    monkeypatch.setattr(header, "LARGE_BYTES", 40 * 60 * 8)
    Image.fromarray(photo()).save(tmp_path / "a.png")
    Image.fromarray(photo()).save(tmp_path / "a.webp")
    assert read_image(tmp_path / "a.png").shape == (40, 60, 3)
    with pytest.raises(LargePictureError, match="memory"):
        read_image(tmp_path / "a.webp")
    assert read_image(tmp_path / "a.webp", allow_large=True).shape == (40, 60, 3)


def test_a_large_jpeg_2000_is_asked_for_since_it_cannot_be_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(header, "UNSTOPPABLE_PIXELS", 100)
    Image.fromarray(photo()).save(tmp_path / "a.jp2")
    with pytest.raises(LargePictureError, match="cannot be stopped"):
        read_image(tmp_path / "a.jp2")


def test_a_file_that_is_shortened_while_it_is_read_is_refused(tmp_path):
    """Mapped into memory, it would end the process (SIGBUS)."""
    path = tmp_path / "a.bmp"
    Image.fromarray(photo(2000, 2000)).save(path)

    def shorten(part):
        if part > 0.1:
            os.truncate(path, 1000)

    with pytest.raises(PictureError):
        read_image(path, progressed=shorten)
