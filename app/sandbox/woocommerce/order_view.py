"""Orders as the API answers them."""

from app.sandbox.market import free, goods
from app.sandbox.market.store import Doc

from . import statuses
from .product_view import is_variable
from .talk import Site

GATEWAYS = {
    "stripe": "Credit card (Stripe)",
    "bacs": "Direct bank transfer",
    "cod": "Cash on delivery",
    "paypal": "PayPal",
}
REFUNDING = ("stripe", "paypal")
RATE = 1


def order(site: Site, found: Doc) -> Doc:
    """An order as `GET /orders/<id>` answers it."""
    paid = found["paid_at"]
    method = method_of(found)
    discount = found["seller_discount"] + found["platform_discount"]
    return {
        "id": int(found["id"]), "parent_id": 0, "status": statuses.of(found), "currency": found["currency"], "version": "9.4.2",
        "prices_include_tax": False, "number": found["number"], "created_via": "checkout",
        **site.dates(
            date_created=found["created"], date_modified=found["updated"], date_paid=paid, date_completed=completed_at(found)
        ),
        "order_key": f"wc_order_{found['id']}", "discount_total": site.money(discount), "discount_tax": site.money(0),
        "shipping_total": site.money(found["delivery"]), "shipping_tax": site.money(0), "cart_tax": site.money(found["tax"]),
        "total": site.money(found["total"]), "total_tax": site.money(found["tax"]),
        "customer_id": int(found["buyer"]["id"]) if str(found["buyer"]["id"]).isdigit() else 0, "customer_ip_address": "",
        "customer_user_agent": "", "customer_note": found["note"], "billing": {**address(found), "email": found["buyer"]["email"],
        "phone": found["recipient"]["phone"]}, "shipping": {**address(found), "phone": found["recipient"]["phone"]},
        "payment_method": method, "payment_method_title": GATEWAYS.get(method, method),
        "transaction_id": f"ch_{found['id']}" if method in REFUNDING and paid else "", "cart_hash": "",
        "meta_data": [{"id": place, **one} for place, one in enumerate(found["private"].get("meta", ()), 1)],
        "line_items": line_items(site, found), "tax_lines": _tax_lines(site, found),
        "shipping_lines": [_delivery(site, found)] if found["delivery"] else [], "fee_lines": [],
        "coupon_lines": [_coupon(site, found, discount)] if discount else [],
        "refunds": [{"id": int(one["id"]), "reason": one["reason"], "total": site.money(-one["amount"])} for one in refunds(found)],
        "_links": site.links("orders", found["id"]),
    }  # fmt: skip


def method_of(found: Doc) -> str:
    """How the buyer pays."""
    return str(found["private"].get("payment_method") or ("cod" if found["cod"] else "stripe"))


def completed_at(found: Doc) -> int | None:
    """When the shop called it completed; kept when it is opened again."""
    if found["private"].get("completed_at"):
        return int(found["private"]["completed_at"])
    sent = [one["sent_at"] for one in found["packages"] if one["sent_at"]]
    return max(sent) if sent and found["state"] in free.SENT else None


def address(found: Doc) -> Doc:
    """Where it goes."""
    to = found["recipient"]
    first, _, last = to["name"].partition(" ")
    return {
        "first_name": first, "last_name": last, "company": "", "address_1": to["line1"], "address_2": to["line2"],
        "city": to["city"], "state": to["region"], "postcode": to["postcode"], "country": to["country"],
    }  # fmt: skip


def line_items(site: Site, found: Doc) -> list[Doc]:
    """Lines with what was bought, whatever was refunded since."""
    taxes = shares(found)
    return [_line(site, line, tax) for line, tax in zip(found["lines"], taxes, strict=True)]


def _line(site: Site, line: Doc, tax: int) -> Doc:
    subtotal = line["unit"] * line["quantity"]
    total = subtotal - line["seller_discount"] - line["platform_discount"]
    varies = _varies(site, line)
    name = f"{line['title']} - {line['variant_title']}" if varies else line["title"]
    shown = [
        {
            "id": 1,
            "key": "kind",
            "value": line["variant_title"],
            "display_key": "Kind",
            "display_value": line["variant_title"],
        }
    ]
    return {
        "id": int(line["id"]), "name": name, "product_id": int(line["product"]),
        "variation_id": int(line["sku_id"]) if varies else 0, "quantity": line["quantity"], "tax_class": "",
        "subtotal": site.money(subtotal), "subtotal_tax": site.money(tax), "total": site.money(total), "total_tax": site.money(tax),
        "taxes": [{"id": RATE, "total": site.money(tax), "subtotal": site.money(tax)}] if tax else [],
        "meta_data": shown if varies else [], "sku": line["sku"], "price": _price(site, total, line["quantity"]),
        "parent_name": line["title"] if varies else None,
    }  # fmt: skip


def _varies(site: Site, line: Doc) -> bool:
    """Whether a variation was bought."""
    product = goods.get(site.scope, site.shop, line["product"])
    return product is not None and is_variable(product)


def _price(site: Site, total: int, quantity: int) -> float:
    """One unit after discounts: a JSON number, with more digits than the money has."""
    whole = float(site.money(total)) / quantity
    return int(whole) if whole == int(whole) else whole


def shares(found: Doc) -> list[int]:
    """The tax of each line, to the last cent."""
    left, worth = found["tax"], sum(one["unit"] * one["quantity"] for one in found["lines"])
    parts = []
    for line in found["lines"]:
        value = line["unit"] * line["quantity"]
        part = left if worth <= value else left * value // worth
        parts.append(part)
        left, worth = left - part, worth - value
    return parts


def _tax_lines(site: Site, found: Doc) -> list[Doc]:
    if not found["tax"]:
        return []
    named = {"id": extra(found, 1), "rate_code": "TAX-1", "rate_id": RATE, "label": "Tax", "compound": False}
    return [{**named, "tax_total": site.money(found["tax"]), "shipping_tax_total": site.money(0), "meta_data": []}]


def _delivery(site: Site, found: Doc) -> Doc:
    return {
        "id": extra(found, 2), "method_title": "Flat rate", "method_id": "flat_rate", "instance_id": "1",
        "total": site.money(found["delivery"]), "total_tax": site.money(0), "taxes": [], "meta_data": [],
    }  # fmt: skip


def _coupon(site: Site, found: Doc, discount: int) -> Doc:
    return {
        "id": extra(found, 3),
        "code": "thanks",
        "discount": site.money(discount),
        "discount_tax": site.money(0),
        "meta_data": [],
    }


def extra(found: Doc, place: int) -> int:
    """An id for lines that the marketplace does not keep."""
    return int(found["id"]) * 100 + place


def refunds(found: Doc) -> list[Doc]:
    """All refunds, newest first: the shop's own, and what cancellations and returns gave back."""
    done = [
        {**one, "amount": one["refund"], "created": one["updated"]}
        for one in found["cancels"]
        if one["state"] in ("done", "accepted") and one.get("refund")
    ]
    back = [
        {**one, "amount": one["refund"], "created": one["updated"]}
        for one in found["returns"]
        if one["state"] == "refunded"
    ]
    return sorted([*found["refunds"], *done, *back], key=lambda one: (one["created"], int(one["id"])), reverse=True)
