"""An order's lines grouped by how they reach the buyer. Private to orders."""

from dataclasses import dataclass, field

from app.orders.models import Fulfilment, Order, OrderLine


@dataclass(frozen=True)
class Part:
    """`kind`: waiting (to be sent), parcel, downloads, or returned (refunded before it was sent). `lines`: (line, units)."""

    kind: str
    lines: list[tuple[OrderLine, int]] = field(default_factory=list)
    fulfilment: Fulfilment | None = None
    number: int = 0


def parts(order: Order) -> list[Part]:
    """Each line appears wherever some of its units are; empty groups are left out."""
    found = [Part("waiting", [(line, _waiting(line)) for line in order.lines if _waiting(line)])]
    found += [_parcel(order, one, number) for number, one in enumerate(order.fulfilments, 1)]
    found.append(Part("downloads", [(line, line.quantity) for line in order.lines if line.downloads]))
    found.append(Part("returned", [(line, _returned(line)) for line in order.lines if _returned(line)]))
    return [part for part in found if part.lines]


def _waiting(line: OrderLine) -> int:
    return max(line.quantity - line.refunded_quantity - line.fulfilled_quantity, 0) if line.ships else 0


def _returned(line: OrderLine) -> int:
    return max(line.quantity - line.fulfilled_quantity - _waiting(line), 0) if line.ships else 0


def _parcel(order: Order, one: Fulfilment, number: int) -> Part:
    by_id = {str(line.id): line for line in order.lines}
    held = [(by_id[entry["line_id"]], int(entry["quantity"])) for entry in one.lines if entry["line_id"] in by_id]
    return Part("parcel", held, one, number)
