"""Everything that makes, keeps and removes archives, and brings them in."""

from app.archives.actions.making import ask, link, make, redeem
from app.archives.actions.own import ask_own, link_own, make_own, redeem_own
from app.archives.actions.packing import AlreadyUnderWay
from app.archives.actions.sweeping import sweep

__all__ = ["AlreadyUnderWay", "ask", "ask_own", "link", "link_own", "make", "make_own", "redeem", "redeem_own", "sweep"]
