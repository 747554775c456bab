"""A cast of characters, and factories that build rows. Alice owns, Ada administers, Bob is a member, Vera views,
Charlie owns another workspace, Fay buys."""

from itertools import count
from typing import Any
from uuid import UUID

from app.accounts.models import User, UserSession
from app.catalogue.models import Category, DeliveryRate, DeliveryZone, File, Media, Product, Shop, Variant
from app.core import db, storage
from app.core.ids import new_id, new_token, token_hash
from app.core.money import Money
from app.core.web.visitor import cookie_name
from app.inventory.models import Location, StockLevel, StockMovement
from app.payments.models import SellerAccount
from app.workspaces.models import Member, Workspace

_numbers = count(1)


class World:
    """The cast, made in system scope. Attributes are detached rows: use their ids, names and slugs."""

    def __init__(self) -> None:
        with db.system("test world"):
            self.alice, self.ada, self.bob = self.person("Alice"), self.person("Ada"), self.person("Bob")
            self.vera, self.charlie, self.fay = self.person("Vera"), self.person("Charlie"), self.person("Fay")
            self.north = self.workspace(
                "Northlight", owner=self.alice, admin=self.ada, member=self.bob, viewer=self.vera
            )
            self.other = self.workspace("Otherside", owner=self.charlie)

    def person(self, name: str, **fields: Any) -> User:
        number = next(_numbers)
        with db.system("test world"):
            return db.add(
                User(email=f"{name.lower()}{number}@guildhall.test", name=name, email_confirmed_at=db.now(), **fields)
            )

    def workspace(self, name: str, **people: User) -> Workspace:
        with db.system("test world"):
            row = db.add(Workspace(slug=f"{name.lower()}-{next(_numbers)}", name=name))
            with db.workspace(row.id):
                for role, person in people.items():
                    db.add(Member(user_id=person.id, role=role))
            return row

    def sign_in(self, client: Any, person: User) -> Any:
        """A signed-in browser, as after the sign-in form."""
        token = new_token("gs")
        with db.system("test world"):
            db.add(
                UserSession(
                    user_id=person.id,
                    token_hash=token_hash(token),
                    method="password",
                    ip="127.0.0.1",
                    user_agent="test",
                    last_seen_at=db.now(),
                    expires_at=db.now().replace(year=db.now().year + 1),
                )
            )
        client.set_cookie(cookie_name("session"), token, domain="localhost")
        return client

    def shop(
        self, workspace: Workspace, name: str = "Corner", currency: str = "USD", state: str = "open", **fields: Any
    ) -> Shop:
        """An open shop that delivers everywhere for 5.00."""
        with db.workspace(workspace.id):
            shop = db.add(
                Shop(slug=f"{name.lower()}-{next(_numbers)}", name=name, currency=currency, state=state, **fields)
            )
            zone = db.add(DeliveryZone(shop_id=shop.id, name="Everywhere", countries=["*"]))
            db.add(DeliveryRate(zone_id=zone.id, name="Standard", price_minor=500, currency=currency))
            return shop

    def product(
        self,
        shop: Shop,
        title: str = "Print",
        *,
        ships: bool = True,
        downloads: bool = False,
        price: int = 2000,
        stock: int | None = 10,
        state: str = "listed",
        category: Category | None = None,
        **fields: Any,
    ) -> Product:
        """A product with one variant (`world.variant(product)`), stock when it ships, a file when it downloads."""
        number = next(_numbers)
        with db.workspace(shop.workspace_id):
            product = db.add(
                Product(
                    shop_id=shop.id,
                    slug=f"{title.lower().replace(' ', '-')}-{number}",
                    title=title,
                    ships=ships,
                    downloads=downloads,
                    currency=shop.currency,
                    price_minor=price,
                    state=state,
                    listed_at=db.now() if state == "listed" else None,
                    category_id=category.id if category else None,
                    **fields,
                )
            )
            variant = db.add(
                Variant(
                    product_id=product.id,
                    sku=f"SKU-{number}",
                    price_minor=price,
                    currency=shop.currency,
                    tracked=ships,
                    weight_g=200,
                )
            )
            if ships and stock is not None:
                self.stock(variant, stock)
            if downloads:
                self.file(product, b"the very bytes of " + title.encode())
            return product

    def variant(self, product: Product) -> Variant:
        from sqlalchemy import select

        with db.workspace(product.workspace_id) as session:
            return session.scalars(
                select(Variant).where(Variant.product_id == product.id).order_by(Variant.position)
            ).first()  # type: ignore[return-value]

    def location(self, workspace_id: UUID) -> Location:
        from sqlalchemy import select

        with db.workspace(workspace_id) as session:
            found = session.scalars(select(Location).where(Location.is_default)).first()
            return found or db.add(Location(name="Studio", is_default=True))

    def stock(self, variant: Variant, on_hand: int) -> StockLevel:
        with db.workspace(variant.workspace_id):
            location = self.location(variant.workspace_id)
            db.add(
                StockMovement(
                    variant_id=variant.id,
                    location_id=location.id,
                    on_hand_delta=on_hand,
                    reason="received",
                    actor_name="Test",
                )
            )
            return db.add(StockLevel(variant_id=variant.id, location_id=location.id, on_hand=on_hand))

    def file(self, product: Product, data: bytes, name: str = "pack.zip", **fields: Any) -> File:
        with db.workspace(product.workspace_id):
            key = f"files/{product.workspace_id}/{new_id()}"
            stored = storage.put_bytes(key, data)
            return db.add(
                File(
                    product_id=product.id,
                    name=name,
                    content_type="application/zip",
                    size=stored.size,
                    sha256=stored.sha256,
                    storage_key=key,
                    **fields,
                )
            )

    def picture(self, product: Product) -> Media:
        with db.workspace(product.workspace_id):
            return db.add(
                Media(
                    product_id=product.id,
                    original_key="media/none",
                    state="ready",
                    alt="A picture",
                    width=640,
                    height=480,
                )
            )

    def category(self, name: str = "Prints") -> Category:
        with db.system("test world"):
            return db.add(Category(slug=f"{name.lower()}-{next(_numbers)}", name=name))

    def seller_account(
        self, workspace: Workspace, stripe_account_id: str | None = None, state: str = "enabled"
    ) -> SellerAccount:
        """A connected account that may be paid (or is in another state)."""
        ready = state == "enabled"
        with db.workspace(workspace.id):
            return db.add(
                SellerAccount(
                    stripe_account_id=stripe_account_id,
                    state=state,
                    charges_enabled=ready,
                    payouts_enabled=ready,
                    transfers_active=ready,
                    details_submitted=ready,
                )
            )

    def money(self, minor: int, currency: str = "USD") -> Money:
        return Money(minor, currency)
