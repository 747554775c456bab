"""The cart as it stands now: prices, stock and codes are read again each time, and every change is said in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select, tuple_
from sqlalchemy.orm import joinedload

from app.catalogue.models import DeliveryRate, Discount, DiscountUse, Product, Shop, Variant
from app.catalogue.queries import discount_for, rates_for
from app.core import db
from app.core.money import Money, total
from app.inventory.queries import available
from app.storefront import pricing
from app.storefront.models import Cart, CartItem, Checkout
from app.storefront.pricing import SellerTotal, Wanted
from app.storefront.queries.cards import first_picture
from app.storefront.quotes import NoQuotes, Quotes, doors, expected

CARRIER_MARK = ":"
"""A carrier's price is named by its estimate and its place in it; a shop's own rate by its id alone."""


@dataclass(frozen=True)
class Line:
    """One item with what is for sale now. `left` is None when it never runs out."""

    item: CartItem
    variant: Variant
    left: int | None
    total: Money

    @property
    def product(self) -> Product:
        return self.variant.product

    @property
    def unit(self) -> Money:
        return self.variant.price

    @property
    def sold_out(self) -> bool:
        return self.left is not None and self.left <= 0

    @property
    def short(self) -> bool:
        """Some are left, but fewer than wanted."""
        return self.left is not None and 0 < self.left < self.item.quantity

    @property
    def choice(self) -> str:
        return ", ".join(map(str, self.variant.option_values.values())) or self.variant.title

    @property
    def image(self) -> str:
        return first_picture(self.product)

    @property
    def change(self) -> str:
        """What happened to the price since the buyer last agreed to it."""
        if self.item.currency != self.variant.currency:
            return f"Now priced in {self.variant.currency}: {self.unit} each."
        if self.item.seen_minor == self.variant.price_minor:
            return ""
        way = "up" if self.variant.price_minor > self.item.seen_minor else "down"
        return f"The price went {way} from {Money(self.item.seen_minor, self.item.currency)} to {self.unit}."


@dataclass(frozen=True)
class RateOffer:
    """A way of delivery: the shop's own rate, or a carrier's service. Days are None when the carrier does not say."""

    id: str
    name: str
    price: Money
    min_days: int | None
    max_days: int | None
    by_carrier: bool = False


@dataclass(frozen=True)
class Group:
    """What one shop sells of this cart. `offers` are its ways of delivery to the buyer's address, cheapest first.

    `picked`: the buyer chose `chosen` themselves. `lapsed`: they chose a carrier's price that does not hold any more.
    """

    shop: Shop
    lines: list[Line]
    total: SellerTotal
    code: str = ""
    code_refused: str = ""
    offers: list[RateOffer] = field(default_factory=list)
    chosen: RateOffer | None = None
    picked: bool = False
    lapsed: bool = False
    quoted: Quotes = field(default_factory=NoQuotes)

    @property
    def undecided(self) -> bool:
        """Carriers have prices, or may have, and the buyer has not chosen."""
        return self.ships and not self.picked and self.quoted.state in ("asked", "answered")

    @property
    def asking(self) -> bool:
        return self.ships and expected(self.quoted)

    @property
    def posted(self) -> dict[UUID, int]:
        """Units of each variant that go into the parcel."""
        return posted([line.wanted for line in self.total.lines])

    @property
    def ships(self) -> bool:
        return any(line.product.ships for line in self.lines if not line.sold_out)

    @property
    def undeliverable(self) -> bool:
        return self.ships and not self.offers

    @property
    def buyable(self) -> list[Line]:
        return [line for line in self.lines if not line.sold_out]

    @property
    def currency(self) -> str:
        return self.shop.currency


@dataclass(frozen=True)
class CartView:
    """`gone` are items that are no longer for sale. Groups come in the order in which their shops were added."""

    groups: list[Group]
    gone: list[CartItem]
    country: str = ""

    @property
    def empty(self) -> bool:
        return not self.groups and not self.gone

    @property
    def currencies(self) -> list[str]:
        return list(dict.fromkeys(group.currency for group in self.groups))

    def of(self, currency: str) -> "CartView":
        """The part that one payment covers."""
        return CartView([group for group in self.groups if group.currency == currency], [], self.country)

    @property
    def total(self) -> Money:
        """Of a view in one currency."""
        return total([group.total.total for group in self.groups], self.currencies[0] if self.groups else "USD")

    @property
    def ships(self) -> bool:
        return any(group.ships for group in self.groups)

    @property
    def count(self) -> int:
        return sum(line.item.quantity for group in self.groups for line in group.buyable)

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]

    @property
    def short(self) -> list[Line]:
        """Lines that cannot be had as wanted."""
        return [line for line in self.lines if line.sold_out or line.short]


def cart_count(owner_id: UUID | None) -> int:
    """Units in the buyer's cart, for the number on the cart button."""
    if owner_id is None:
        return 0
    return db.session().scalar(select(func.sum(CartItem.quantity)).where(CartItem.owner_id == owner_id)) or 0


