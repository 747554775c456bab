"""Checkout Sessions: a cart that a buyer pays on a page of ours."""

from . import amounts, customers, destinations, events, line_items, objects, timers
from .errors import refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank
from .urls import require_url

MINUTES, HOURS = 60, 3600
SHORTEST, LONGEST = 30 * MINUTES, 24 * HOURS
EXPIRE = "expire_session"
# Parameters that would change what the buyer pays and that this sandbox does not know.
UNSUPPORTED = (
    "discounts",
    "shipping_options",
    "optional_items",
    "subscription_data",
    "setup_intent_data",
    "return_url",
    "custom_fields",
)


def create(scope: Scope, params: Doc) -> Doc:
    """An open session with its page's address; nothing is charged yet."""
    _check_mode(params)
    expires_at = _expiry(scope, params)
    items = line_items.build(scope, params.get("line_items") or [])
    total, currency = sum(item["amount_total"] for item in items), items[0]["currency"]
    _check_total(total, currency)
    destinations.check(scope, params.get("payment_intent_data") or {}, total, "payment_intent_data")
    if params.get("customer"):
        customers.require(scope, params["customer"])
    session = _session(scope, params, total, currency, expires_at)
    objects.add(scope, session, {"items": items, "payment": params.get("payment_intent_data") or {}})
    timers.set_timer(scope.state, EXPIRE, session["id"], expires_at)
    return session


def _check_mode(params: Doc) -> None:
    if params.get("mode", "payment") != "payment":
        raise refused(f"The sandbox does not offer mode={params['mode']}, only payment.", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise refused("The sandbox offers only ui_mode=hosted_page.", "ui_mode")
    for name in UNSUPPORTED:
        if params.get(name):
            raise refused(f"The sandbox does not offer the parameter {name}.", name)
    if "success_url" not in params:
        raise refused("Missing required param: success_url.", "success_url", "parameter_missing")
    for name in ("success_url", "cancel_url"):
        if name in params:
            require_url(params[name], name)
    if "customer" in params and "customer_email" in params:
        raise refused("You may only specify one of these parameters: customer, customer_email.", "customer")


def _expiry(scope: Scope, params: Doc) -> int:
    now = scope.now()
    expires_at = params.get("expires_at", now + LONGEST)
    if expires_at < now + SHORTEST - MINUTES:
        raise refused(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", "expires_at"
        )
    if expires_at > now + LONGEST + MINUTES:
        raise refused(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", "expires_at"
        )
    return expires_at


def _check_total(total: int, currency: str) -> None:
    if total and total < amounts.SMALLEST.get(currency, 1):
        smallest = amounts.money(amounts.SMALLEST[currency], currency)
        raise refused(
            f"The Checkout Session's total amount must be at least {smallest}.", "line_items", "amount_too_small"
        )
    if total > amounts.LARGEST:
        raise refused(
            f"The Checkout Session's total amount must be no more than {amounts.money(amounts.LARGEST, currency)}",
            "line_items",
            "amount_too_large",
        )


def _session(scope: Scope, params: Doc, total: int, currency: str, expires_at: int) -> Doc:
    identifier = new_id("cs_test")
    given = (
        "client_reference_id",
        "cancel_url",
        "success_url",
        "customer",
        "customer_email",
        "locale",
        "submit_type",
        "billing_address_collection",
        "allow_promotion_codes",
        "shipping_address_collection",
        "allowed_payment_method_types",
        "excluded_payment_method_types",
        "origin_context",
    )
    return blank(
        "checkout.Session",
        id=identifier,
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        created=scope.now(),
        custom_fields=[],
        custom_text=_custom_text(params),
        expires_at=expires_at,
        livemode=False,
        mode="payment",
        metadata=objects.clean_metadata(params),
        payment_method_types=_methods(params, currency),
        payment_status="unpaid" if total else "no_payment_required",
        shipping_options=[],
        status="open",
        payment_method_options={},
        ui_mode="hosted_page",
        url=f"{scope.config.base_url}/c/pay/{identifier}",
        customer_creation=params.get("customer_creation", "if_required"),
        branding_settings=_branding(scope, params),
        adaptive_pricing={"enabled": False},
        customer_details=_known_buyer(scope, params),
        payment_method_collection=_collection(params),
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0, "breakdown": None},
        phone_number_collection={"enabled": bool((params.get("phone_number_collection") or {}).get("enabled"))},
        **{name: params.get(name) for name in given},
    )


