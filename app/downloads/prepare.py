"""From the stored file to the bytes that one buyer gets. Today they are the same; stamping and licences begin here."""

from app.access.models import Grant
from app.catalogue.models import File


def prepare(grant: Grant, file: File) -> str:
    """The storage key of what `grant` is to receive for `file`."""
    return file.storage_key
