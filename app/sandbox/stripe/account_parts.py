"""The parts of a new connected account that follow from what the caller asked for."""

from .errors import refused
from .objects import Doc

CONTROLLERS = {
    "express": ("application_express", "application", "stripe", "express"),
    "custom": ("application_custom", "application", "application", "none"),
    "standard": ("account", "stripe", "stripe", "full"),
}


def controller(params: Doc) -> Doc:
    """Who pays the fees, bears the losses, collects the requirements and shows the dashboard; raises on nonsense."""
    if "controller" not in params:
        fees, losses, collection, dashboard = CONTROLLERS[params.get("type", "standard")]
    else:
        given = params["controller"]
        fees = given.get("fees", {}).get("payer", "account")
        losses = given.get("losses", {}).get("payments", "stripe")
        collection = given.get("requirement_collection", "stripe")
        dashboard = given.get("stripe_dashboard", {}).get("type", "full")
    if losses == "stripe" and dashboard != "full" and "controller" in params:
        raise refused(
            "When `controller[losses][payments]=stripe`, `controller[stripe_dashboard][type]` must be full.",
            "controller[losses][payments]",
        )
    return {
        "type": "application",
        "is_controller": True,
        "fees": {"payer": fees},
        "losses": {"payments": losses},
        "requirement_collection": collection,
        "stripe_dashboard": {"type": dashboard},
    }


def business_profile(params: Doc) -> Doc:
    """The business profile with every member."""
    names = ("mcc", "name", "product_description", "support_email", "support_phone", "support_url", "url")
    given = params.get("business_profile") or {}
    return {
        **{name: given.get(name) for name in names},
        "support_address": None,
        "annual_revenue": None,
        "estimated_worker_count": None,
        "minority_owned_business_designation": None,
    }


def settings() -> Doc:
    """The settings of a new account."""
    return {
        "branding": {"icon": None, "logo": None, "primary_color": None, "secondary_color": None},
        "card_payments": {
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
    }


def no_bank(identifier: str) -> Doc:
    """An empty list of bank accounts."""
    return {"object": "list", "data": [], "has_more": False, "url": f"/v1/accounts/{identifier}/external_accounts"}
