"""«Notify me»: an address that asked, and proved that it did, gets one mail when a sold-out variant is back."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.catalogue.models import Variant
from app.catalogue.queries import variant_for_sale
from app.core import db, mail
from app.core.errors import NotFound, Refused
from app.core.ids import new_id
from app.core.outbox import later
from app.core.signing import BadLink, sign, unsign
from app.inventory.queries import available
from app.storefront.models import StockAlert

PURPOSE = "stock-alert"
LINK_LIVES = 7 * 86_400
"""Seconds that the link in the confirmation works."""
KEPT = timedelta(days=365)
"""Nobody waits longer; and what was never confirmed goes after the link's life."""


class BackAlready(Refused):
    status = 409
    message = "It is back already: you can put it in your cart now. No mail is needed, so your address was not kept."


def wait_for(seller_id: UUID, variant_id: UUID, email: str, *, proven: bool = False) -> None:
    """Note that `email` waits; unless the address is `proven` it is asked to confirm, at most once a day.

    Raises NotFound for what is not offered, BackAlready.
    """
    variant = variant_for_sale(seller_id, variant_id)
    if variant is None:
        raise NotFound
    if available([variant.id]).get(variant.id, 0) != 0:
        raise BackAlready
    shop, product = variant.product.shop, variant.product
    with db.workspace(seller_id):
        alert = _noted(variant, email.lower())
        if proven:
            alert.confirmed_at = alert.confirmed_at or db.now()
        if alert.confirmed_at is None:
            mail.post(
                alert.email,
                "stock_alert_confirm",
                f"stock-alert:{alert.id}:{db.now():%Y%m%d}",
                title=_called(variant),
                shop=shop.name,
                url=f"/s/{shop.slug}/{product.slug}",
                token=_token(alert),
            )


def _noted(variant: Variant, email: str) -> StockAlert:
    values = {
        "workspace_id": variant.workspace_id,
        "id": new_id(),
        "variant_id": variant.id,
        "email": email,
        "created_at": db.now(),
    }
    db.session().execute(insert(StockAlert).values(**values).on_conflict_do_nothing())
    found = select(StockAlert).where(StockAlert.variant_id == variant.id, StockAlert.email == email)
    return db.session().scalars(found.with_for_update()).one()


def _called(variant: Variant) -> str:
    choice = ", ".join(map(str, variant.option_values.values()))
    return f"{variant.product.title} ({choice})" if choice else variant.product.title


def _token(alert: StockAlert) -> str:
    return sign(PURPOSE, [str(alert.workspace_id), str(alert.id)])


def _of(token: str, max_age: int) -> tuple[UUID, UUID]:
    workspace_id, alert_id = unsign(PURPOSE, token, max_age)
    return UUID(workspace_id), UUID(alert_id)


def confirm_wait(token: str) -> None:
    """The address is its reader's. Raises BadLink, also when the wait was taken back."""
    workspace_id, alert_id = _of(token, LINK_LIVES)
    with db.workspace(workspace_id):
        alert = db.find(StockAlert, alert_id, lock=True)
        if alert is None:
            raise BadLink("You are not waiting for this any more, so there is nothing to confirm.")
        alert.confirmed_at = alert.confirmed_at or db.now()


def stop_waiting(token: str) -> None:
    """Forget the address; doing it twice is fine. Raises BadLink for a forged link."""
    workspace_id, alert_id = _of(token, int(KEPT.total_seconds()))
    with db.workspace(workspace_id) as session:
        session.execute(delete(StockAlert).where(StockAlert.id == alert_id))


# --- by jobs
def look_for_stock() -> int:
    """Ask for a look in every workspace where somebody waits. Returns how many."""
    with db.system("tell who waits") as session:
        places = session.scalars(select(StockAlert.workspace_id).distinct()).all()
    for workspace_id in places:
        with db.workspace(workspace_id):
            later("storefront.tell_who_waits")
    return len(places)


def tell_who_waits() -> int:
    """Mail everybody in the open workspace whose variant can be had, and forget their addresses. Returns how many were told."""
    _forget_old()
    waiting = db.session().scalars(select(StockAlert.variant_id).where(StockAlert.confirmed_at.is_not(None)).distinct())
    left = available(list(waiting))
    told = 0
    for variant_id in (one for one, units in left.items() if units != 0):
        variant = variant_for_sale(db.current_workspace(), variant_id)
        if variant is not None:
            told += _tell(variant)
    return told


def _tell(variant: Variant) -> int:
    confirmed = select(StockAlert).where(StockAlert.variant_id == variant.id, StockAlert.confirmed_at.is_not(None))
    alerts = db.session().scalars(confirmed.with_for_update(skip_locked=True)).all()
    shop, product = variant.product.shop, variant.product
    for alert in alerts:
        mail.post(
            alert.email,
            "stock_alert_back",
            f"stock-back:{alert.id}",
            title=_called(variant),
            shop=shop.name,
            price=variant.price.format(),
            url=f"/s/{shop.slug}/{product.slug}?variant={variant.id}",
        )
        db.session().delete(alert)
    db.session().flush()
    return len(alerts)


def _forget_old() -> None:
    """Waits that nobody confirmed in time, and those that lasted a year."""
    unproven = StockAlert.confirmed_at.is_(None) & (StockAlert.created_at < db.now() - timedelta(seconds=LINK_LIVES))
    db.session().execute(delete(StockAlert).where(unproven | (StockAlert.created_at < db.now() - KEPT)))
