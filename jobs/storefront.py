"""Mails for those who wait for stock."""

from app.core.jobs import job
from app.storefront import actions


@job("storefront.look_for_stock", own_transactions=True)
def look_for_stock() -> None:
    actions.look_for_stock()


@job("storefront.tell_who_waits")
def tell_who_waits() -> None:
    actions.tell_who_waits()
