"""What programs cost: activations and validations a second over HTTP's inside, and licence files signed, each beside a floor of the same run."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from app.access import actions as access
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.licences import actions, queries
from app.licences.actions import Purchase, Terms
from tests.asked import statements
from tests.world import World

ROUNDS, SLICE = 3, 0.5
"""Rounds of which the median counts, and seconds for which each of two is repeated in a round: about fifteen seconds in all."""
ALICE = Actor("person", "Alice")


def report(world: World) -> None:
    import wsgi

    licence_id, key = _sold(world)
    program = wsgi.app.test_client()
    sent = {"key": key, "workspace": world.north.slug}
    _ask(program, "activate", sent | {"fingerprint": "first"})

    def take_and_give_back() -> None:
        for verb in ("activate", "deactivate"):
            _ask(program, verb, sent | {"fingerprint": "second"})

    calls: dict[str, Callable[[], None]] = {
        "a seat taken and given back": take_and_give_back,
        "the same device again": lambda: _ask(program, "activate", sent | {"fingerprint": "first"}),
        "validate with its seat": lambda: _ask(program, "validate", sent | {"fingerprint": "first"}),
        "validate the key alone": lambda: _ask(program, "validate", sent),
    }
    for name, call in calls.items():
        call()
        with statements() as asked:
            call()
        ours, floor = _ratio(call, _bare(world.north.id, len(asked)))
        print(
            f"licences, {name}: {ours:,.0f} a second, as many empty statements and a signature {floor:,.0f},"
            f" ratio {floor / ours:.2f}, {len(asked)} SQL"
        )
    with db.workspace(world.north.id):
        licence = queries.one(licence_id).licence
        private = Ed25519PrivateKey.generate()
        payload = actions.signed_file(licence, licence.seats[0])["payload"].encode()
        ours, floor = _ratio(lambda: actions.signed_file(licence, licence.seats[0]), lambda: private.sign(payload))
    print(f"licence files signed: {ours:,.0f} a second, Ed25519 alone {floor:,.0f}, ratio {floor / ours:.1f}")


def _sold(world: World) -> tuple[UUID, str]:
    """A licence without a limit of devices, as a purchase makes it."""
    product = world.product(world.shop(world.north), "Bench program", ships=False)
    with db.workspace(world.north.id):
        actions.set_terms(ALICE, product, Terms("generated", "BENCH", None, None, 30, 10, {}))
        grant = access.grant(world.fay.id, product.id, world.variant(product).id, new_id(), new_id())
        made = actions.issue(grant, 1, Purchase(1, "Fay", "fay@guildhall.test"))[0]
        return made.id, queries.key_of(made)


def _ask(program: Any, verb: str, sent: dict[str, str]) -> None:
    answer = program.post(f"/api/v1/licences/{verb}", json=sent)
    assert answer.status_code in (200, 201), answer.get_data(as_text=True)


def _bare(workspace_id: UUID, number: int) -> Callable[[], None]:
    """One transaction of as many statements that ask for nothing, and one signature."""
    private, select_1 = Ed25519PrivateKey.generate(), text("select 1")

    def run() -> None:
        with db.workspace(workspace_id) as session:
            for _ in range(number):
                session.execute(select_1)
        private.sign(b"guildhall-licence-1." + b"x" * 500)

    return run


def _ratio(ours: Callable[[], Any], floor: Callable[[], Any]) -> tuple[float, float]:
    """How often a second each of them goes, measured in turn."""
    both = list(_rounds(ours, floor))
    return statistics.median(one for one, _ in both), statistics.median(one for _, one in both)


def _rounds(ours: Callable[[], Any], floor: Callable[[], Any]) -> Iterator[tuple[float, float]]:
    for _ in range(ROUNDS):
        yield _rate(ours), _rate(floor)


def _rate(work: Callable[[], Any]) -> float:
    began, times = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < SLICE:
        work()
        times += 1
    return times / passed
