"""Pictures and archives, good, odd and hostile, made here byte by byte."""

import io
import struct
import zipfile
import zlib
from functools import cache
from typing import Any

from PIL import Image

HTML = b"<script>alert(document.domain)</script>"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def colours(mode: str = "RGB", size: tuple[int, int] = (400, 300)) -> Image.Image:
    """A slope from dark to bright, so that a lost channel or bit depth shows."""
    slope = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (slope, slope, slope)).convert(mode)


def deep() -> bytes:
    """A grey PNG of 16 bits a pixel, dark on top and bright below."""
    width, height = 64, 64
    rows = b"".join(b"\0" + struct.pack(">H", row * 1024) * width for row in range(height))
    return png_of(width, height, zlib.compress(rows), depth=16, colour=0)


def png_of(width: int, height: int, data: bytes, *, depth: int = 8, colour: int = 2, more: bytes = b"") -> bytes:
    """A PNG with this header over these compressed bytes, whether they fit or not."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def photographed() -> bytes:
    """A JPEG lying on its side, with the place where it was taken and its maker's name."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[29] = "2026:11:21"
    return encoded(colours(), "JPEG", exif=exif.tobytes(), comment=HTML)


def frames(kind: str) -> bytes:
    pictures = [Image.new("RGB", (120, 80), (shade, 0, 0)) for shade in (200, 120, 40)]
    return encoded(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=50)


@cache
def good() -> dict[str, bytes]:
    """What sellers really send; all of it must work."""
    return {
        "photo with place and comment": photographed(),
        "print colours": encoded(colours().convert("CMYK"), "JPEG"),
        "16 bits": deep(),
        "one bit": encoded(colours("1"), "PNG"),
        "palette with a clear colour": encoded(colours("P"), "PNG", transparency=0),
        "grey with alpha": encoded(colours("LA"), "PNG"),
        "animated gif": frames("GIF"),
        "animated webp": frames("WEBP"),
        "animated png": frames("PNG"),
        "one pixel": encoded(Image.new("RGB", (1, 1)), "PNG"),
        "a long one": encoded(Image.new("RGB", (40, 9_000)), "PNG"),
        "html behind the picture": encoded(colours(), "JPEG") + HTML,
        "html in a chunk": png_of(8, 8, zlib.compress(b"\0" * 25 * 8), more=chunk(b"tEXt", b"Comment\0" + HTML)),
    }


@cache
def bad() -> dict[str, bytes]:
    """What looks like a picture at first and is none that can be used."""
    jpeg, png = encoded(colours(), "JPEG"), encoded(colours(), "PNG")
    webp, gif = encoded(colours(), "WEBP"), encoded(colours("P"), "GIF")
    text_bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 80_000_000, 9))
    return {
        "jpeg cut in the middle": jpeg[: len(jpeg) // 2],
        "png cut in the middle": png[: len(png) // 2],
        "webp cut in the middle": webp[: len(webp) // 2],
        "gif cut at its head": gif[:20],
        "jpeg of three bytes": b"\xff\xd8\xff",
        "gif that is a script": b"GIF89a/*" + b"\0" * 40 + b"*/=1;alert(1)",
        "gif that is a page": b"GIF89a" + HTML,
        "riff that is a page": b"RIFF\x20\0\0\0WEBP" + HTML,
        "50,000 by 50,000": png_of(50_000, 50_000, zlib.compress(b"\0" * 1000)),
        "four thousand million wide": png_of(2**31 - 1, 2**31 - 1, zlib.compress(b"\0")),
        "nothing wide": png_of(0, 0, zlib.compress(b"\0")),
        "bytes that unpack for ever": png_of(100, 100, zlib.compress(b"\0" * 100_000), more=text_bomb),
        "wrong sums": png[:60] + bytes(60) + png[120:],
        "a thread": encoded(Image.new("RGB", (2, 20_000)), "PNG"),
        "noise": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    }


@cache
def no_pictures() -> dict[str, bytes]:
    """Refused by their first bytes."""
    return {
        "svg with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        "svg with an entity": b"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><svg>&a;</svg>",
        "page": b"<!doctype html>" + HTML,
        "zip": archive({"a": b"a"}),
        "bomb": archive({"zeros": b"\0" * 2_000_000}),
        "bmp": encoded(colours(), "BMP"),
        "tiff": encoded(colours(), "TIFF"),
        "icon": encoded(colours(), "ICO"),
        "pdf": b"%PDF-1.7\n" + HTML,
        "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file",
        "elf": b"\x7fELF" + bytes(100),
        "nothing": b"",
    }


def archive(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return buffer.getvalue()


def link() -> bytes:
    """A zip whose one member is a symbolic link to outside."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        info = zipfile.ZipInfo("innocent.txt")
        info.external_attr = 0o120777 << 16
        packed.writestr(info, "/etc/passwd")
    return buffer.getvalue()


@cache
def bad_archives() -> dict[str, bytes]:
    whole = archive({"texture.png": b"pixels" * 100})
    end = whole.rindex(b"PK\x05\x06")
    table = whole.index(b"PK\x01\x02")
    return {
        "a bomb": archive({"zeros": b"\0" * 60_000_000}),
        "bombs side by side": archive({str(number): b"\0" * 6_000_000 for number in range(12)}),
        "a way out": archive({"../../etc/cron.d/x": b"x"}),
        "a windows way out": archive({"..\\..\\x.bat": b"x"}),
        "an absolute name": archive({"/etc/passwd": b"x"}),
        "a link": link(),
        "ten thousand and one": archive({str(number): b"" for number in range(10_001)}),
        "cut off": whole[: len(whole) // 2],
        "no table": whole[:table] + whole[end:],
        "a table of a gigabyte": whole[: end + 12] + struct.pack("<I", 2**30) + whole[end + 16 :],
        "of a version to come": whole[: table + 6] + struct.pack("<H", 999) + whole[table + 8 :],
        "noise after its head": b"PK\x03\x04" + bytes(range(256)) * 40,
    }
