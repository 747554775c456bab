"""What deliveries do when others tell news."""

from app.catalogue.events import FileAdded
from app.core.outbox import later


def on_file_added(event: FileAdded) -> None:
    """Find out whether it can be stamped, before its seller asks."""
    later("downloads.inspect", workspace_id=event.workspace_id, file_id=event.file_id)
