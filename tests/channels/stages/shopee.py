"""Shopee on the contract's stage."""

from app.channels.channel_facts import App
from app.channels.platforms.shopee import Shopee
from app.channels.platforms.shopee_line import Line
from tests.channels.stage import Scene, Stage, pressed

EXPIRED = 4 * 3600 + 60


def _app(sandbox: str, ours: str) -> App:
    return App(
        key="2000001",
        secret="sandbox-shopee-partner-key",
        api=f"{sandbox}/shopee",
        redirect=f"{ours}/channels/shopee/return",
        push=f"{ours}/webhooks/shopee",
    )


def _switched_off(scene: Scene) -> None:
    Line(scene.app).post("/api/v2/push/set_app_push_config", {"set_push_config_off": [3]})


STAGE = Stage(
    adapter=Shopee,
    app=_app,
    consent=lambda scene, address, allow: pressed(address, allow, pick=scene.doc["id"]),
    consent_to=lambda scene, address, shops: pressed(address, True, pick="main"),
    settings=lambda scene: {"email": "seller@north.test"},
    shop={"currency": "SGD"},
    paths={
        "any": "/shopee/*",
        "orders": "/shopee/api/v2/order/get_order_detail",
        "stock": "/shopee/api/v2/product/update_stock",
        "ship": "/shopee/api/v2/logistics/ship_order",
        "cancel": "/shopee/api/v2/order/cancel_order",
    },
    expire=lambda scene: scene.door("clock", advance=EXPIRED),
    single_use_refresh=True,
    floors=True,
    kits=True,
    retries=True,
    break_hook=_switched_off,
    pings=True,
    quota=True,
    tells={"change_address": "order", "arrange": "package", "ask_cancel": "order"},
    tells_goods={"floor": "stock"},
)
