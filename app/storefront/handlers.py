"""The cart's reactions to news about money. Payment news has no tenant, so these run in system scope."""

from app.payments.events import PaymentEnded, PaymentPaid, PaymentProcessing
from app.storefront.actions import bought, not_bought


def on_payment_paid(event: PaymentPaid) -> None:
    bought(event.reference_id)


def on_payment_processing(event: PaymentProcessing) -> None:
    bought(event.reference_id)


def on_payment_ended(event: PaymentEnded) -> None:
    not_bought(event.reference_id)
