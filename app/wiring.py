"""The assembly: which blueprints, which handler hears which fact, which adapter serves which provider."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import ColumnElement, select

from app import cli, models, navigation  # noqa: F401  (every mapper must be known before the first query)
from app.access.events import GrantChanged
from app.accounts import actions as account_actions
from app.accounts import queries as account_queries
from app.accounts.events import SessionsEnded
from app.accounts.models import User
from app.accounts.routes import blueprint as accounts
from app.admin.routes import blueprint as admin
from app.archives.routes import blueprint as archives
from app.catalogue import queries as catalogue_queries
from app.catalogue import stockroom
from app.catalogue.events import FileAdded
from app.catalogue.models import Product
from app.catalogue.routes import blueprint as catalogue
from app.channels import channel as channel_port
from app.channels import handlers as channel_handlers
from app.channels.actions import hearing as channel_news
from app.channels.channel_facts import App as ChannelApp
from app.channels.events import ListingsMatched
from app.channels.platforms.shopee import Shopee
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.woocommerce import WooCommerce
from app.channels.queries import orders as channel_orders
from app.channels.routes import blueprint as channels
from app.core import db, logs, outbox, settings, storage
from app.core.actor import Actor
from app.core.assets import init_assets
from app.core.components import init_components
from app.core.money import Money
from app.core.web import access
from app.core.web.install import install, provide
from app.downloads import actions as download_actions
from app.downloads import community as buyer_talk
from app.downloads import handlers as download_handlers
from app.downloads import queries as download_queries
from app.downloads.models import Update
from app.downloads.routes import blueprint as downloads
from app.downloads.routes import library as download_pages
from app.forum import actions as forum_actions
from app.forum import asker as forum_asker
from app.forum import handlers as forum_handlers
from app.forum import queries as forum_queries
from app.forum import tab as forum_tab
from app.forum.events import PostWritten, QueueChanged, ThreadRearranged, ThreadStarted
from app.forum.routes import blueprint as forum
from app.home.routes import blueprint as home
from app.inventory import actions as inventory_actions
from app.inventory import queries as inventory_queries
from app.inventory.events import StockChanged
from app.inventory.routes import blueprint as inventory
from app.licences import handlers as licence_handlers
from app.licences import purchases as licence_purchases
from app.licences import queries as licence_queries
from app.licences import shelf as licence_shelf
from app.licences.routes import blueprint as licences
from app.licences.routes import programs as licence_api
from app.live.routes import blueprint as live
from app.notifications import handlers as notification_handlers
from app.notifications.routes import blueprint as notifications
from app.orders import actions as order_actions
from app.orders import handlers as orders_handlers
from app.orders import queries as order_queries
from app.orders import ways as order_ways
from app.orders.events import OrderCancelled, OrderFulfilled, OrderPaid
from app.orders.models import Order
from app.orders.routes import blueprint as orders
from app.payments import actions as payment_actions
from app.payments import gateway as payment_gateway
from app.payments.events import DisputeChanged, PaymentEnded, PaymentPaid, PaymentProcessing, RefundChanged
from app.payments.gateways.stripe import StripeGateway
from app.payments.naming import naming as order_naming
from app.payments.routes import blueprint as payments
from app.pwa.routes import blueprint as pwa
from app.reviews import handlers as review_handlers
from app.reviews import queries as review_queries
from app.reviews import tab as review_tab
from app.reviews.events import ReviewAnswered, ReviewJudged, ReviewWritten
from app.reviews.routes import blueprint as reviews
from app.search.routes import blueprint as search
from app.shipping import carrier as shipping_carrier
from app.shipping import handlers as shipping_handlers
from app.shipping import progress as shipping_progress
from app.shipping import queries as shipping_queries
from app.shipping.actions import checkout_rates
from app.shipping.actions import hearing as shipping_news
from app.shipping.actions.tracking import WORDS as PARCEL_WORDS
from app.shipping.carriers.easypost import EasyPost
from app.shipping.carriers.own import OwnLabel
from app.shipping.carriers.shippo import Shippo
from app.shipping.carriers.shipstation import ShipStation
from app.shipping.events import LabelSettled
from app.shipping.routes import blueprint as shipping
from app.storefront import actions as storefront_actions
from app.storefront import handlers as storefront_handlers
from app.storefront import opinions, questions, quotes
from app.storefront import queries as storefront_queries
from app.storefront.routes import blueprint as storefront
from app.webhooks import receipts
from app.webhooks.routes import blueprint as webhooks
from app.workspaces import queries as workspace_queries
from app.workspaces.routes import blueprint as workspaces

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = (
    accounts,
    workspaces,
    notifications,
    payments,
    catalogue,
    inventory,
    orders,
    storefront,
    shipping,
    downloads,
    licences,
    licence_api,
    channels,
    forum,
    reviews,
    archives,
    home,
    search,
    admin,
    live,
    webhooks,
    pwa,
)
PROVIDERS = {"payments": StripeGateway}
CARRIERS: dict[str, type[shipping_carrier.Carrier]] = {
    "easypost": EasyPost,
    "shippo": Shippo,
    "shipstation": ShipStation,
    "own": OwnLabel,
}
CHANNELS: dict[str, type[channel_port.Channel]] = {
    "tiktok": TikTok,
    "shopee": Shopee,
    "woocommerce": WooCommerce,
}


def assemble() -> Flask:
    chosen = settings.current()
    logs.configure(chosen)
    app = Flask("app", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"), static_folder=None)
    if db._engine is None:
        db.connect(chosen.database_url)
    init_assets(app)
    init_components(app)
    install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    cli.register(app)
    app.jinja_env.globals.update(
        picture_url=catalogue_queries.picture_url,
        human_size=storage.human_size,
        money_of=Money,
        licences_of=licence_queries.held,
        licences_in=licence_queries.sold_in,
        licence_offer=licence_queries.offer_of,
        licence_promise=licence_queries.promised,
    )
    doors()
    listeners()
    return app


def doors() -> None:
    """What the edge and the inbox ask of features."""
    access.doors.viewer = account_queries.viewer
    access.doors.membership = workspace_queries.membership
    provide(navigation.switcher)
    provide(navigation.side_bar)
    provide(navigation.inbox)
    provide(cart_button)
    account_actions.after_sign_in[:] = [join_cart, claim_purchases, forum_actions.claim_typed]
    payment_gateway.use(PROVIDERS["payments"]())
    receipts.applies("stripe", payment_actions.apply_stripe)
    receipts.applies("stripe-connect", payment_actions.apply_connect)
    chosen = settings.current()
    shipping_carrier.use(CARRIERS, {kind: getattr(chosen, f"{kind}_api_base", "") for kind in CARRIERS})
    for kind in CARRIERS:
        receipts.applies(kind, shipping_news.apply)
    channel_port.use(CHANNELS, {kind: channel_app(kind, chosen) for kind in CHANNELS})
    for kind in CHANNELS:
        receipts.applies(kind, channel_news.apply)
    stockroom.doors.shelves, stockroom.doors.adjust = inventory_queries.shelves, inventory_actions.adjust_default
    stockroom.doors.licensed = licence_queries.licensed
    licence_shelf.doors.purchase = download_pages.purchase
    licence_purchases.doors.lines, licence_purchases.doors.locked = (
        order_queries.bought_lines,
        order_queries.locked_lines,
    )
    stockroom.doors.unstampable = download_actions.unstampable
    quotes.doors.look, quotes.doors.ask = checkout_rates.look, checkout_rates.ask
    questions.doors.look, questions.doors.community = forum_tab.look, forum_tab.community
    questions.doors.sitemaps = ("/c/sitemap.xml",)
    opinions.doors.look, opinions.doors.ratings = review_tab.look, review_queries.ratings
    opinions.doors.shop = review_queries.of_shop
    forum_asker.doors.parcels, forum_asker.doors.downloads = asker_parcels, asker_downloads
    forum_asker.doors.ways, forum_asker.doors.reset = order_way, download_actions.reset
    buyer_talk.doors.questions, buyer_talk.doors.posts = product_questions, product_posts
    buyer_talk.doors.announce, buyer_talk.doors.review = post_update, review_tab.own
    order_ways.doors.labelled = labelled
    order_ways.doors.look, order_ways.doors.returns = order_way, shipping_progress.returns
    order_ways.doors.reviews, order_ways.doors.rooms = review_queries.links, forum_queries.hearing.closing
    order_naming.numbers, order_naming.order = order_numbers, order_with_number


def labelled() -> ColumnElement[bool]:
    """A condition on Order: nothing is missing for it to leave, by a label of ours or of its platform."""
    return shipping_queries.labelled() | channel_orders.labelled()


def order_way(orders: Iterable[UUID]) -> Mapping[UUID, tuple[str, str]]:
    """How far orders are; our own parcels know more than a platform's label."""
    found = list(orders)
    return {**channel_orders.ways(found), **shipping_progress.ways(found)}


