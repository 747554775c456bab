"""Whose copy a leaked picture is: compared with the original, whole or cut out of it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from app.downloads.stamper import Likeness
from app.downloads.stampers import pattern, picture

Plane = NDArray[np.float32]
ENOUGH = 6.0
"""Standard deviations: chance reaches that once in a billion comparisons."""
ROUGH, FINE = 256, 1024
"""Pixels of the original's longer side while a part is looked for."""
ALIKE = 0.85
SCALES = (1.0, 0.5, 0.75, 2 / 3, 0.8, 0.9, 0.6, 0.4, 1 / 3, 0.25)
"""Sizes that parts are often saved at."""
Box = tuple[float, float, float, float]


def look_of(source: Path) -> str:
    """The fingerprint by which originals are chosen for comparison. Raises Unstampable."""
    with picture.opened(source) as image:
        return pattern.look(_plain(image))


def compare(leak: Path, original: Path, marks: list[str]) -> list[Likeness]:
    """Copies that the leak is very likely made of, the surest first. Raises Unstampable."""
    with picture.opened(leak) as shown, picture.opened(original) as whole:
        mine, theirs = _plain(whole), _plain(shown)
    found = _scored(pattern.rest(theirs, mine), marks, 1.0)
    if found:
        return found
    box = located(theirs, mine)
    if box is None:
        return []
    part, share = _part(theirs, mine, box)
    return _scored(part, marks, share)


def _plain(image: Image.Image) -> Image.Image:
    image.draft("RGB", (2048, 2048))
    return ImageOps.exif_transpose(image).convert("RGB")


def _scored(rest: pattern.Rest, marks: list[str], share: float) -> list[Likeness]:
    scores = [Likeness(mark, pattern.score(rest, mark), share) for mark in marks]
    return sorted((one for one in scores if one.score >= ENOUGH), key=lambda one: -one.score)


def _part(leak: Image.Image, original: Image.Image, box: Box) -> tuple[pattern.Rest, float]:
    """The leak laid over the original where it belongs; the cells that it covers whole, and their share."""
    rows, columns = pattern.shape(*original.size)
    size = (columns * 8, rows * 8)
    base = original.resize(size, Image.Resampling.BOX)
    left, top, right, bottom = (round(part * size[at % 2]) for at, part in enumerate(box))
    laid = base.copy()
    laid.paste(leak.resize((max(right - left, 1), max(bottom - top, 1)), Image.Resampling.BOX), (left, top))
    seen = np.zeros((rows, columns), dtype=np.bool_)
    seen[-(-top // 8) : bottom // 8, -(-left // 8) : right // 8] = True
    return pattern.Rest(pattern.rest(laid, base.resize(original.size)).cells, seen), float(seen.mean())


def located(leak: Image.Image, original: Image.Image) -> Box | None:
    """Where the leak was cut out, as shares of the original's width and height; None when it shows something else."""
    rough = [(_match(leak, original, scale, ROUGH), scale) for scale in SCALES]
    (alike, _), scale = max(rough, key=lambda one: one[0][0])
    if alike < ALIKE:
        return None
    alike, (left, top) = _match(leak, original, scale, FINE)
    if alike < ALIKE:
        return None
    width, height = leak.width / scale / original.width, leak.height / scale / original.height
    return left, top, left + width, top + height


def _match(leak: Image.Image, original: Image.Image, scale: float, side: int) -> tuple[float, tuple[float, float]]:
    """Best likeness (-1 to 1) of the leak, saved at `scale`, within the original, and its corner as shares."""
    ratio = min(1.0, side / max(original.size))
    page = _grey(original, (round(original.width * ratio), round(original.height * ratio)))
    size = (round(leak.width * ratio / scale), round(leak.height * ratio / scale))
    if min(size) < 12 or size[0] > page.shape[1] or size[1] > page.shape[0]:
        return -1.0, (0.0, 0.0)
    map_ = _correlation(page, _grey(leak, size))
    row, column = (int(at) for at in np.unravel_index(int(map_.argmax()), map_.shape))
    return float(map_[row, column]), (column / page.shape[1], row / page.shape[0])


def _grey(image: Image.Image, size: tuple[int, int]) -> Plane:
    return np.asarray(image.convert("L").resize(size, Image.Resampling.BOX), dtype=np.float32)


def _correlation(page: Plane, part: Plane) -> Plane:
    """Normalised cross-correlation at every place where `part` lies inside `page`."""
    rows, columns = part.shape
    centred = part - part.mean()
    spectrum = np.fft.rfft2(page) * np.conj(np.fft.rfft2(centred, page.shape))
    raw = np.fft.irfft2(spectrum, page.shape)[: page.shape[0] - rows + 1, : page.shape[1] - columns + 1]
    sums, squares = _windows(page, rows, columns), _windows(page**2, rows, columns)
    spread = np.sqrt(np.maximum(squares - sums**2 / (rows * columns), 1e-3))
    power = float(np.sqrt((centred**2).sum())) or 1.0
    return np.asarray(raw / (spread * power), dtype=np.float32)


def _windows(page: Plane, rows: int, columns: int) -> NDArray[np.float64]:
    """Sums over every window of that size."""
    total = np.pad(page.astype(np.float64).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    return np.asarray(
        total[rows:, columns:] - total[:-rows, columns:] - total[rows:, :-columns] + total[:-rows, :-columns]
    )
