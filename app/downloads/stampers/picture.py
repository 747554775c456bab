"""Pictures: a pattern that nobody sees, metadata, and a line when the seller wrote one. Colours and quality stay."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import (
    Image,
    ImageDraw,
    ImageFont,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    UnidentifiedImageError,
)

from app.core import fonts
from app.downloads import marks
from app.downloads.stamper import Found, Stamp, Unstampable
from app.downloads.stampers import pattern
from app.downloads.stampers.pdf_line import drawable

FORMATS = ("JPEG", "PNG", "WEBP")
"""A JPEG of several pictures is opened as JPEG too and calls itself MPO; its first picture is the one."""
MOST_PIXELS, SMALLEST = 40_000_000, 160
"""A side of less than that, in pixels, has too few cells to tell copies apart after compression."""
ARTIST, COPYRIGHT, DESCRIPTION = 0x013B, 0x8298, 0x010E
DAMAGED = "This picture is damaged or of a kind that cannot be stamped. Export it as JPEG, PNG or WebP and upload that."


class PictureStamper:
    """Upright, without the place where it was taken and without the camera's thumbnail, which would be an unmarked copy."""

    def check(self, source: Path) -> None:
        with opened(source) as image:
            _refuse(image, source)
            image.load()

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        with opened(source) as image:
            _refuse(image, source)
            kind, options = str(image.format), _options(image)
            upright = _upright(image)
            exif = _exif(image, stamp)
            profile = image.info.get("icc_profile")
        pixels = np.array(upright)
        pattern.add(pixels, stamp.mark)
        made = Image.fromarray(pixels)
        if stamp.line:
            _write(made, stamp.line)
        made.save(
            target, kind if kind != "MPO" else "JPEG", exif=exif, icc_profile=profile, **options, **_text(kind, stamp)
        )

    def find(self, source: Path) -> list[Found]:
        """Metadata alone; the pattern is found by comparison (`likeness.py`)."""
        with opened(source) as image:
            said = " ".join(_said(image))
        return [Found(mark, "metadata") for mark in marks.found_in(said)]


@contextmanager
def opened(source: Path) -> Iterator[Image.Image]:
    """Raises Unstampable for what is no picture of ours, too large, or damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Unstampable("This picture is larger than 40 megapixels. Make it smaller and upload that.")
                yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unstampable("This picture is larger than 40 megapixels. Make it smaller and upload that.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unstampable(DAMAGED) from error


def _refuse(image: Image.Image, source: Path) -> None:
    if min(image.size) < SMALLEST:
        raise Unstampable(
            f"This picture is smaller than {SMALLEST} pixels along a side, which is too little for a mark."
        )
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise Unstampable("This picture moves. Only still pictures can be stamped.")
    if image.mode in ("CMYK", "LAB", "YCCK"):
        raise Unstampable("This picture is in print colours (CMYK). Upload it in RGB, or without stamping.")
    if image.mode.startswith(("I", "F")) or _deep(image, source):
        raise Unstampable("This picture has 16 bits per colour, and a copy would lose half. Upload it in 8 bits.")


def _deep(image: Image.Image, source: Path) -> bool:
    """Pillow reads deep PNGs as 8 bits without a word; their header tells."""
    if image.format != "PNG":
        return False
    with source.open("rb") as file:
        return file.read(25)[24:] == b"\x10"


def _upright(image: Image.Image) -> Image.Image:
    turned = ImageOps.exif_transpose(image)
    clear = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    return turned.convert("RGBA" if clear else "RGB")


def _options(image: Image.Image) -> dict[str, object]:
    """As the seller saved it: the same tables of a JPEG; whether a WebP was lossless cannot be told, so it is saved well."""
    if image.format in ("JPEG", "MPO") and isinstance(image, JpegImagePlugin.JpegImageFile):
        kept = {"qtables": image.quantization, "subsampling": JpegImagePlugin.get_sampling(image)}
        return kept if kept["subsampling"] != -1 else {"quality": 95}
    return {"quality": 95, "method": 4} if image.format == "WEBP" else {"optimize": False, "compress_level": 6}


def _exif(image: Image.Image, stamp: Stamp) -> bytes:
    """The maker's name and rights stay; place, camera and thumbnail do not."""
    known, kept = image.getexif(), Image.Exif()
    for tag in (ARTIST, COPYRIGHT):
        if known.get(tag):
            kept[tag] = known[tag]
    kept[DESCRIPTION] = marks.written(stamp.mark)
    return kept.tobytes()


def _text(kind: str, stamp: Stamp) -> dict[str, object]:
    """A second place for the code, of the format's own."""
    if kind == "PNG":
        chunk = PngImagePlugin.PngInfo()
        chunk.add_text("Copy", marks.written(stamp.mark))
        return {"pnginfo": chunk}
    return {"comment": marks.written(stamp.mark)} if kind in ("JPEG", "MPO") else {"xmp": _packet(stamp.mark)}


def _packet(mark: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"'
        f' xmpMM:InstanceID="urn:guildhall:copy:{marks.written(mark)}"/></rdf:RDF></x:xmpmeta>'
    ).encode()


def _said(image: Image.Image) -> Iterator[str]:
    for value in image.getexif().values():
        yield str(value)
    for key in ("comment", "Copy", "xmp", "XML:com.adobe.xmp"):
        value = image.info.get(key, b"")
        yield value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _write(image: Image.Image, line: str) -> None:
    """The line at the foot, with a light edge, as large as a fortieth of the shorter side."""
    text, size = drawable(line), max(11, min(image.size) // 40)
    face = ImageFont.truetype(
        io.BytesIO((fonts.FILES / "DejaVuSans.ttf").read_bytes()), size, layout_engine=ImageFont.Layout.BASIC
    )
    paper = ImageDraw.Draw(image)
    while size > 6 and paper.textlength(text, font=face) > image.width * 0.94:
        size -= 1
        face = face.font_variant(size=size)
    spot = (image.width / 2, image.height - size * 0.5)
    paper.text(
        spot,
        text,
        font=face,
        anchor="mb",
        fill=(60, 60, 60),
        stroke_width=max(1, size // 8),
        stroke_fill=(255, 255, 255),
    )
