"""What carriers are told for customs: the product's own words where it has some, the workspace's where not
(TRAPS.md C25)."""

from typing import Any

import pytest

from app.catalogue import actions as catalogue
from app.catalogue.models import Product
from app.core import db
from app.shipping.actions import parcels, presets
from app.shipping.models import Parcel
from tests.shipping.parceling import ALICE, Shipping, speak_to

BERLIN = {"name": "Fay", "line1": "Lindenstraße 9", "city": "Berlin", "postcode": "10969", "country": "DE"}


@pytest.fixture
def shipping(world: Any, stripe_sandbox: Any, run_jobs: Any) -> Shipping:
    speak_to(stripe_sandbox)
    shipping = Shipping(world, stripe_sandbox, run_jobs)
    with db.workspace(shipping.workspace.id):
        home = parcels.settings_of()
        usual = {"customs_signer": "Alice North", "hs_code": "4911.91", "origin_country": "US"}
        presets.change_settings(ALICE, home.version, **usual)
    return shipping


def declared(shipping: Shipping, parcel: Parcel) -> list[tuple[str, str, str, int]]:
    with db.workspace(shipping.workspace.id):
        customs = parcels.shipment(db.get(Parcel, parcel.id), "r").customs
    assert customs is not None
    return [(line.description, line.hs_code, line.origin, line.quantity) for line in customs.lines]


def test_a_declaration_says_what_the_product_says_else_the_workspace(shipping: Shipping) -> None:
    order = shipping.paid(units=2, to=BERLIN)
    with db.workspace(shipping.workspace.id):
        parcel = parcels.pack(ALICE, order)
    assert declared(shipping, parcel) == [(shipping.product.title, "4911.91", "US", 2)]
    with db.workspace(shipping.workspace.id):
        words = {"hs_code": "6912.00", "origin_country": "PT", "customs_text": "Stoneware cups"}
        catalogue.update_product(ALICE, db.get(Product, shipping.product.id), **words)
    assert declared(shipping, parcel) == [("Stoneware cups", "6912.00", "PT", 2)]
