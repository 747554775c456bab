"""Makes the demo's wares out of a few free pictures: prints, tinted textures, stickers, real zip and PDF files."""

import io
import random
import zipfile
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps
from reportlab.lib.pagesizes import A5
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

FOLDER = Path(__file__).parent / "pictures"
WIDEST = 1024
Box = tuple[float, float, float, float]
Colour = tuple[int, int, int]
CREDITS = (FOLDER / "CREDITS.md").read_text(encoding="utf-8")


@cache
def source(name: str) -> Image.Image:
    return Image.open(FOLDER / name).convert("RGB")


def crop(name: str, box: Box) -> Image.Image:
    """A part of a picture; `box` in fractions of its size: left, top, right, bottom."""
    image = source(name)
    left, top, right, bottom = (round(part * size) for part, size in zip(box, (*image.size, *image.size), strict=True))
    return image.crop((left, top, right, bottom))


def framed_print(name: str, box: Box, wall: Colour, tone: Colour | None = None) -> bytes:
    """A print in a thin dark frame with a white mount, hanging on a wall of one colour."""
    art = ImageOps.fit(crop(name, box), (860, 1080), Image.Resampling.LANCZOS)
    if tone:
        art = ImageOps.colorize(ImageOps.grayscale(art), (8, 8, 14), (255, 252, 245), mid=tone)
    scene = Image.new("RGB", (1400, 1500), wall)
    shadow = Image.new("L", scene.size, 0)
    ImageDraw.Draw(shadow).rectangle((200, 130, 1224, 1404), fill=120)
    scene.paste(tuple(part // 3 for part in wall), mask=shadow.filter(ImageFilter.GaussianBlur(26)))
    draw = ImageDraw.Draw(scene)
    draw.rectangle((180, 100, 1219, 1379), fill=(30, 28, 27))
    draw.rectangle((194, 114, 1205, 1365), fill=(250, 249, 246))
    scene.paste(art, (270, 200))
    return _picture(scene)


def plain_print(name: str, box: Box, size: tuple[int, int] = (1600, 2000)) -> bytes:
    """The print itself, as the buyer of the download gets it."""
    return _jpeg(ImageOps.fit(crop(name, box), size, Image.Resampling.LANCZOS), quality=92)


def texture(name: str, dark: Colour, light: Colour, size: int = 512) -> Image.Image:
    """A grey seamless texture in two colours; still seamless, because every pixel is treated alike."""
    grey = ImageOps.autocontrast(ImageOps.grayscale(source(name)).resize((size, size), Image.Resampling.LANCZOS))
    return ImageOps.colorize(grey, dark, light)


def tiled(name: str, dark: Colour, light: Colour, across: int = 2) -> bytes:
    """How the texture looks when it repeats."""
    tile = texture(name, dark, light, 1400 // across)
    scene = Image.new("RGB", (tile.width * across, tile.height * across))
    for x in range(across):
        for y in range(across):
            scene.paste(tile, (x * tile.width, y * tile.height))
    return _picture(scene)


def sphere(name: str, dark: Colour, light: Colour) -> bytes:
    """The texture on a ball, the way material shops show it."""
    size = 1200
    flat = texture(name, dark, light, size)
    mask = Image.new("L", (size, size), 0)
    ImageDraw.Draw(mask).ellipse((110, 110, size - 110, size - 110), fill=255)
    light_map = Image.radial_gradient("L").resize((size + 500, size + 500)).crop((330, 380, size + 330, size + 380))
    lit = ImageChops.multiply(flat, ImageOps.colorize(ImageOps.invert(light_map), (20, 20, 24), (255, 255, 255)))
    scene = Image.new("RGB", (size, size), (238, 236, 232))
    scene.paste(
        (196, 192, 186),
        (0, 0),
        mask.filter(ImageFilter.GaussianBlur(40)).transform(mask.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, -50)),
    )
    scene.paste(lit, (0, 0), mask)
    return _picture(scene)


def studio(name: str, box: Box, ground: Colour, tone: Colour | None = None) -> bytes:
    """A ceramic piece in a soft vignette on a coloured ground."""
    art = ImageOps.fit(crop(name, box), (1080, 1080), Image.Resampling.LANCZOS)
    if tone:
        art = Image.blend(
            art, ImageOps.colorize(ImageOps.grayscale(art), (20, 14, 10), (255, 250, 240), mid=tone), 0.75
        )
    mask = Image.new("L", art.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 1079, 1079), 540, fill=255)
    scene = Image.new("RGB", (1300, 1300), ground)
    scene.paste(art, (110, 110), mask)
    return _picture(scene)


def sticker(box: Box, ground: Colour, tone: Colour | None = None, round_: bool = True) -> bytes:
    """A die-cut cat: white edge, soft shadow."""
    art = ImageOps.fit(crop("chelsea.png", box), (900, 900), Image.Resampling.LANCZOS)
    if tone:
        art = ImageOps.colorize(ImageOps.grayscale(ImageOps.posterize(art, 3)), (30, 20, 40), (255, 250, 240), mid=tone)
    radius = 450 if round_ else 130
    mask = Image.new("L", (1300, 1300), 0)
    ImageDraw.Draw(mask).rounded_rectangle((150, 150, 1150, 1150), radius + 50, fill=255)
    scene = Image.new("RGB", mask.size, ground)
    scene.paste(tuple(max(part - 60, 0) for part in ground), (0, 18), mask.filter(ImageFilter.GaussianBlur(18)))
    scene.paste((255, 255, 255), mask=mask)
    inner = Image.new("L", art.size, 0)
    ImageDraw.Draw(inner).rounded_rectangle((0, 0, 899, 899), radius, fill=255)
    scene.paste(art, (200, 200), inner)
    return _picture(scene)


def program(name: str, title: str) -> bytes:
    """A real zip with a small program that anybody can read."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, name, f'"""{title}: mixes two textures."""\n\nprint("Open two textures to begin.")\n')
        _put(archive, "README.txt", f"{title}\n\nRun `python {name}` and type in your licence key once.\n")
    return buffer.getvalue()


def texture_pack(title: str, name: str, shades: list[tuple[str, Colour, Colour]]) -> bytes:
    """A real zip: each shade as PNG in two sizes, with a height map, a licence and the picture credits."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for shade, dark, light in shades:
            for size in (512, 1024):
                _put(archive, f"{size}px/{shade}.png", _png(texture(name, dark, light, size)))
        _put(archive, "height.png", _png(ImageOps.autocontrast(ImageOps.grayscale(source(name)))))
        _put(archive, "LICENCE.txt", f"{title}\n\nUse in any project, commercial or not. Do not resell as a texture.\n")
        _put(archive, "CREDITS.txt", CREDITS)
    return buffer.getvalue()


def _put(archive: zipfile.ZipFile, name: str, data: bytes | str) -> None:
    """The same bytes every time: entries carry a fixed date."""
    entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    entry.compress_type, entry.external_attr = archive.compression, 0o644 << 16
    archive.writestr(entry, data, compresslevel=1)


def wallpapers(title: str, name: str, box: Box) -> bytes:
    """A zip of the same view for desktop, tablet and phone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for label, size in (("desktop", (2560, 1440)), ("tablet", (2048, 2732)), ("phone", (1290, 2796))):
            _put(archive, f"{title} {label}.jpg", plain_print(name, box, size))
        _put(archive, "CREDITS.txt", CREDITS)
    return buffer.getvalue()


def booklet(title: str, pages: list[tuple[str, str, str, Box]]) -> bytes:
    """A PDF of A5 pages: a picture (file, box), a heading and a paragraph each."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A5, invariant=True)
    canvas.setTitle(title)
    width, height = A5
    for heading, words, name, box in pages:
        art = ImageOps.fit(crop(name, box), (1200, 1200), Image.Resampling.LANCZOS)
        canvas.drawImage(ImageReader(io.BytesIO(_jpeg(art))), 0, height - width, width, width)
        canvas.setFont("Times-Bold", 19)
        canvas.drawString(34, height - width - 44, heading)
        text = canvas.beginText(34, height - width - 68)
        text.setFont("Times-Roman", 10.5)
        text.setLeading(15)
        for line in _wrapped(words, 66):
            text.textLine(line)
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _wrapped(words: str, width: int) -> list[str]:
    lines = [""]
    for word in words.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _picture(scene: Image.Image) -> bytes:
    """As wide as the second largest rendition: a third of the work of the largest, and sharp on any page of ours."""
    height = round(scene.height * WIDEST / scene.width)
    return _jpeg(scene.resize((WIDEST, height), Image.Resampling.LANCZOS, reducing_gap=2.0))


def _jpeg(image: Image.Image, quality: int = 88) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def dice(seed: str) -> random.Random:
    """The same demo every time."""
    return random.Random(f"guildhall {seed}")