def asker_parcels(orders: Sequence[UUID]) -> Mapping[UUID, Sequence[forum_asker.Travel]]:
    """Where the parcels of a buyer are, for the team beside a thread."""
    found: dict[UUID, list[forum_asker.Travel]] = {}
    for parcel in shipping_queries.outgoing(orders):
        words, page = parcel.raised or PARCEL_WORDS.get(parcel.status, ""), shipping_queries.tracking_page(parcel)
        travel = forum_asker.Travel(parcel.carrier, parcel.tracking_number, words, page)
        found.setdefault(parcel.order_id, []).append(travel)
    return found


def asker_downloads(orders: Sequence[UUID]) -> Mapping[UUID, Sequence[forum_asker.Delivered]]:
    """What a buyer may download and has fetched, for the team beside a thread."""
    found: dict[UUID, list[forum_asker.Delivered]] = {}
    for one in download_queries.of_orders(orders):
        grant, files = one.shelf.grant, [(item.file.name, item.used, item.limit) for item in one.shelf.items]
        fetched = one.log[0].created_at if one.log else None
        made = forum_asker.Delivered(grant.id, grant.product.title, one.shelf.state, files, one.asked_at, fetched)
        found.setdefault(grant.order_id, []).append(made)
    return found


def product_questions(product: Product) -> str:
    """Where buyers ask about a product, empty where nothing can be asked."""
    found = forum_tab.look(product)
    return found.tab.path if found else ""


