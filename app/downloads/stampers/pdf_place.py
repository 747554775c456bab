"""Where a page is seen, and how something is added to it whatever its content does to the drawing state."""

from dataclasses import dataclass

import pikepdf
from pikepdf import Array, Dictionary, Object, Page, Pdf

LETTER = (0.0, 0.0, 612.0, 792.0)
LEAST = 1.0
"""Points; a box smaller than that is a mistake."""
DEEPEST = 50
"""Steps from a page up to the root of the page tree."""


@dataclass(frozen=True)
class Place:
    """The visible part of a page as a reader sees it: `width` and `height` in points after turning.

    `matrix` leads from there, origin at the lower left, to the page's own coordinates.
    """

    width: float
    height: float
    matrix: tuple[float, float, float, float, float, float]


def of(page: Page) -> Place:
    """Rotation and cropping are inherited and often wrong; a useless box is taken for a letter page."""
    left, bottom, right, top = _seen(page)
    turned = _rotation(page.obj)
    width, height = right - left, top - bottom
    if turned == 90:
        return Place(height, width, (0, 1, -1, 0, right, bottom))
    if turned == 180:
        return Place(width, height, (-1, 0, 0, -1, right, top))
    if turned == 270:
        return Place(height, width, (0, -1, 1, 0, left, top))
    return Place(width, height, (1, 0, 0, 1, left, bottom))


def _seen(page: Page) -> tuple[float, float, float, float]:
    media = _box(inherited(page.obj, "/MediaBox")) or LETTER
    crop = _box(inherited(page.obj, "/CropBox")) or media
    cut = (max(crop[0], media[0]), max(crop[1], media[1]), min(crop[2], media[2]), min(crop[3], media[3]))
    return cut if cut[2] - cut[0] >= LEAST and cut[3] - cut[1] >= LEAST else media


def _box(value: Object | None) -> tuple[float, float, float, float] | None:
    if not isinstance(value, Array) or len(value) != 4:
        return None
    try:
        x0, y0, x1, y1 = (float(one) for one in value)
    except (TypeError, ValueError):
        return None
    left, right, bottom, top = min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)
    return (left, bottom, right, top) if right - left >= LEAST and top - bottom >= LEAST else None


def _rotation(page: Object) -> int:
    try:
        return int(inherited(page, "/Rotate") or 0) % 360
    except (TypeError, ValueError):
        return 0


def inherited(page: Object, key: str) -> Object | None:
    """The value of a page's key, or of the nearest node above that has it."""
    node: Object | None = page
    for _ in range(DEEPEST):
        if not isinstance(node, Dictionary):
            return None
        if key in node:
            return node.get(key)
        node = node.get("/Parent")
    return None


def own_resources(page: Page) -> None:
    """Pages share dictionaries; what is added to one must not appear, nor be overwritten, on another."""
    found = inherited(page.obj, "/Resources")
    mine = copied(found)
    for kind in ("/XObject", "/Font"):
        mine[kind] = copied(mine.get(kind))
    page.obj.Resources = mine


def copied(value: object) -> Dictionary:
    """A dictionary of its own with the same entries; an empty one for anything else."""
    return Dictionary(dict(value.items())) if isinstance(value, Dictionary) else Dictionary()


def wrap(pdf: Pdf, page: Page, before: bytes, after: bytes) -> None:
    """Add content on both sides of the page's own, each in the page's first drawing state."""
    missing, open_ones = _balance(page)
    page.contents_add(pdf.make_stream(before + b"q\n" * (missing + 1)), prepend=True)
    page.contents_add(pdf.make_stream(b"\n" + b"Q\n" * (open_ones + 1) + after))


def _balance(page: Page) -> tuple[int, int]:
    """How many states the content restores without having saved them, and how many it leaves saved."""
    try:
        found = pikepdf.parse_content_stream(page, operators="q Q")
    except (pikepdf.PdfError, pikepdf.PdfParsingError):
        return 0, 0
    depth = missing = 0
    for instruction in found:
        depth += 1 if str(instruction.operator) == "q" else -1
        if depth < 0:
            missing, depth = missing + 1, 0
    return missing, depth


def named(page: Page, kind: str) -> list[str]:
    """Names of a page's resources of one kind, such as /XObject."""
    found = inherited(page.obj, "/Resources")
    known = found.get(kind) if isinstance(found, Dictionary) else None
    return [str(name) for name, _ in known.items()] if isinstance(known, Dictionary) else []
