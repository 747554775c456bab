"""Label files: what they are by their first bytes, never by what was promised (TRAPS.md D32)."""

from app.core.errors import ProviderError


def kind(data: bytes) -> str:
    """pdf, png, zpl, or "" for anything else."""
    if data.lstrip()[:5] == b"%PDF-":
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    return "zpl" if b"^XA" in data[:1024] else ""


def checked(name: str, data: bytes, format: str) -> bytes:
    """The bytes when they are a label in this format. Raises ProviderError (permanent) in words otherwise."""
    found = kind(data)
    if found == format:
        return data
    if found:
        raise ProviderError(name, f"made this label as {found.upper()}; print it as {found.upper()}", permanent=True)
    raise ProviderError(name, "sent a file that is not a label; nothing was bought or changed", permanent=False)
