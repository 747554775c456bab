"""Public addresses out of titles."""

import re
import unicodedata

RESERVED = {"new", "admin", "api", "theme", "media", "static", "guildhall", "settings"}


def slugify(title: str) -> str:
    """«Crab Nebula, large» → «crab-nebula-large»; at most 60 characters, never empty."""
    ascii_text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_text).strip("-")[:60].strip("-")
    return f"{slug}-1" if slug in RESERVED else slug or "item"


def clean_tags(raw: str) -> list[str]:
    """Comma-separated words, lower case, unique, at most 12 of 30 characters."""
    tags = [" ".join(tag.lower().split())[:30] for tag in raw.split(",")]
    return list(dict.fromkeys(tag for tag in tags if tag))[:12]
