"""What every page of channels needs to know of where it is."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from app.catalogue import queries as catalogue
from app.channels import channel, words
from app.channels.channel_facts import Profile
from app.core import db
from app.core.permissions import Permission
from app.core.web.access import member

READ = Permission.CHANNELS_CONNECTION_READ
WRITE = Permission.CHANNELS_CONNECTION_WRITE
MATCH = Permission.CHANNELS_LISTING_WRITE


def base() -> str:
    return f"/w/{member().slug}/channels"


def shown(**context: Any) -> dict[str, Any]:
    """What the templates of channels read, with the page's own `context`."""
    topic = f"workspace:{member().workspace_id}:channels"
    return {
        "base": base(),
        "words": words,
        "profiles": channel.profiles(),
        "platform": platform,
        "own_picture": catalogue.own_picture_url,
        "now": db.now(),
        "live_topics": topic,
        **context,
    }


def platform(kind: str) -> str:
    """The platform's name; a kind that is not wired any more is called by its own."""
    found: Profile | None = channel.profiles().get(kind)
    return found.name if found else kind.capitalize()


def with_query(path: str, chosen: Mapping[str, object]) -> str:
    """An address with what is chosen; empty choices are left out."""
    kept = {name: str(value) for name, value in chosen.items() if value not in ("", None)}
    return f"{path}?{urlencode(kept)}" if kept else path
