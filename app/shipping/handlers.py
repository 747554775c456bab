"""What shipping does about its own labels' and others' facts."""

from app.core import db
from app.orders.events import OrderCancelled
from app.shipping.actions import batching, ending
from app.shipping.events import LabelSettled
from app.shipping.models import Label, Parcel


def on_label_settled(fact: LabelSettled) -> None:
    """A row of a batch follows its label; bought for an order that ended meanwhile, it goes back."""
    label = db.get(Label, fact.label_id)
    batching.settle(label)
    ending.give_back(db.get(Parcel, label.parcel_id).order_id)


def on_order_cancelled(fact: OrderCancelled) -> None:
    ending.give_back(fact.order_id)
