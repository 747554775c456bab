"""How Shopee's ids look."""

import secrets

from app.sandbox.market import ids, store
from app.sandbox.stripe.scope import Scope

from .words import day

NAME = "shopee"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTUVWXYZ"


def register() -> None:
    """Orders carry their day and eight signs; nearly everything else is a number."""
    made: dict[str, ids.Maker] = {"return": _return}
    ids.register(
        NAME,
        shop=lambda scope: str(store.following(scope, "shopee.shop", 727_720_655, 1_013)),
        warehouse=lambda scope: f"WH{store.following(scope, 'shopee.place', 1):03d}Z",
        product=lambda scope: str(store.following(scope, "shopee.item", 23_620_853_561, 7)),
        sku=lambda scope: str(store.following(scope, "shopee.model", 221_404_189_791, 11)),
        line=lambda scope: str(store.following(scope, "shopee.line", 1)),
        order=lambda scope: day(scope.now()) + _signs(8),
        package=lambda scope: f"OFG{store.following(scope, 'shopee.package', 166_300_791_210_964, 37)}",
        buyer=lambda scope: str(store.following(scope, "shopee.buyer", 1_170_319_091, 3)),
        **made,  # type: ignore[arg-type]
    )


def _return(scope: Scope) -> str:
    return f"{day(scope.now())}{store.following(scope, 'shopee.return', 171_852_695, 19)}"


def _signs(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))
