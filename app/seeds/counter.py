"""What a seller of the demo sets up before sending anything: an address, a carrier of the sandbox, packages, rules."""

from uuid import UUID

from sqlalchemy import select

from app.catalogue.models import Shop
from app.core import db, settings
from app.seeds.drain import Drain
from app.seeds.shops import Place
from app.shipping import carrier, queries
from app.shipping.actions import accounts, parcels, presets
from app.shipping.models import CarrierAccount

CARRIER = "EasyPost"
SENDER = {
    "line1": "4 Quay Street",
    "city": "Bristol",
    "postcode": "BS1 4DJ",
    "country": "GB",
    "phone": "+441174960123",
}
PACKAGES = (
    ("Card mailer", 240, 165, 20, 40, 750),
    ("Small box", 180, 180, 140, 110, 2000),
    ("Postal tube", 640, 90, 90, 160, 1500),
    ("Large box", 420, 320, 260, 320, None),
)
"""Name, three sizes in mm, empty and most weight in g."""
PRINTED, USUAL = "4911.91", {"Kiln & Whisker": "6912.00"}
"""Customs codes: prints, and what other shops send most."""


def set_up(place: Place, drain: Drain) -> CarrierAccount | None:
    """All of it, each thing once. Returns the carrier account as the sandbox left it; the real EasyPost is left alone."""
    with db.workspace(place.workspace_id, place.owner.id):
        _settings(place)
        known = {package.name for package in queries.packages()}
        for preset in PACKAGES:
            if preset[0] not in known:
                presets.save_package(place.owner.actor, *preset[:5], max_g=preset[5])
        _rules(place)
        if not carrier.base("easypost").startswith(settings.current().sandbox_url):
            return None
        account_id = _account(place)
    drain()
    with db.workspace(place.workspace_id):
        return db.get(CarrierAccount, account_id)


def _settings(place: Place) -> None:
    home = parcels.settings_of()
    shop = db.get(Shop, place.shop_id)
    if not home.sender:
        presets.change_settings(
            place.owner.actor,
            home.version,
            sender={
                "name": place.owner.name,
                "company": shop.name,
                "email": place.owner.email,
                **SENDER,
            },
            customs_signer=place.owner.name,
            origin_country="GB",
            hs_code=USUAL.get(shop.name, PRINTED),
            slip_code=True,
        )


def _account(place: Place) -> UUID:
    known = db.session().scalars(select(CarrierAccount.id).where(CarrierAccount.name == CARRIER)).one_or_none()
    if known is not None:
        return known
    return accounts.connect(
        place.owner.actor, "easypost", CARRIER, {"api_key": f"EZTK_demo_{place.workspace_id.hex[:8]}"}
    ).id


def _rules(place: Place) -> None:
    if queries.service_rules():
        return
    owner = place.owner.actor
    presets.save_rule(owner, None, "Insure what is dear", destination="any", over_minor=9000, insure=True)
    presets.save_rule(owner, None, "Cheapest at home", destination="domestic", choose="cheapest")
    presets.save_rule(owner, None, "Abroad up to 2 kg", destination="international", upto_g=2000, choose="cheapest")
