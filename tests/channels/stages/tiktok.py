"""TikTok Shop on the contract's stage."""

from app.channels.channel_facts import App
from app.channels.platforms.tiktok import TikTok
from app.channels.platforms.tiktok_calls import Calls
from tests.channels.stage import Scene, Stage, pressed

EXPIRED = 7 * 86400 + 60


def _app(sandbox: str, ours: str) -> App:
    return App(
        key="sandbox-tiktok",
        secret="sandbox-tiktok-app-secret",
        service_id="sandbox-service",
        api=f"{sandbox}/tiktok",
        auth=f"{sandbox}/tiktok",
        consent=f"{sandbox}/tiktok",
        redirect=f"{ours}/channels/tiktok/return",
        push=f"{ours}/webhooks/tiktok",
    )


def _led_elsewhere(scene: Scene) -> None:
    """Somebody else took our place for one kind of push."""
    one = scene.authorised or scene.connect()
    calls = Calls(scene.app, one.tokens.access, one.shop.secret)
    calls.put("/event/202309/webhooks", {"event_type": "ORDER_STATUS_CHANGE", "address": "https://other.test/hooks"})


STAGE = Stage(
    adapter=TikTok,
    app=_app,
    consent=lambda scene, address, allow: pressed(address, allow, shop=scene.doc["id"]),
    consent_to=lambda scene, address, shops: pressed(address, True, shop=shops),
    paths={
        "any": "/tiktok/*",
        "orders": "/tiktok/order/*/orders",
        "stock": "/tiktok/product/*/inventory/update",
        "ship": "POST /tiktok/fulfillment/*",
        "cancel": "/tiktok/return_refund/*/cancellations",
    },
    expire=lambda scene: scene.door("clock", advance=EXPIRED),
    single_use_refresh=True,
    uncounted=True,
    floors=True,
    kits=True,
    combines=True,
    units=True,
    break_hook=_led_elsewhere,
    tells={"change_address": "address", "ask_cancel": "cancellation", "ask_return": "return"},
    tells_goods={"price": "listing", "state": "listing"},
)
