"""The face of payments' actions, by noun."""

from app.payments.actions.accounts import (
    NoAccount,
    NoCountry,
    NoDashboard,
    dashboard_url,
    disconnect,
    ensure_account,
    onboarding_url,
    owner_of,
    refresh_account,
    refresh_by_stripe_id,
)
from app.payments.actions.checkout import (
    PartRequest,
    PaymentOver,
    cancel,
    move_buyer,
    open_checkout,
    reopen,
    start,
)
from app.payments.actions.evidence import (
    HandedIn,
    TooLate,
    TooMuchEvidence,
    attach,
    detach,
    forget,
    hand_in,
    send_evidence,
    text_room,
    write_evidence,
)
from app.payments.actions.fees import fee
from app.payments.actions.labels import book_label, unbook_label
from app.payments.actions.mirroring import mirror_dispute, mirror_payout, mirror_refunds
from app.payments.actions.preview import RefundPreview, refund_preview
from app.payments.actions.receipts import (
    ACCOUNT_ENDPOINT,
    CONNECT_ENDPOINT,
    apply_connect,
    apply_stripe,
    missing_subscriptions,
)
from app.payments.actions.reconciling import backfill, reconcile
from app.payments.actions.refunds import DisputeOpen, RefundTooLarge, promise_refund, refresh_refund, send_refund
from app.payments.actions.reversals import send_reversal
from app.payments.actions.sales import NotPaid, book_sale
from app.payments.actions.settling import close_checkout, settle
from app.payments.actions.transfers import retry_transfer, send_transfer

__all__ = [
    "ACCOUNT_ENDPOINT",
    "CONNECT_ENDPOINT",
    "ChangeBegun",
    "ChangePlanned",
    "DisputeOpen",
    "HandedIn",
    "NoAccount",
    "NoChange",
    "NoCountry",
    "NoDashboard",
    "NotPaid",
    "PartRequest",
    "PastChange",
    "PaymentOver",
    "RefundPreview",
    "RefundTooLarge",
    "TooLate",
    "TooMuchEvidence",
    "apply_connect",
    "apply_stripe",
    "attach",
    "backfill",
    "book_label",
    "book_sale",
    "cancel",
    "change_fee",
    "close_checkout",
    "dashboard_url",
    "detach",
    "disconnect",
    "ensure_account",
    "fee",
    "forget",
    "hand_in",
    "mirror_dispute",
    "mirror_payout",
    "mirror_refunds",
    "missing_subscriptions",
    "most_specific",
    "move_buyer",
    "onboarding_url",
    "open_checkout",
    "owner_of",
    "percent",
    "promise_refund",
    "reconcile",
    "refresh_account",
    "refresh_by_stripe_id",
    "refresh_refund",
    "refund_preview",
    "reopen",
    "retry_transfer",
    "rule_for",
    "send_evidence",
    "send_refund",
    "send_reversal",
    "send_transfer",
    "settle",
    "start",
    "text_room",
    "unbook_label",
    "withdraw_fee",
    "write_evidence",
]
