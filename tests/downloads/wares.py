"""Files to sell: small ones of every kind that takes a stamp."""

import io
import random
import wave
import zipfile

from PIL import Image

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = (
    '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
    '<dc:title>Novel</dc:title></metadata><manifest><item id="one" href="one.xhtml" media-type="application/xhtml+xml"/>'
    '<item id="two" href="two.xhtml" media-type="application/xhtml+xml"/></manifest>'
    '<spine><itemref idref="one"/><itemref idref="two"/></spine></package>'
)
CHAPTER = (
    '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{0}</title></head><body><h1>{0}</h1>'
    "<p>It was a dark and stormy night.</p></body></html>"
)


def book() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OEBPS/book.opf", PACKAGE)
        for name in ("one", "two"):
            archive.writestr(f"OEBPS/{name}.xhtml", CHAPTER.format(name))
    return made.getvalue()


def archive(members: int = 3) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(members):
            packed.writestr(f"brushes/{number}.abr", bytes(range(256)) * 40)
    return made.getvalue()


def recording(seconds: int = 1) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000 * seconds))
    return made.getvalue()


def picture(ending: str = "JPEG", width: int = 1200, height: int = 800) -> bytes:
    """Soft colours of a landscape, the same at every call."""
    dice = random.Random(7)
    small = Image.frombytes("RGB", (30, 20), bytes(dice.randrange(256) for _ in range(30 * 20 * 3)))
    made = io.BytesIO()
    small.resize((width, height), Image.Resampling.BICUBIC).save(made, ending, quality=88)
    return made.getvalue()
