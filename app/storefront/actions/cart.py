"""The cart. It belongs to a person or a guest, never to a browser tab; nothing here reserves stock."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.models import Variant
from app.catalogue.queries import variant_for_sale
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.inventory.queries import available
from app.storefront.models import Cart, CartItem, Checkout
from app.storefront.queries.cart import (
    CartView,
    cart_items,
    find_cart,
    find_discount,
    held_items,
    held_key,
    wanted_line,
)

MOST_UNITS = 999
MOST_LINES = 100


class NotForSale(Refused):
    message = "This is not for sale at the moment. Your cart was not changed."


class TooMany(Refused):
    """Fewer are left than wanted."""


class CodeRefused(Refused):
    """The reason is the message."""


def add(owner_id: UUID, seller_id: UUID, variant_id: UUID, quantity: int) -> CartItem:
    """Put units of a variant in the cart, on top of what is there. Raises NotForSale, TooMany."""
    variant = variant_for_sale(seller_id, variant_id)
    if variant is None:
        raise NotForSale(field="variant")
    cart = own_cart(owner_id)
    items = cart_items(cart)
    item = next((item for item in items if (item.seller_id, item.variant_id) == (seller_id, variant_id)), None)
    wanted = quantity + (item.quantity if item else 0)
    _check(owner_id, variant, wanted, already=item.quantity if item else 0)
    if item is None:
        if len(items) >= MOST_LINES:
            raise TooMany(f"A cart holds {MOST_LINES} different things. Check out first, then come back for more.")
        item = CartItem(cart_id=cart.id, owner_id=owner_id, seller_id=seller_id, variant_id=variant_id)
        item.quantity = wanted
        _agree(item, variant)
        return db.add(item)
    item.quantity = wanted
    _agree(item, variant)
    return item


def change(owner_id: UUID, item_id: UUID, quantity: int) -> None:
    """Set a line's units. Raises NotFound, NotForSale, TooMany."""
    item = _item(owner_id, item_id)
    variant = variant_for_sale(item.seller_id, item.variant_id)
    if variant is None:
        raise NotForSale
    _check(owner_id, variant, quantity, field=f"quantity-{item_id}")
    item.quantity = quantity


def remove(owner_id: UUID, item_id: UUID) -> None:
    """Take a line out. Raises NotFound."""
    db.session().delete(_item(owner_id, item_id))
    db.session().flush()


def remove_gone(owner_id: UUID, view: CartView) -> None:
    """Take out everything that is no longer for sale."""
    ids = [item.id for item in view.gone]
    db.session().execute(delete(CartItem).where(CartItem.owner_id == owner_id, CartItem.id.in_(ids)))


def adjust(owner_id: UUID, view: CartView) -> None:
    """Make the cart what can be had: fewer units where fewer are left, nothing of what is sold out or gone."""
    for line in view.short:
        if line.sold_out:
            remove(owner_id, line.item.id)
        elif line.left:
            _item(owner_id, line.item.id).quantity = line.left
    remove_gone(owner_id, view)


def agree(view: CartView) -> None:
    """The buyer saw these prices and went on."""
    for line in view.lines:
        _agree(line.item, line.variant)


def set_code(owner_id: UUID, shop_id: UUID, code: str, view: CartView) -> None:
    """Use a discount code for one shop. Raises CodeRefused with the reason."""
    group = next((group for group in view.groups if group.shop.id == shop_id), None)
    if group is None:
        raise NotFound
    code = "".join(code.upper().split())[:40]
    field = f"code-{shop_id}"
    if not code:
        raise CodeRefused("Enter the code that you were given.", field=field)
    wanted = [wanted_line(line.item, line.variant) for line in group.buyable]
    _, refused = find_discount(group.shop, code, wanted)
    if refused:
        raise CodeRefused(refused, field=field)
    cart = own_cart(owner_id)
    cart.codes = cart.codes | {str(shop_id): code}


def drop_code(owner_id: UUID, shop_id: UUID) -> None:
    cart = own_cart(owner_id)
    cart.codes = {key: code for key, code in cart.codes.items() if key != str(shop_id)}


def take_out(owner_id: UUID, seller_id: UUID, variant_id: UUID, quantity: int) -> None:
    """Bought: that many units less, the line gone when none is left. What was added since stays."""
    item = _line(owner_id, seller_id, variant_id)
    if item is None:
        return
    if item.quantity <= quantity:
        db.session().delete(item)
        db.session().flush()
    else:
        item.quantity -= quantity


def add_back(owner_id: UUID, variant: Variant, quantity: int) -> None:
    """Not bought after all: the line as it was, unless the buyer put it back already."""
    if _line(owner_id, variant.workspace_id, variant.id) is not None:
        return
    cart = own_cart(owner_id)
    item = CartItem(cart_id=cart.id, owner_id=owner_id, seller_id=variant.workspace_id, variant_id=variant.id)
    item.quantity = quantity
    _agree(item, variant)
    db.add(item)


