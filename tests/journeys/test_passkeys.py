"""A passkey is added and signs in, with Chromium's own authenticator; then a phone is let in by the code on the screen."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import DESKTOP, PHONE, Town, Walker
from tests.journeys.desk import SLOW, look

pytestmark = pytest.mark.journey


class Lock:
    """The screen lock of a walker's device; `verifies=False` is a finger that does not fit."""

    def __init__(self, walker: Walker) -> None:
        self.session = walker.context.new_cdp_session(walker.page)
        self.session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "ctap2Version": "ctap2_1",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def fits(self, verifies: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verifies})

    @property
    def keys(self) -> list[dict[str, Any]]:
        return list(self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])


def test_a_finger_signs_in_and_a_code_lets_the_phone_in(walker: Any, town: Town) -> None:
    owner = walker(**DESKTOP)
    owner.sign_in("jonas@demo.guildhall.example")
    lock, page = Lock(owner), owner.page
    page.goto("/me")
    passkeys = page.get_by_role("region", name="Passkeys")
    passkeys.get_by_role("button", name="Add a passkey").click()
    expect(passkeys.get_by_text("not used yet")).to_be_visible(timeout=SLOW)
    assert [one["rpId"] for one in lock.keys] == ["localhost"]
    look(owner)
    passkeys.get_by_role("button", name="Add a passkey").click()
    expect(passkeys.get_by_text("holds a passkey for your account already")).to_be_visible(timeout=SLOW)

    owner.context.clear_cookies()
    lock.fits(False)
    page.goto("/sign-in?next=/me")
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    expect(page.get_by_text("No passkey was used")).to_be_visible(timeout=SLOW)
    look(owner)
    lock.fits(True)
    button.click()
    page.wait_for_url(re.compile("/me$"))
    expect(page.get_by_text("by passkey").first).to_be_visible()

    page.get_by_role("button", name="Sign in on your phone").click()
    link = page.locator("#transfer-link").inner_text()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    look(owner)
    phone = walker(**PHONE)
    phone.page.goto(link)
    look(phone)
    phone.page.get_by_role("button", name=re.compile("^Sign in as ")).click()
    expect(phone.page.get_by_text("You are signed in as")).to_be_visible()
    expect(page.get_by_text("is signed in.")).to_be_visible(timeout=SLOW)
    look(owner)
