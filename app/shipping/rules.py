"""Service rules: the first whose conditions all hold chooses among the quoted rates, and says why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.money import Money
from app.shipping.carrier import Rate
from app.shipping.models import ServiceRule


@dataclass(frozen=True)
class Facts:
    """What a rule may ask about a parcel. `value_minor` is what its things cost the buyer."""

    home: str
    country: str
    weight_g: int
    value_minor: int
    skus: Sequence[str]


@dataclass(frozen=True)
class Offer:
    """A rate and the account that made it."""

    account_id: UUID
    rate: Rate
    stale: bool = False
    badges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """`offer` is None when no rate fits; `why` says it in words either way."""

    offer: Offer | None
    why: str
    rule: ServiceRule | None = None


def first(rules: Iterable[ServiceRule], facts: Facts) -> ServiceRule | None:
    return next((rule for rule in rules if not rule.paused and applies(rule, facts)), None)


def applies(rule: ServiceRule, facts: Facts) -> bool:
    """Whether every condition holds. «Over» is exclusive, «up to» inclusive."""
    return (
        _reaches(rule, facts)
        and (rule.over_g is None or facts.weight_g > rule.over_g)
        and (rule.upto_g is None or facts.weight_g <= rule.upto_g)
        and (rule.over_minor is None or facts.value_minor > rule.over_minor)
        and (rule.upto_minor is None or facts.value_minor <= rule.upto_minor)
        and (not rule.sku_prefix or any(sku.startswith(rule.sku_prefix) for sku in facts.skus))
    )


def _reaches(rule: ServiceRule, facts: Facts) -> bool:
    domestic = facts.home == facts.country
    return {
        "any": True,
        "domestic": domestic,
        "international": not domestic,
        "listed": facts.country in rule.countries,
    }[rule.destination]


def choose(rule: ServiceRule | None, offers: Sequence[Offer]) -> Choice:
    """The offer that the rule wants; without a rule the cheapest."""
    if not offers:
        return Choice(None, "No carrier offered a rate for this parcel.", rule)
    wanted = [offer for offer in offers if _meant(rule, offer)]
    if not wanted:
        assert rule is not None
        return Choice(None, f"The rule «{rule.name}» wants a service that no carrier offered.", rule)
    named = rule is not None and (rule.account_id is not None or rule.choose == "service")
    if not named:
        wanted = [offer for offer in wanted if offer.rate.total_minor] or wanted
    best = fastest(wanted) if rule is not None and rule.choose == "fastest" else cheapest(wanted)
    cap = rule.cap_minor if rule is not None else None
    if rule is not None and cap is not None and best.rate.total_minor > cap:
        price, most = Money(best.rate.total_minor, best.rate.currency), Money(cap, best.rate.currency)
        return Choice(None, f"The rule «{rule.name}» allows up to {most}; the best rate is {price}.", rule)
    return Choice(best, f"Rule «{rule.name}»" if rule is not None else "The cheapest rate", rule)


def _meant(rule: ServiceRule | None, offer: Offer) -> bool:
    if rule is None:
        return True
    return (
        (rule.account_id is None or rule.account_id == offer.account_id)
        and (not rule.carrier or rule.carrier == offer.rate.carrier)
        and (rule.choose != "service" or rule.service == offer.rate.service)
    )


def cheapest(offers: Sequence[Offer]) -> Offer:
    """A label that costs nothing carries no postage, so it wins only when nobody else offers anything."""
    priced = [offer for offer in offers if offer.rate.total_minor] or offers
    return min(priced, key=lambda offer: (offer.rate.total_minor, _days(offer), offer.rate.service))


def fastest(offers: Sequence[Offer]) -> Offer:
    return min(offers, key=lambda offer: (_days(offer), offer.rate.total_minor, offer.rate.service))


def _days(offer: Offer) -> int:
    return 999 if offer.rate.days is None else offer.rate.days


def marked(offers: Sequence[Offer]) -> list[Offer]:
    """Sorted by price, the cheapest and the fastest of each currency told apart by `badges`."""
    ordered = sorted(offers, key=lambda offer: (offer.rate.currency, offer.rate.total_minor, _days(offer)))
    best: dict[int, list[str]] = {}
    for currency in {offer.rate.currency for offer in ordered}:
        same = [offer for offer in ordered if offer.rate.currency == currency]
        best.setdefault(id(cheapest(same)), []).append("cheapest")
        if any(offer.rate.days is not None for offer in same):
            best.setdefault(id(fastest(same)), []).append("fastest")
    return [Offer(o.account_id, o.rate, o.stale, tuple(best.get(id(o), ()))) for o in ordered]