@dataclass(frozen=True)
class Destination:
    """Where to: a country, and once it is complete the whole `address`. `rates` maps shop id to the chosen rate id."""

    country: str = ""
    rates: Mapping[str, str] = field(default_factory=dict)
    address: Mapping[str, Any] = field(default_factory=dict)


def cart(owner_id: UUID | None, to: Destination | str = "", email: str = "") -> CartView:
    """The cart, priced, delivered to an address or a country. The cheapest way counts where none is chosen."""
    to = Destination(to) if isinstance(to, str) else to
    row = find_cart(owner_id)
    items = cart_items(row)
    variants = _for_sale(items)
    left = _left(owner_id, variants)
    by_shop: dict[UUID, list[tuple[CartItem, Variant]]] = {}
    gone = []
    for item in items:
        variant = variants.get((item.seller_id, item.variant_id))
        if variant is None:
            gone.append(item)
        else:
            by_shop.setdefault(variant.product.shop_id, []).append((item, variant))
    codes = row.codes if row else {}
    groups = [_group(pairs, left, to, codes, email) for pairs in by_shop.values()]
    return CartView(groups, gone, to.country)


def find_cart(owner_id: UUID | None) -> Cart | None:
    if owner_id is None:
        return None
    return db.session().scalars(select(Cart).where(Cart.owner_id == owner_id)).one_or_none()


def cart_items(row: Cart | None) -> list[CartItem]:
    if row is None:
        return []
    return list(db.session().scalars(select(CartItem).where(CartItem.cart_id == row.id).order_by(CartItem.id)))


def _for_sale(items: list[CartItem]) -> dict[tuple[UUID, UUID], Variant]:
    """All that can be bought, with product, shop and pictures: the rules of `variant_for_sale` for many at once."""
    if not items:
        return {}
    wanted = tuple_(Variant.workspace_id, Variant.id).in_([(item.seller_id, item.variant_id) for item in items])
    statement = (
        select(Variant)
        .join(Variant.product)
        .join(Product.shop)
        .where(wanted, Variant.archived_at.is_(None), Product.state == "listed", Shop.state == "open")
        .options(
            joinedload(Variant.product).joinedload(Product.shop),
            joinedload(Variant.product).selectinload(Product.pictures),
        )
    )
    found = db.session().scalars(statement.execution_options(populate_existing=True)).unique()
    return {(variant.workspace_id, variant.id): variant for variant in found}


def _left(owner_id: UUID | None, variants: dict[tuple[UUID, UUID], Variant]) -> dict[UUID, int | None]:
    """What this buyer can have: the free units and those that their own open checkout holds for them."""
    if not variants:
        return {}
    left = available([variant.id for variant in variants.values()])
    held = {split_key(key)[1]: units for key, units in held_items(owner_id).items()}
    return {id: None if units is None else units + held.get(id, 0) for id, units in left.items()}


def held_items(owner_id: UUID | None) -> dict[str, int]:
    """`held_key` → units that the buyer's own checkouts hold right now, those on the payment page included."""
    held_now = or_(and_(Checkout.state == "open", Checkout.held_until > db.now()), Checkout.state == "placed")
    statement = select(Checkout.items).where(Checkout.owner_id == owner_id, held_now)
    held: dict[str, int] = {}
    for items in db.session().scalars(statement):
        held |= items
    return held


def held_key(seller_id: UUID, variant_id: UUID) -> str:
    """How a checkout's `items` name a variant."""
    return f"{seller_id}:{variant_id}"


