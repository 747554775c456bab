"""What each state of a connected account means for its requirements and capabilities."""

from .objects import Doc
from .scope import Scope

NEW = "new"
TO_FILL_IN = [
    "business_profile.mcc",
    "business_profile.url",
    "business_type",
    "external_account",
    "representative.first_name",
    "representative.last_name",
    "tos_acceptance.date",
    "tos_acceptance.ip",
]
LEFT_OUT = ["external_account"]
DOCUMENT = "person.verification.document"
DEADLINE = 14 * 86400
# The status of the requested capabilities in each state.
CAPABILITIES_WHEN = {
    NEW: "inactive",
    "pending": "pending",
    "enabled": "active",
    "due": "active",
    "payouts_paused": "active",
    "restricted": "inactive",
    "rejected": "inactive",
}
STATES = (*CAPABILITIES_WHEN, "deauthorised")


def capability_states(requested: list[str], state: str) -> dict[str, str]:
    """Every requested capability with its status."""
    return dict.fromkeys(requested, CAPABILITIES_WHEN[state])


def requirements_of(scope: Scope, state: str | None) -> Doc:
    """The `requirements` hash of a state (None: nothing is asked for)."""
    empty: Doc = {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": [],
        "disabled_reason": None,
        "errors": [],
        "eventually_due": [],
        "past_due": [],
        "pending_verification": [],
    }
    if state == NEW:
        return {
            **empty,
            "currently_due": TO_FILL_IN,
            "eventually_due": TO_FILL_IN,
            "past_due": TO_FILL_IN,
            "disabled_reason": "requirements.past_due",
        }
    if state == "pending":
        return {**empty, "pending_verification": [DOCUMENT], "disabled_reason": "requirements.pending_verification"}
    if state in ("due", "payouts_paused"):
        return {
            **empty,
            "currently_due": LEFT_OUT,
            "eventually_due": LEFT_OUT,
            "current_deadline": scope.now() + DEADLINE,
        }
    if state == "restricted":
        return {**empty, **_refused_document()}
    return {**empty, "disabled_reason": "rejected.other"} if state == "rejected" else empty


def _refused_document() -> Doc:
    return {
        "currently_due": [DOCUMENT],
        "eventually_due": [DOCUMENT],
        "past_due": [DOCUMENT],
        "disabled_reason": "requirements.past_due",
        "errors": [
            {
                "code": "verification_document_expired",
                "requirement": DOCUMENT,
                "reason": "The document has expired. Upload one that is valid today.",
            }
        ],
    }
