"""The demo's site opens when somebody connects it, and only there."""

from tests.sandbox.conftest import Sandbox

ASKED = {
    "app_name": "Guildhall",
    "user_id": "nonce",
    "scope": "read_write",
    "return_url": "https://ours.example/return",
    "callback_url": "https://ours.example/keys",
}


def test_the_demo_shop_opens_at_its_own_address_alone(sandbox: Sandbox) -> None:
    page = f"{sandbox.url}/woocommerce/%s/wc-auth/v1/authorize"
    elsewhere = sandbox.http.get(page % "other", params=ASKED, timeout=20)
    assert elsewhere.status_code == 404 and "Open the demo shop" not in elsewhere.text
    assert sandbox.http.post(page % "other", params=ASKED, timeout=20).status_code == 404
    assert sandbox.http.get(f"{sandbox.url}/_sandbox/market/shops", timeout=20).json() == []
    shown = sandbox.http.get(page % "deep-field", params=ASKED, timeout=20)
    assert shown.status_code == 404 and "Open the demo shop" in shown.text
    opened = sandbox.http.post(page % "deep-field", params=ASKED, timeout=20)
    assert opened.status_code == 200 and "Approve" in opened.text and "Guildhall would like to connect" in opened.text
    (shop,) = sandbox.http.get(f"{sandbox.url}/_sandbox/market/shops", timeout=20).json()
    assert (shop["platform"], shop["id"]) == ("woocommerce", "deep-field")
