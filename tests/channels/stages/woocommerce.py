"""How WooCommerce is played: a site of one's own, whose server posts the keys to us."""

import json
from collections.abc import Mapping
from typing import Any

from app.channels.channel_facts import App
from app.channels.platforms.woocommerce import WooCommerce
from app.channels.platforms.woocommerce_site import Site
from tests.channels.stage import Scene, Stage, pressed
from tests.sandbox.conftest import wait_until

API = "/woocommerce/*/wp-json/wc/v3"


def app(sandbox: str, ours: str) -> App:
    base = f"{ours}/channels/woocommerce"
    return App(redirect=f"{base}/return", auth=f"{base}/keys", push=f"{ours}/webhooks/woocommerce")


def address(scene: Scene) -> str:
    return f"{scene.sandbox}/woocommerce/{scene.doc['id']}"


def consent(scene: Scene, page: str, allow: bool) -> Mapping[str, str]:
    """Approved, the keys are there before the browser is back; denied, the browser alone says so."""
    answer = pressed(page, allow)
    if not allow:
        return answer
    wait_until(lambda: scene.letters.at("/channels/woocommerce/keys"), "the site posts its keys")
    posted = json.loads(scene.letters.at("/channels/woocommerce/keys")[-1])
    assert posted["user_id"] == answer["user_id"]
    scene.letters.found.clear()
    return {name: str(value) for name, value in posted.items()}


def site(scene: Scene) -> Site:
    tokens = (scene.authorised or scene.connect()).tokens
    return Site(address(scene), tokens, lambda: None)


def switch_off(scene: Scene) -> None:
    """One of our webhooks is disabled, as after seven failures in a row."""
    one = next(site(scene).every("/webhooks"))
    site(scene).send("PUT", f"/webhooks/{one['id']}", {"status": "disabled"})


def settings(scene: Scene) -> Mapping[str, Any]:
    return {"push": f"{scene.push_url}/1"}


STAGE = Stage(
    adapter=WooCommerce,
    app=app,
    consent=consent,
    typed=lambda scene: {"address": address(scene)},
    settings=settings,
    paths={
        "any": f"{API}/*",
        "orders": f"{API}/orders*",
        "stock": f"POST {API}/products/*batch",
        "ship": f"PUT {API}/orders/*",
        "cancel": f"POST {API}/orders/*",
    },
    shown={
        "awaiting_collection": "to_ship",
        "cancel_requested": "to_ship",
        "in_transit": "completed",
        "delivered": "completed",
    },
    uncounted=True,
    masks=False,
    splits=False,
    platform_discounts=False,
    part_cancel="refund",
    break_hook=switch_off,
    pings=True,
    tells_end=False,
    tells={"change_address": "order", "arrange": "order", "refund": "order"},
    tells_goods={"stock": "listing", "price": "listing", "state": "listing"},
)
