"""Malformed pictures: what is read as a photograph, a preview, a target or a figure.

Mutant number n of a seed is always the same, so that ``mutant(seed, n)`` rebuilds it.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import SegviewerError
from tests.hostile.report import Report
from tests.hostile.trial import attack

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_FILLERS = (b"\0", b"\xff", b"#", b" ", b"9", b"\xff\xd8", b"!\xfe\x01a", b"\0\0\0\0IDAT")


def campaign(seed: int, seconds: float, folder: Path, most: int | None = None) -> Report:
    """Read mutants for so many seconds, or `most` of them."""
    report = Report("pictures", seed)
    return attack(report, read_everywhere, _mutants(seed, folder, most), seconds)


def _mutants(seed: int, folder: Path, most: int | None) -> Iterator[tuple[str, str]]:
    number = 0
    while most is None or number < most:
        name, data = mutant(seed, number)
        path = folder / f"mutant{Path(name.split()[0]).suffix}"
        path.write_bytes(data)
        yield f"{name} (seed {seed}, number {number})", str(path)
        number += 1


def mutant(seed: int, number: int) -> tuple[str, bytes]:
    """Name and bytes of one mutant."""
    rng = np.random.default_rng([seed, number])
    originals = _originals()
    name = list(originals)[rng.integers(len(originals))]
    data = originals[name]
    said = []
    for _ in range(1 + int(rng.integers(3))):
        choices = [*_ANY, *_OF_FORMAT.get(name.split(".")[-1], ())]
        change = choices[rng.integers(len(choices))]
        data = change(data, rng)
        said.append(change.__name__.strip("_"))
    return f"{name} {' + '.join(said)}", data


def read_everywhere(path: str) -> bool:
    """Read a file as everything that a picture can be; True if as a photograph it is refused."""
    from segviewer.imaging.export.figure_record import read_figure_record
    from segviewer.imaging.labels import label_set
    from segviewer.imaging.reading.read import (
        inspect_picture,
        read_image,
        read_target,
        read_thumbnail,
    )
    from segviewer.imaging.reading.routing import looks_like

    def refuses(read: Callable) -> bool:
        try:
            read(Path(path))
        except SegviewerError as error:
            assert error.what and error.why and error.next_step
            return True
        return False

    looks_like(Path(path))
    refuses(read_figure_record)
    refuses(inspect_picture)
    refuses(lambda path: read_thumbnail(path, 160))
    refuses(lambda path: read_target(path, label_set=label_set("camvid11")))
    return refuses(read_image)


@cache
def _originals() -> dict[str, bytes]:
    """Good pictures of every kind that is opened, by file name."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:48, :64]
    pixels = np.stack([columns * 4, rows * 5, (rows + columns) * 2], -1).astype(np.uint8)
    pixels[20:, 30:] = rng.integers(0, 256, (28, 34, 3), np.uint8)
    rgb = Image.fromarray(pixels)
    grey, deep = rgb.convert("L"), np.asarray(rgb.convert("L")).astype(np.uint16) * 257
    alpha = rgb.convert("RGBA")
    alpha.putalpha(grey)
    frames = [rgb.rotate(angle) for angle in (90, 180)]
    more = {"save_all": True, "append_images": frames}
    exif = Image.Exif()
    exif[0x0112] = 6
    labels = Image.fromarray((np.asarray(grey) // 24).astype(np.uint8))
    pictures = {
        "rgb.png": (rgb, {"exif": exif}),
        "grey.png": (grey, {}),
        "alpha.png": (alpha, {}),
        "palette.png": (rgb.quantize(11), {"transparency": 3}),
        "deep.png": (Image.fromarray(deep), {}),
        "bits.png": (grey.convert("1"), {}),
        "frames.png": (rgb, more),
        "labels.png": (labels, {}),
        "base.jpg": (rgb, {"exif": exif}),
        "steps.jpg": (rgb, {"progressive": True}),
        "cmyk.jpg": (rgb.convert("CMYK"), {}),
        "grey.jpg": (grey, {"comment": b"hello"}),
        "raw.tif": (rgb, {}),
        "lzw.tif": (rgb, {"compression": "tiff_lzw"}),
        "deflate.tif": (alpha, {"compression": "tiff_adobe_deflate"}),
        "jpeg.tif": (rgb, {"compression": "jpeg"}),
        "pack.tif": (grey, {"compression": "packbits"}),
        "fax.tif": (grey.convert("1"), {"compression": "group4"}),
        "pages.tif": (rgb, more),
        "big.tif": (rgb, {"big_tiff": True}),
        "float.tif": (Image.fromarray(deep.astype(np.float32)), {}),
        "long.tif": (Image.fromarray(deep.astype(np.int32)), {}),
        "palette.gif": (rgb.quantize(16), {}),
        "frames.gif": (rgb, {**more, "comment": b"hello"}),
        "lossy.webp": (rgb, {}),
        "exact.webp": (alpha, {"lossless": True}),
        "frames.webp": (rgb, more),
        "rgb.bmp": (rgb, {}),
        "palette.bmp": (rgb.quantize(16), {}),
        "raw.ppm": (rgb, {}),
        "raw.pgm": (grey, {}),
        "deep.pgm": (Image.fromarray(deep), {}),
        "bits.pbm": (grey.convert("1"), {}),
        "rgb.jp2": (rgb, {}),
        "rgb.avif": (rgb, {}),
    }
    kinds = {"jpg": "JPEG", "tif": "TIFF", "pgm": "PPM", "pbm": "PPM", "jp2": "JPEG2000"}
    found = {}
    for name, (picture, options) in pictures.items():
        file = io.BytesIO()
        suffix = name.split(".")[1]
        picture.save(file, kinds.get(suffix, suffix.upper()), **options)
        found[name] = file.getvalue()
    found |= _of_other_libraries(pixels, deep)
    numbers = " ".join(map(str, pixels.ravel()))
    found["text.ppm"] = f"P3\n# hello\n64 48\n255\n{numbers}\n".encode()
    found["runs.bmp"] = _bmp_of_runs()
    return found


def _of_other_libraries(pixels: np.ndarray, deep: np.ndarray) -> dict[str, bytes]:
    """Small files that Pillow does not read."""
    import gzip

    import nibabel
    import pydicom
    import tifffile
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    many = np.concatenate([pixels, 255 - pixels], -1)
    tiffs = {
        "bands.tif": (many.astype(np.uint16) * 16, {"compression": "zlib", "tile": (16, 16)}),
        "planes.tif": (np.moveaxis(many, -1, 0), {"planarconfig": "separate"}),
        "double.tif": (deep.astype(np.float64), {"rowsperstrip": 5}),
        "packed.tif": (many, {"compression": "lzma", "rowsperstrip": 7}),
    }
    found = {}
    for name, (values, options) in tiffs.items():
        file = io.BytesIO()
        plain = {"photometric": "minisblack", "planarconfig": "contig"}
        if values.ndim == 2:
            plain.pop("planarconfig")
        tifffile.imwrite(file, values, **(plain | options))
        found[name] = file.getvalue()
    volume = nibabel.Nifti1Image(np.stack([deep // 8] * 3, -1).astype(np.int16), np.eye(4))
    found["volume.nii"] = volume.to_bytes()
    found["volume.nii.gz"] = gzip.compress(found["volume.nii"])
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slices = pydicom.dataset.FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    slices.Rows, slices.Columns = deep.shape
    slices.NumberOfFrames, slices.SamplesPerPixel = 2, 1
    slices.PhotometricInterpretation = "MONOCHROME2"
    slices.BitsAllocated = slices.BitsStored = 16
    slices.HighBit, slices.PixelRepresentation = 15, 0
    slices.WindowCenter, slices.WindowWidth = 2000, 900
    slices.SOPClassUID, slices.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3"
    slices.PixelData = deep.astype(np.uint16).tobytes() * 2
    file = io.BytesIO()
    slices.save_as(file, enforce_file_format=True)
    found["slices.dcm"] = file.getvalue()
    preview = io.BytesIO()
    Image.fromarray(np.tile(pixels, (3, 3, 1))).save(preview, "JPEG")
    found["preview.raf"] = b"FUJIFILMCCD-RAW " + bytes(300) + preview.getvalue()
    return found


def _bmp_of_runs() -> bytes:
    """A BMP of 8 bits whose rows are runs, which Pillow reads and does not write."""
    rows = b"".join(bytes([20, n % 16, 44, 3]) + b"\0\0" for n in range(48)) + b"\0\1"
    palette = b"".join(bytes([n, n, 255 - n, 0]) for n in range(256))
    at = 14 + 40 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, 64, 48, 1, 8, 1, len(rows), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", at + len(rows), 0, 0, at) + info + palette + rows


# What may be done to any bytes


def _flip_bits(data: bytes, rng) -> bytes:
    out = bytearray(data)
    for place in rng.integers(0, len(out), 1 + int(rng.integers(12))):
        out[place] ^= 1 << int(rng.integers(8))
    return bytes(out)


def _cut(data: bytes, rng) -> bytes:
    return data[: max(1, int(rng.integers(len(data))))]


def _lie_in_header(data: bytes, rng) -> bytes:
    return _with_extreme(data, int(rng.integers(min(len(data), 96))), rng)


def _lie_anywhere(data: bytes, rng) -> bytes:
    return _with_extreme(data, int(rng.integers(len(data))), rng)


def _with_extreme(data: bytes, place: int, rng) -> bytes:
    wide = int(rng.choice([1, 2, 4]))
    value = _EXTREMES[rng.integers(len(_EXTREMES))] & ((1 << (8 * wide)) - 1)
    number = value.to_bytes(wide, "little" if rng.random() < 0.5 else "big")
    return data[:place] + number + data[place + wide :]


def _splice(data: bytes, rng) -> bytes:
    """A part of this or another picture somewhere else."""
    others = list(_originals().values())
    source = data if rng.random() < 0.5 else others[rng.integers(len(others))]
    start, end = sorted(rng.integers(0, len(source) + 1, 2))
    place = int(rng.integers(len(data) + 1))
    keep = place if rng.random() < 0.5 else min(len(data), place + int(end - start))
    return data[:place] + source[start:end] + data[keep:]


def _repeat(data: bytes, rng) -> bytes:
    start = int(rng.integers(len(data)))
    end = min(len(data), start + int(rng.integers(1, 400)))
    return data[:end] + data[start:end] * int(rng.integers(1, 300)) + data[end:]


def _drop(data: bytes, rng) -> bytes:
    start = int(rng.integers(len(data)))
    return data[:start] + data[start + int(rng.integers(1, 200)) :] or b"\0"


def _stuff(data: bytes, rng) -> bytes:
    """A megabyte or ten of the same."""
    place = int(rng.integers(min(len(data), 200) + 1))
    filler = _FILLERS[rng.integers(len(_FILLERS))]
    return data[:place] + filler * (int(10 ** rng.uniform(4, 6.8)) // len(filler)) + data[place:]


# What only somebody who knows the format does


def _png_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, at = [], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if at + 12 + length > len(data):
            break
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def _png(chunks: list[tuple[bytes, bytes]]) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def _mutate_png_chunk(data: bytes, rng) -> bytes:
    """A mutated, doubled, moved or foreign chunk whose checksum is right."""
    chunks = _png_chunks(data)
    if not chunks:
        return data
    number = int(rng.integers(len(chunks)))
    kind, body = chunks[number]
    what = int(rng.integers(5))
    if what == 0 and body:
        chunks[number] = (kind, _ANY[rng.integers(len(_ANY))](body, rng))
    elif what == 1:
        chunks[number:number] = [(kind, body)] * int(rng.integers(1, 2000))
    elif what == 2:
        chunks.insert(int(rng.integers(len(chunks) + 1)), chunks.pop(number))
    elif what == 3:
        kinds = (
            b"tEXt",
            b"zTXt",
            b"iTXt",
            b"iCCP",
            b"eXIf",
            b"tRNS",
            b"PLTE",
            b"acTL",
            b"fcTL",
            b"fdAT",
            b"sBIT",
            b"hIST",
            b"XXXX",
            b"IHDR",
            b"IDAT",
            b"segv",
        )
        size = int(10 ** rng.uniform(0, 6))
        body = b"k\0\0" + zlib.compress(bytes(size)) if rng.random() < 0.5 else rng.bytes(size)
        chunks.insert(number, (kinds[rng.integers(len(kinds))], body))
    elif kind == b"IDAT":
        size = int(10 ** rng.uniform(0, 7))
        chunks[number] = (kind, zlib.compress(bytes([int(rng.integers(256))]) * size))
    return _png(chunks)


def _claim_png_size(data: bytes, rng) -> bytes:
    chunks = _png_chunks(data)
    if not chunks or len(chunks[0][1]) < 13:
        return data
    width, height = (int(10 ** rng.uniform(0, 4.5)) for _ in range(2))
    depth, colour = int(rng.choice([1, 2, 4, 8, 16])), int(rng.choice([0, 2, 3, 4, 6]))
    head = struct.pack(">IIBB", width, height, depth, colour) + chunks[0][1][10:]
    return _png([(chunks[0][0], head), *chunks[1:]])


def _mutate_tiff_tag(data: bytes, rng) -> bytes:
    if data[:4] != b"II*\0" or len(data) < 12:
        return data
    first = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[first : first + 2], "little")
    if not count:
        return data
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        entry = first + 2 + 12 * int(rng.integers(count))
        part, wide = ((0, 2), (2, 2), (4, 4), (8, 4))[rng.integers(4)]
        if part == 0:
            tags = (
                256,
                257,
                258,
                259,
                262,
                266,
                273,
                274,
                277,
                278,
                279,
                284,
                317,
                320,
                322,
                323,
                324,
                325,
                338,
                339,
                347,
                530,
            )
            value = int(rng.choice(tags))
        elif rng.random() < 0.4:
            value = int(10 ** rng.uniform(0, 9.6))
        else:
            value = _EXTREMES[rng.integers(len(_EXTREMES))]
        value &= (1 << (8 * wide)) - 1
        out[entry + part : entry + part + wide] = value.to_bytes(wide, "little")
    return bytes(out)


def _mutate_jpeg_segment(data: bytes, rng) -> bytes:
    """A segment doubled, moved, lengthened; a size lied about; a scan repeated."""
    places = [n for n in range(len(data) - 4) if data[n] == 0xFF and data[n + 1] >= 0xC0]
    if len(places) < 2:
        return data
    start, end = sorted(rng.choice(places, 2, replace=False))
    what = int(rng.integers(4))
    if what == 0:
        return data[:end] + data[start:end] * int(10 ** rng.uniform(0, 3)) + data[end:]
    if what == 1:
        return data[:start] + data[end:]
    frame = next((n for n in places if data[n + 1] in (0xC0, 0xC2)), None)
    if what == 2 and frame is not None:
        size = struct.pack(">HH", *(int(10 ** rng.uniform(0, 4.8)) for _ in range(2)))
        return data[: frame + 5] + size + data[frame + 9 :]
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * int(10 ** rng.uniform(0, 3)) + b"\xff\xd9"


def _mutate_gif_block(data: bytes, rng) -> bytes:
    blocks = (
        b"!\xfe" + (b"\xff" + bytes(255)) * 2000 + b"\0",
        b"!\xf9\x04\x09\0\0\x03\0",
        b"!\xff\x0bNETSCAPE2.0\x03\1\0\0\0",
        b"!\x01\x0c" + bytes(12) + b"\0",
        b";",
        b",\0\0\0\0\xff\xff\xff\xff\0\x08\0",
        b",\0\0\0\0\x40\0\x30\0\0\x02\x02\x44\x01\0",
    )
    places = [13, *(n for n in range(len(data)) if data[n] in b"!,;")]
    place = int(rng.choice(places))
    block = blocks[rng.integers(len(blocks))]
    return data[:place] + block * int(10 ** rng.uniform(0, 3)) + data[place:]


def _lie_in_words(data: bytes, rng) -> bytes:
    """Another number in the header of a PPM."""
    numbers = (b"0", b"-1", b"1", b"65536", b"99999", b"4294967296", b"9" * 50, b"1e9", b"x", b"#")
    words = data.split(None, 4)
    if len(words) < 2:
        return data
    words[rng.integers(1, len(words))] = numbers[rng.integers(len(numbers))]
    return b"\n".join(words)


_ANY = (_flip_bits, _cut, _lie_in_header, _lie_anywhere, _splice, _repeat, _drop, _stuff)
_OF_FORMAT = {
    "png": (_mutate_png_chunk,) * 3 + (_claim_png_size,) * 2,
    "tif": (_mutate_tiff_tag,) * 5,
    "jpg": (_mutate_jpeg_segment,) * 4,
    "gif": (_mutate_gif_block,) * 4,
    "ppm": (_lie_in_words,) * 3,
    "pgm": (_lie_in_words,) * 3,
    "pbm": (_lie_in_words,) * 3,
}
