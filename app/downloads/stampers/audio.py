"""Recordings: the code in tags of the format's own kinds, the seller's line where players show it. The sound stays as it is."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mutagen
from mutagen import aiff, flac, id3, mp3, mp4, oggflac, oggopus, oggvorbis, wave

from app.downloads import marks
from app.downloads.stamper import Found, Stamp, Unstampable

OWNER, FIELD, ATOM = "https://guildhall.example/copy", "GUILDHALL_COPY", "----:com.guildhall:COPY"
BLOCK = 2
"""FLAC's number of a block that belongs to an application."""
DAMAGED = "This recording is damaged or of a kind that takes no tags. Export it again and upload that."
MOST_SEARCHED = 4 * 1024 * 1024
"""Bytes at both ends of a file that are searched when it cannot be opened."""


class AudioStamper:
    """MP3, WAV and AIFF by ID3, FLAC, Ogg Vorbis and Opus by comments, M4A by atoms."""

    def check(self, source: Path) -> None:
        _writer(_opened(source))

    def stamp(self, source: Path, target: Path, stamp: Stamp) -> None:
        shutil.copyfile(source, target)
        recording = _opened(target)
        try:
            _writer(recording)(recording, stamp)
            recording.save()
        except (mutagen.MutagenError, ValueError, OSError) as error:
            raise Unstampable(DAMAGED) from error
        if stamp.mark not in {one.mark for one in self.find(target)}:
            raise Unstampable(DAMAGED)

    def find(self, source: Path) -> list[Found]:
        try:
            recording = mutagen.File(source)
        except (mutagen.MutagenError, ValueError, OSError):
            recording = None
        found = list(_tagged(recording)) if recording is not None else []
        return found or list(_in_remains(source))


def _opened(source: Path) -> Any:
    try:
        found = mutagen.File(source)
    except (mutagen.MutagenError, ValueError, OSError, EOFError) as error:
        raise Unstampable(DAMAGED) from error
    if found is None:
        raise Unstampable(DAMAGED)
    return found


def _writer(recording: Any) -> Callable[[Any, Stamp], None]:
    """Raises Unstampable for formats that we do not know."""
    for kinds, write in _WRITERS:
        if isinstance(recording, kinds):
            return write
    raise Unstampable("This kind of recording takes no stamp. Upload MP3, M4A, FLAC, Ogg or WAV, or without stamping.")


def _write_id3(recording: Any, stamp: Stamp) -> None:
    if recording.tags is None:
        recording.add_tags()
    code = marks.written(stamp.mark)
    recording.tags.add(id3.TXXX(encoding=3, desc=FIELD, text=[code]))
    recording.tags.add(id3.UFID(owner=OWNER, data=code.encode()))
    recording.tags.add(id3.PRIV(owner=OWNER, data=code.encode()))
    if stamp.line:
        recording.tags.add(id3.COMM(encoding=3, lang="eng", desc="Licence", text=[stamp.line]))


def _write_comments(recording: Any, stamp: Stamp) -> None:
    if recording.tags is None:
        recording.add_tags()
    code = marks.written(stamp.mark)
    recording.tags[FIELD] = [code]
    if stamp.line:
        recording.tags["LICENSE"] = [stamp.line]
    if isinstance(recording, flac.FLAC):
        block = flac.MetadataBlock(b"GHcp" + code.encode())
        block.code = BLOCK  # type: ignore[attr-defined]
        recording.metadata_blocks.append(block)


def _write_atoms(recording: Any, stamp: Stamp) -> None:
    if recording.tags is None:
        recording.add_tags()
    recording.tags[ATOM] = [mp4.MP4FreeForm(marks.written(stamp.mark).encode())]
    if stamp.line:
        recording.tags["cprt"] = [stamp.line]


_WRITERS: tuple[tuple[tuple[type, ...], Callable[[Any, Stamp], None]], ...] = (
    ((mp3.MP3, wave.WAVE, aiff.AIFF), _write_id3),
    ((flac.FLAC, oggvorbis.OggVorbis, oggopus.OggOpus, oggflac.OggFLAC), _write_comments),
    ((mp4.MP4,), _write_atoms),
)


def _tagged(recording: Any) -> Iterator[Found]:
    for key, value in dict(recording.tags or {}).items():
        for mark in marks.found_in(_spelled(value)):
            yield Found(mark, "tag", str(key)[:40])
    for block in getattr(recording, "metadata_blocks", ()):
        if getattr(block, "code", None) == BLOCK:
            yield from (Found(mark, "tag", "application block") for mark in marks.found_in(_spelled(block.data)))


def _spelled(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(_spelled(one) for one in value)
    data = getattr(value, "data", value)
    return data.decode("latin-1") if isinstance(data, bytes) else str(value)


def _in_remains(source: Path) -> Iterator[Found]:
    size = source.stat().st_size
    with source.open("rb") as file:
        text = file.read(MOST_SEARCHED)
        file.seek(max(size - MOST_SEARCHED, 0))
        text += file.read(MOST_SEARCHED)
    yield from (Found(mark, "salvaged") for mark in marks.found_in(text.decode("latin-1")))
