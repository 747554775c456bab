"""Products and prices: what line items are made of."""

from decimal import Decimal, InvalidOperation

from . import events, objects
from .amounts import require_currency
from .errors import missing, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope
from .spec import blank


def create_product(scope: Scope, params: Doc) -> Doc:
    """A new product."""
    product = add_product(scope, params)
    events.announce(scope, "product.created", product)
    return product


def add_product(scope: Scope, params: Doc, active: bool = True) -> Doc:
    """A product, not announced (the ones made for a single line item are not)."""
    return objects.add(
        scope,
        blank(
            "Product",
            id=params.get("id") or new_id("prod"),
            active=params.get("active", active),
            created=scope.now(),
            description=params.get("description"),
            images=params.get("images", []),
            livemode=False,
            marketing_features=[],
            metadata=objects.clean_metadata(params),
            name=params["name"],
            type="service",
            updated=scope.now(),
            tax_code=params.get("tax_code"),
            unit_label=params.get("unit_label"),
            url=params.get("url"),
            shippable=params.get("shippable"),
        ),
    )


def create_price(scope: Scope, params: Doc) -> Doc:
    """A new price of a given or new product."""
    price = add_price(scope, params)
    events.announce(scope, "price.created", price)
    return price


def add_price(scope: Scope, data: Doc, active: bool = True) -> Doc:
    """A price, not announced; raises when it has no product or no amount."""
    currency = require_currency(data["currency"], "currency")
    if ("product" in data) == ("product_data" in data):
        raise refused("You must specify either `product` or `product_data` when creating a price.", "product")
    if "product" in data and objects.find(scope, "product", data["product"]) is None:
        raise missing("product", data["product"], "product", 400)
    product = data.get("product") or add_product(scope, data["product_data"], active)["id"]
    amount = unit_amount(data)
    return objects.add(
        scope,
        blank(
            "Price",
            id=new_id("price"),
            active=active,
            billing_scheme="per_unit",
            created=scope.now(),
            currency=currency,
            livemode=False,
            metadata=objects.clean_metadata(data),
            product=product,
            unit_amount=amount,
            type="recurring" if data.get("recurring") else "one_time",
            unit_amount_decimal=str(amount),
            tax_behavior=data.get("tax_behavior", "unspecified"),
            nickname=data.get("nickname"),
            lookup_key=data.get("lookup_key"),
            recurring=_recurring(data.get("recurring")),
        ),
    )


def _recurring(given: Doc | None) -> Doc | None:
    if not given:
        return None
    return {"interval_count": 1, "meter": None, "trial_period_days": None, "usage_type": "licensed", **given}


def unit_amount(data: Doc) -> int:
    """Whole minor units of one piece; raises when neither form of the amount is given, or it is negative."""
    if "unit_amount" in data:
        amount = data["unit_amount"]
    elif "unit_amount_decimal" in data:
        try:
            amount = int(Decimal(data["unit_amount_decimal"]).to_integral_exact())
        except InvalidOperation as error:
            raise refused("Invalid decimal", "unit_amount_decimal") from error
    else:
        raise refused("Missing required param: unit_amount.", "unit_amount", "parameter_missing")
    if amount < 0:
        raise refused("Invalid non-negative integer", "unit_amount", "parameter_invalid_integer")
    return amount


def retrieve_product(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One product."""
    return objects.get(scope, "product", identifier)


def retrieve_price(scope: Scope, params: Doc, identifier: str) -> Doc:
    """One price."""
    return objects.get(scope, "price", identifier, "price")


def search_products(scope: Scope, params: Doc) -> Doc:
    """Products, newest first."""
    return objects.listing(scope, "product", params, "/v1/products", ("active",))


def search_prices(scope: Scope, params: Doc) -> Doc:
    """Prices, newest first."""
    return objects.listing(scope, "price", params, "/v1/prices", ("active", "product", "currency"))


def update_product(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change a product."""
    product = retrieve_product(scope, params, identifier)
    names = ("active", "description", "images", "name", "url", "unit_label")
    product.update({name: params[name] for name in names if name in params})
    product["updated"] = scope.now()
    objects.merge_metadata(product, params)
    return objects.save(scope, product)


def update_price(scope: Scope, params: Doc, identifier: str) -> Doc:
    """Change what may be changed of a price: whether it is active, its nickname, its metadata."""
    price = retrieve_price(scope, params, identifier)
    price.update({name: params[name] for name in ("active", "nickname") if name in params})
    objects.merge_metadata(price, params)
    return objects.save(scope, price)
