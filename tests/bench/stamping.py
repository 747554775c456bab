"""Pages stamped a second beside opening and saving the same PDF, pictures marked, and how long a leak is searched."""

import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pikepdf
from PIL import Image

from app.downloads import confined, marks
from app.downloads.stamper import Stamp
from tests.downloads.stamped import pdf
from tests.downloads.wares import picture

PAGES, ROUNDS, COPIES = 500, 5, 1_000


def report() -> None:
    """Prints one line each; the helper process is warm, as it is for all but the first file of a job."""
    with tempfile.TemporaryDirectory() as folder:
        _pages(Path(folder))
        _pictures(Path(folder))


def _timed(work: Callable[[], object]) -> float:
    """Seconds, the median of ROUNDS."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times)


def _pages(folder: Path) -> None:
    source, target, mark = folder / "book.pdf", folder / "copy.pdf", marks.new()
    source.write_bytes(pdf(PAGES, "The quick brown fox jumps over the lazy dog. " * 3))
    confined.check("pdf", source)
    ours = _timed(lambda: confined.stamp("pdf", source, target, Stamp(mark, "Licensed to Fay · order 1042")))
    floor = _timed(lambda: _saved(source))
    found = _timed(lambda: confined.find("pdf", target))
    print(
        f"stamping {PAGES} pages: {PAGES / ours:,.0f} pages/s, bare open and save {PAGES / floor:,.0f},"
        f" ratio {ours / floor:.1f}; tracing them {PAGES / found:,.0f} pages/s"
    )


def _saved(source: Path) -> None:
    with pikepdf.open(source) as document:
        document.save(io.BytesIO())


def _pictures(folder: Path) -> None:
    source, target, mark = folder / "photo.jpg", folder / "copy.jpg", marks.new()
    source.write_bytes(picture("JPEG", 4000, 3000))
    ours = _timed(lambda: confined.stamp("picture", source, target, Stamp(mark, "")))
    floor = _timed(lambda: Image.open(source).convert("RGB").save(io.BytesIO(), "JPEG", quality=88))
    others = [mark, *(marks.new() for _ in range(COPIES - 1))]
    found = _timed(lambda: confined.compare(target, source, others))
    print(
        f"marking 12 megapixels: {ours * 1000:.0f} ms, bare decode and save {floor * 1000:.0f} ms, ratio {ours / floor:.1f};"
        f" a leak among {COPIES:,} copies {found * 1000:.0f} ms"
    )