def _line(owner_id: UUID, seller_id: UUID, variant_id: UUID) -> CartItem | None:
    statement = select(CartItem).where(
        CartItem.owner_id == owner_id, CartItem.seller_id == seller_id, CartItem.variant_id == variant_id
    )
    return db.session().scalars(statement.with_for_update()).one_or_none()


def merge(visitor_id: UUID, user_id: UUID) -> None:
    """At sign-in: what the guest put in the cart joins the person's own; what the guest typed at checkout is kept too."""
    if visitor_id == user_id:
        return
    with db.buyer(visitor_id):
        guest = find_cart(visitor_id)
        brought = [
            (i.seller_id, i.variant_id, i.quantity, i.title, i.seen_minor, i.currency) for i in cart_items(guest)
        ]
        codes = dict(guest.codes) if guest else {}
        typed = _typed(visitor_id)
        if guest is not None:
            db.session().execute(delete(CartItem).where(CartItem.cart_id == guest.id))
            guest.codes = {}
    if not brought:
        return
    with db.buyer(user_id):
        own = own_cart(user_id)
        _join(own, brought)
        own.codes = codes | own.codes
        if typed is not None:
            _carry_over(own, typed)


def _typed(visitor_id: UUID) -> Checkout | None:
    """The guest's open checkout, ended: its stock goes back by itself when its time is over."""
    statement = select(Checkout).where(Checkout.owner_id == visitor_id, Checkout.state == "open")
    found = db.session().scalars(statement.order_by(Checkout.id.desc())).first()
    if found is not None:
        found.state = "left"
        db.session().flush()
    return found


def _carry_over(own: Cart, typed: Checkout) -> None:
    """The person's own checkout with the guest's words; its time is over, so looking at it reserves again."""
    db.session().add(
        Checkout(
            owner_id=own.owner_id,
            cart_id=own.id,
            contact=typed.contact,
            address=typed.address,
            rates=typed.rates,
            currency=typed.currency,
            held_until=db.now(),
        )
    )


def _join(own: Cart, brought: list[tuple[UUID, UUID, int, str, int, str]]) -> None:
    present = {(item.seller_id, item.variant_id): item for item in cart_items(own)}
    for seller_id, variant_id, quantity, title, seen_minor, currency in brought:
        item = present.get((seller_id, variant_id))
        if item is not None:
            item.quantity = min(item.quantity + quantity, MOST_UNITS)
            continue
        db.session().add(
            CartItem(
                cart_id=own.id,
                owner_id=own.owner_id,
                seller_id=seller_id,
                variant_id=variant_id,
                quantity=quantity,
                title=title,
                seen_minor=seen_minor,
                currency=currency,
            )
        )


def own_cart(owner_id: UUID) -> Cart:
    """The buyer's cart, locked; made on first use, also when two requests come first at once."""
    values = {"id": new_id(), "owner_id": owner_id, "codes": {}, "created_at": db.now(), "updated_at": db.now()}
    db.session().execute(insert(Cart).values(**values).on_conflict_do_nothing(index_elements=["owner_id"]))
    statement = select(Cart).where(Cart.owner_id == owner_id).with_for_update()
    return db.session().scalars(statement.execution_options(populate_existing=True)).one()


def _item(owner_id: UUID, item_id: UUID) -> CartItem:
    statement = select(CartItem).where(CartItem.owner_id == owner_id, CartItem.id == item_id).with_for_update()
    found = db.session().scalars(statement).one_or_none()
    if found is None:
        raise NotFound
    return found


def _agree(item: CartItem, variant: Variant) -> None:
    """Remember the name and price that the buyer saw."""
    name = variant.product.title
    item.title = f"{name} ({variant.title})" if variant.title and variant.title != name else name
    item.seen_minor, item.currency = variant.price_minor, variant.currency


def _check(owner_id: UUID, variant: Variant, wanted: int, already: int = 0, field: str = "quantity") -> None:
    left = available([variant.id]).get(variant.id, 0)
    if wanted > MOST_UNITS:
        raise TooMany(f"A cart holds at most {MOST_UNITS} of one thing.", field=field)
    if left is None:
        return
    left += held_items(owner_id).get(held_key(variant.workspace_id, variant.id), 0)
    if left <= 0:
        raise TooMany(f"{variant.product.title} is sold out. Your cart was not changed.", field=field)
    if wanted > left:
        have = f", and {already} of them {'is' if already == 1 else 'are'} in your cart" if already else ""
        raise TooMany(f"Only {left} left{have}. Your cart was not changed.", field=field)
