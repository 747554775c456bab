"""A pattern in a picture's brightness, one per copy, that survives small sizes and strong compression.

The picture is laid out in a grid of at most 96 × 96 cells, each a little brighter or darker as the code's digest says. Nobody sees it;
subtracting the original shows it, and correlating it with the patterns of all copies tells whose it is (decision 0018).
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grid = NDArray[np.float32]
CELLS, SMALLEST_CELL = 96, 6
"""Cells along a side at most, and pixels along a cell at least: smaller ones are lost to compression."""
STRENGTH = 2.0
"""Steps of 255 that a cell differs at most."""
STRIP = 256
"""Rows that are worked on at once, so that 40 megapixels take little memory."""
WEIGHTS = np.array([0.299, 0.587, 0.114], dtype=np.float32)


def shape(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of the grid of a picture of this size in pixels."""
    return min(CELLS, height // SMALLEST_CELL), min(CELLS, width // SMALLEST_CELL)


def of(mark: str, rows: int, columns: int) -> Grid:
    """+1 and -1 in a balance that the code alone decides."""
    bits = hashlib.shake_256(f"guildhall pattern {mark}".encode()).digest((rows * columns + 7) // 8)
    signs = np.unpackbits(np.frombuffer(bits, dtype=np.uint8))[: rows * columns].astype(np.float32)
    return np.asarray((signs * 2 - 1).reshape(rows, columns), dtype=np.float32)


def add(pixels: NDArray[np.uint8], mark: str) -> None:
    """Change `pixels` (height × width × channels; the first three are colours) in place, strip by strip."""
    height, width = pixels.shape[:2]
    grid = Image.fromarray(of(mark, *shape(width, height)) * STRENGTH)
    for top in range(0, height, STRIP):
        end = min(top + STRIP, height)
        offsets = _enlarged(grid, width, height, top, end)
        strip = pixels[top:end, :, :3].astype(np.float32) + offsets[:, :, None]
        pixels[top:end, :, :3] = np.clip(np.rint(strip), 0, 255).astype(np.uint8)


def _enlarged(grid: Image.Image, width: int, height: int, top: int, end: int) -> Grid:
    """Rows `top` to `end` of the grid drawn over the whole picture, its cells running softly into each other."""
    scale = grid.height / height
    box = (0.0, top * scale, float(grid.width), end * scale)
    return np.asarray(grid.resize((width, end - top), Image.Resampling.BICUBIC, box=box), dtype=np.float32)


@dataclass(frozen=True)
class Rest:
    """What a leak has that its original has not, per cell, and which cells of the original it shows."""

    cells: Grid
    seen: NDArray[np.bool_]


def rest(leak: Image.Image, original: Image.Image) -> Rest:
    """Both of the same view; the leak may be of any size. A change of contrast or brightness is taken out first."""
    rows, columns = shape(*original.size)
    size = (columns * 4, rows * 4)
    mine, theirs = _bright(original, size), _bright(leak, size)
    slope, offset = np.polyfit(mine.ravel(), theirs.ravel(), 1)
    cells = (theirs - slope * mine - offset).reshape(rows, 4, columns, 4).mean(axis=(1, 3))
    limit = 4 * STRENGTH
    return Rest(np.clip(cells, -limit, limit).astype(np.float32), np.ones((rows, columns), dtype=np.bool_))


def _bright(image: Image.Image, size: tuple[int, int]) -> Grid:
    small = image.convert("RGB").resize(size, Image.Resampling.BOX)
    return np.asarray(np.asarray(small, dtype=np.float32) @ WEIGHTS, dtype=np.float32)


def score(found: Rest, mark: str) -> float:
    """Standard deviations above what a picture without this pattern shows."""
    signs = of(mark, *found.cells.shape)[found.seen]
    cells = found.cells[found.seen]
    cells = cells - cells.mean()
    power = float(np.sqrt((cells**2).sum()))
    return float((cells * signs).sum()) / power if power > 0 else 0.0


def look(image: Image.Image) -> str:
    """64 bits in hex that similar pictures share most of: each says whether a spot is brighter than its right neighbour."""
    small = np.asarray(image.convert("L").resize((9, 8), Image.Resampling.BOX), dtype=np.int16)
    bits = (small[:, 1:] > small[:, :-1]).ravel()
    return np.packbits(bits).tobytes().hex()
