"""Checking and re-encoding pictures with Pillow. Runs in workers: it is CPU work on untrusted bytes (SECURITY.md §3, uploads)."""

import io
import warnings
from dataclasses import dataclass
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.errors import Refused

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MOST_PIXELS = 40_000_000
TALLEST = 16_383
"""Pixels that a WebP is high at most."""
WIDTHS = (320, 640, 1024, 1600)
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"RIFF")


class BadPicture(Refused):
    message = "This file is not a picture we can use. Send a JPEG, PNG, WebP or GIF; nothing was stored."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message, field="picture")


@dataclass(frozen=True)
class Rendered:
    """`width` and `height` of the largest rendition in px; `renditions` as (width, WebP bytes), smallest first."""

    width: int
    height: int
    renditions: list[tuple[int, bytes]]


def refuse_by_signature(source: IO[bytes]) -> None:
    """Raises BadPicture when the first bytes are no picture's, whatever the name says."""
    head = source.read(16)
    source.seek(0)
    if not head:
        raise BadPicture("This file is empty. Nothing was stored.")
    if not head.startswith(SIGNATURES) or (head.startswith(b"RIFF") and head[8:12] != b"WEBP"):
        raise BadPicture


def render(data: bytes) -> Rendered:
    """Decode fully, turn upright, strip metadata, and encode each width again as WebP. Raises BadPicture."""
    image = _decode(data)
    renditions = [(width, _encode(image, width)) for width in widths(image.width)]
    largest = renditions[-1][0]
    return Rendered(largest, max(1, round(image.height * largest / image.width)), renditions)


def widths(full: int) -> list[int]:
    """The widths in px that a picture of this one is made in, smallest first."""
    return sorted({width for width in WIDTHS if width < full} | {min(full, WIDTHS[-1])})


def _decode(data: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as probe:
                if probe.width * probe.height > MOST_PIXELS:
                    raise BadPicture("This picture is larger than 40 megapixels. Make it smaller and send it again.")
                probe.verify()
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                image.load()
                upright = ImageOps.exif_transpose(image)
                return _eight_bits(upright).convert("RGBA" if _transparent(upright) else "RGB")
    except BadPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture(
            "This picture unpacks to far more pixels than its size suggests, so it was refused."
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise BadPicture("This picture is damaged or cut off. Export it again and upload the new file.") from error


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey of 16 bits is scaled down; a plain conversion would cut it off and leave white."""
    if not image.mode.startswith("I"):
        return image
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _transparent(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _encode(image: Image.Image, width: int) -> bytes:
    height = max(1, round(image.height * width / image.width))
    if height > TALLEST:
        raise BadPicture("This picture is too long and thin to be shown. Crop it and send it again.")
    buffer = io.BytesIO()
    image.resize((width, height), Image.Resampling.LANCZOS).save(buffer, "WEBP", quality=84, method=4)
    return buffer.getvalue()
