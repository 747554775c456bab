"""Letters: mail of its own, at once, about what was decided about somebody. No choice and no unsubscribing silences them."""

from typing import Any
from uuid import UUID

from app.core import db, mail
from app.notifications import readers


def write(user_id: UUID, template: str, reason: str, **context: Any) -> None:
    """Post `mail/<template>` to one person, from any scope; `name` is theirs. The second call for a `reason` changes nothing."""
    with db.system("letters to people"):
        reader = readers.of([user_id]).get(user_id)
        if reader is not None:
            mail.post(reader.email, template, reason, name=reader.name, **context)