def product_posts(product: Product) -> str:
    """The place where news of a product would be posted, by its name."""
    found = forum_tab.look(product)
    return found.tab.community.name if found else ""


def post_update(actor: Actor, update: Update) -> str:
    """News of a product among its questions, once; its page."""
    title = f"New release of {update.product.title}"[:120]
    thread = forum_actions.ask(actor, update.product, title, update.notes, key=f"update:{update.id}")
    return f"/threads/{thread.id}"


def channel_app(kind: str, chosen: settings.Settings) -> ChannelApp:
    """Our registration at a platform, as it is set."""
    known = {
        "tiktok": {
            "key": chosen.tiktok_app_key,
            "secret": chosen.tiktok_app_secret,
            "service_id": chosen.tiktok_service_id,
            "api": chosen.tiktok_api_base,
            "auth": chosen.tiktok_auth_base,
            "consent": chosen.tiktok_consent_base,
        },
        "shopee": {
            "key": chosen.shopee_partner_id,
            "secret": chosen.shopee_partner_key,
            "api": chosen.shopee_api_base,
            "push_key": chosen.shopee_push_key,
            "push_key_is_hex": chosen.shopee_push_key_is_hex,
        },
    }
    ours = {"redirect": f"{chosen.app_url}/channels/{kind}/return", "push": f"{chosen.app_url}/webhooks/{kind}"}
    return ChannelApp(**known.get(kind, {}), **ours)  # type: ignore[arg-type]


def join_cart(person: UUID, guest: UUID | None) -> None:
    """What a guest put in the cart is theirs after signing in."""
    if guest is not None:
        storefront_actions.merge(guest, person)


def claim_purchases(person: UUID, _: UUID | None) -> None:
    """Purchases made as a guest with an address that is now proven belong to the person."""
    order_actions.claim(person, db.get(User, person).email)


def order_numbers(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Numbers of orders of the open workspace, for the pages about money."""
    found = db.session().execute(select(Order.id, Order.number).where(Order.id.in_(ids)))
    return {row.id: row.number for row in found}


def order_with_number(number: int) -> UUID | None:
    return db.session().scalars(select(Order.id).where(Order.number == number)).one_or_none()


def cart_button() -> dict[str, Any]:
    """`cart_count`: units in the buyer's cart, on pages that buyers see."""
    scope = db.scope()
    if scope is None or scope.user_id is None or access.in_workspace():
        return {"cart_count": 0}
    with db.buyer(scope.user_id):
        return {"cart_count": storefront_queries.cart_count(scope.user_id)}


def listeners() -> None:
    """Who hears what. One line each: fact, handler, queue."""
    outbox.listen(PaymentPaid, orders_handlers.on_payment_paid, queue="payments")
    outbox.listen(PaymentProcessing, orders_handlers.on_payment_processing, queue="payments")
    outbox.listen(PaymentEnded, orders_handlers.on_payment_ended, queue="payments")
    outbox.listen(RefundChanged, orders_handlers.on_refund_changed, queue="payments")
    outbox.listen(DisputeChanged, orders_handlers.on_dispute_changed, queue="payments")
    outbox.listen(PaymentPaid, storefront_handlers.on_payment_paid)
    outbox.listen(PaymentProcessing, storefront_handlers.on_payment_processing)
    outbox.listen(PaymentEnded, storefront_handlers.on_payment_ended)
    outbox.listen(OrderPaid, orders_handlers.on_order_paid)
    outbox.listen(GrantChanged, licence_handlers.on_grant_changed)
    outbox.listen(GrantChanged, review_handlers.on_grant_changed)
    outbox.listen(SessionsEnded, notification_handlers.on_sessions_ended)
    outbox.listen(OrderCancelled, shipping_handlers.on_order_cancelled)
    outbox.listen(StockChanged, channel_handlers.on_stock_changed)
    outbox.listen(ListingsMatched, channel_handlers.on_listings_matched)
    outbox.listen(OrderFulfilled, channel_handlers.on_order_fulfilled)
    outbox.listen(LabelSettled, shipping_handlers.on_label_settled, queue="labels")
    outbox.listen(FileAdded, download_handlers.on_file_added)
    outbox.listen(ThreadStarted, forum_handlers.on_thread_started)
    outbox.listen(PostWritten, forum_handlers.on_post_written)
    outbox.listen(ThreadRearranged, forum_handlers.on_thread_rearranged)
    outbox.listen(QueueChanged, forum_handlers.on_queue_changed)
    outbox.listen(ReviewWritten, review_handlers.on_review_written)
    outbox.listen(ReviewAnswered, review_handlers.on_review_answered)
    outbox.listen(ReviewJudged, review_handlers.on_review_judged)