def _branding(scope: Scope, params: Doc) -> Doc:
    look = {
        "background_color": "#ffffff",
        "border_style": "rounded",
        "button_color": "#1f5f5b",
        "font_family": "default",
    }
    return {
        "display_name": scope.config.merchant,
        "icon": None,
        "logo": None,
        **look,
        **(params.get("branding_settings") or {}),
    }


def _collection(params: Doc) -> str:
    return params.get("payment_method_collection", "always")


def _custom_text(params: Doc) -> Doc:
    names = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    given = params.get("custom_text") or {}
    return {name: given.get(name) or None for name in names}


def _methods(params: Doc, currency: str) -> list[str]:
    offered = ["card", debit_type(currency)]
    allowed = params.get("allowed_payment_method_types") or offered
    excluded = params.get("excluded_payment_method_types") or []
    left = [name for name in offered if name in allowed and name not in excluded]
    if not left:
        raise refused(
            f"None of the allowed payment method types fits {currency}; the sandbox offers {' and '.join(offered)}.",
            "allowed_payment_method_types",
        )
    return left


def debit_type(currency: str) -> str:
    """The delayed method that is offered for a currency."""
    return "sepa_debit" if currency == "eur" else "us_bank_account"


def _known_buyer(scope: Scope, params: Doc) -> Doc | None:
    email = params.get("customer_email")
    if params.get("customer"):
        email = customers.require(scope, params["customer"])["email"]
    return details(email, None, None) if email else None


def details(email: str | None, name: str | None, phone: str | None, address: Doc | None = None) -> Doc:
    """`customer_details` as the page collects them."""
    return {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": phone,
        "tax_exempt": "none",
        "tax_ids": [],
    }


# --- reading and ending ----------------------------------------------------------------------------------------------
def retrieve(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One session."""
    return objects.get(scope, "checkout.session", identifier, "session")


def search(scope: Scope, params: Doc) -> Doc:
    """Sessions, newest first."""
    extra: str = ""
    values: tuple[str, ...] = ()
    if "customer_details" in params:
        extra = " AND json_extract(body, '$.customer_details.email') = ?"
        values = (params["customer_details"]["email"],)
    return objects.listing(
        scope,
        "checkout.session",
        params,
        "/v1/checkout/sessions",
        ("customer", "payment_intent", "status"),
        extra,
        values,
    )


def list_items(scope: Scope, params: Doc, identifier: str) -> Doc:
    """The line items of a session, in their order."""
    retrieve(scope, {}, identifier)
    items = objects.secret_of(scope, identifier)["items"]
    return line_items.page(items, params, f"/v1/checkout/sessions/{identifier}/line_items")


def update(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change the metadata, or the metadata that the payment will carry; the cart itself stays as it is."""
    session = retrieve(scope, params, identifier)
    for name in ("line_items", "shipping_options", "collected_information"):
        if name in params:
            raise refused(f"The sandbox does not offer changing {name}; expire the session and make a new one.", name)
    objects.merge_metadata(session, params)
    if "payment_intent_data" in params:
        _require_open(session, "updated")
        payment = objects.secret_of(scope, identifier)["payment"]
        objects.keep_secret(scope, identifier, payment={**payment, **params["payment_intent_data"]})
    return objects.save(scope, session)


def expire(scope: Scope, params: Doc, identifier: str) -> Doc:
    """End an open session; its page says so, and nobody can pay it any more."""
    session = retrieve(scope, params, identifier)
    _require_open(session, "expired")
    session.update(status="expired", url=None)
    timers.cancel(scope.state, EXPIRE, identifier)
    objects.save(scope, session)
    events.announce(scope, "checkout.session.expired", session)
    return session


def _require_open(session: Doc, verb: str) -> None:
    if session["status"] != "open":
        raise refused(
            f'Only Checkout Sessions with a status in ["open"] can be {verb}. This Checkout Session has a status of '
            f"{session['status']}.",
            "session",
        )
