"""What shipping does about its own labels' and others' facts."""

from app.core import db
from app.shipping.actions import batching
from app.shipping.events import LabelSettled
from app.shipping.models import Label


def on_label_settled(fact: LabelSettled) -> None:
    """A row of a batch follows its label."""
    batching.settle(db.get(Label, fact.label_id))
