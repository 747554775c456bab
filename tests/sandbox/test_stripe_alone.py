"""The sandbox stands alone, and the direct way of charging works on a seller's own account."""

import ast
from pathlib import Path

import pytest
import requests

import app.sandbox

from .conftest import Sandbox

FILES = sorted(Path(app.sandbox.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_sandbox_imports_nothing_from_the_rest_of_the_application(file: Path) -> None:
    names = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.append(node.module or "")
    assert [name for name in names if name.split(".")[0] == "app" and not name.startswith("app.sandbox")] == []


def test_it_says_that_it_is_well(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.url}/_sandbox/health", timeout=10).json()["ok"] is True


def test_a_direct_charge_belongs_to_the_seller(sandbox: Sandbox) -> None:
    seller = sandbox.seller()
    options = {"stripe_account": seller}
    session = sandbox.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://shop.test/",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "Mug"}},
                }
            ],
            "payment_intent_data": {"application_fee_amount": 500},
        },
        options,  # type: ignore[arg-type]
    )
    assert sandbox.pay(session).status_code == 200
    assert sandbox.client.v1.charges.list().data == []
    charge = sandbox.client.v1.charges.list(options=options).data[0]  # type: ignore[arg-type]
    own = sandbox.client.v1.balance.retrieve(options=options).pending[0]  # type: ignore[arg-type]
    assert own.amount == 5000 - 175 - 500
    assert sandbox.client.v1.application_fees.list({"charge": charge.id}).data[0].amount == 500