def split_key(key: str) -> tuple[UUID, UUID]:
    seller_id, _, variant_id = key.partition(":")
    return UUID(seller_id), UUID(variant_id)


def _group(
    pairs: list[tuple[CartItem, Variant]],
    left: dict[UUID, int | None],
    to: Destination,
    codes: Mapping[str, Any],
    email: str,
) -> Group:
    shop = pairs[0][1].product.shop
    buyable = [(item, variant) for item, variant in pairs if left.get(variant.id, 0) != 0]
    wanted = [wanted_line(item, variant) for item, variant in buyable]
    code = str(codes.get(str(shop.id), ""))
    discount, refused = find_discount(shop, code, wanted, email) if code else (None, "")
    goods = pricing.seller_total(wanted, shop.currency, discount)
    quoted = _quoted(shop, to, goods)
    picked = to.rates.get(str(shop.id), "")
    offers = _offers(shop, to.country, goods, quoted, picked)
    own = next((offer for offer in offers if offer.id == picked), None)
    chosen = own or (offers[0] if offers else None)
    priced = replace(goods, delivery=chosen.price) if chosen else goods
    totals = {line.wanted.variant_id: line.total for line in priced.lines}
    lines = [
        Line(item, variant, left.get(variant.id, 0), totals.get(variant.id, Money.zero(shop.currency)))
        for item, variant in pairs
    ]
    asks = bool(to.address) and goods.parcel_units > 0 and not goods.free_delivery
    lapsed = asks and own is None and CARRIER_MARK in picked
    return Group(shop, lines, priced, code, refused, offers, chosen, own is not None, lapsed, quoted)


def posted(wanted: Iterable[Wanted]) -> dict[UUID, int]:
    return {line.variant_id: line.quantity for line in wanted if line.ships}


def wanted_line(item: CartItem, variant: Variant) -> Wanted:
    return Wanted(variant.id, variant.product_id, variant.price, item.quantity, variant.product.ships)


def find_discount(shop: Shop, code: str, wanted: list[Wanted], email: str = "") -> tuple[Discount | None, str]:
    """The discount behind a code, or why it takes nothing off. Codes are the seller's, so the seller's scope looks."""
    with db.workspace(shop.workspace_id):
        discount = discount_for(shop.id, code)
        used = bool(discount and discount.once_per_buyer and email and _used_by(discount, email))
    refused = pricing.refusal(discount, wanted, shop.name, shop.currency, db.now())
    if not refused and used:
        refused = "You have used this code before, and it works once per buyer."
    return (None, refused) if refused else (discount, "")


def _used_by(discount: Discount, email: str) -> bool:
    mine = exists().where(
        DiscountUse.discount_id == discount.id,
        DiscountUse.buyer_email == email.lower(),
        DiscountUse.released_at.is_(None),
    )
    return bool(db.session().scalar(select(mine)))


def _quoted(shop: Shop, to: Destination, goods: SellerTotal) -> Quotes:
    """A code that makes delivery free means the shop's own ways, so no carrier is looked at."""
    if not to.address or not goods.parcel_units or goods.free_delivery:
        return NoQuotes()
    units = posted([line.wanted for line in goods.lines])
    return doors.look(shop.workspace_id, to.address, units, shop.currency)


def _offers(shop: Shop, country: str, goods: SellerTotal, quoted: Quotes, picked: str) -> list[RateOffer]:
    """The shop's own rates; once carriers answered, their prices beside those that are free or were picked before."""
    if not country or not goods.parcel_units:
        return []
    offers = [_own_offer(rate, goods) for rate in rates_for(shop.id, country)]
    if offers and quoted.rates:
        kept = [offer for offer in offers if not offer.price.minor or offer.id == picked]
        offers = kept + [RateOffer(one.id, one.name, one.price, one.days, one.days, True) for one in quoted.rates]
    return sorted(offers, key=lambda offer: (offer.price.minor, 999 if offer.min_days is None else offer.min_days))


def _own_offer(rate: DeliveryRate, goods: SellerTotal) -> RateOffer:
    return RateOffer(str(rate.id), rate.name, pricing.delivery_cost(rate, goods), rate.min_days, rate.max_days)
