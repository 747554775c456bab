"""The page of parcels: where each is, and buttons that move it."""

from flask import Blueprint, current_app, render_template, request

from .doors import listed, scope
from .services import EASYPOST, SHIPPO, SHIPSTATION

blueprint = Blueprint("carriers_pages", __name__)
NAMES = {EASYPOST: "EasyPost", SHIPPO: "Shippo", SHIPSTATION: "ShipStation"}
BUTTONS = (
    ("in_transit", "In transit"),
    ("out_for_delivery", "Out for delivery"),
    ("delivered", "Delivered"),
    ("available_for_pickup", "At pick-up point"),
    ("exception", "Exception"),
    ("returned", "Returned"),
)
TONES = {"delivered": "good", "failure": "bad", "return_to_sender": "bad", "unknown": ""}


@blueprint.get("/parcels")
def home() -> str:
    """Parcels newest first; `?number=` shows one."""
    number = request.args.get("number", "").strip()
    return render_template(
        "carriers/parcels.html",
        parcels=listed(100, number=number or None),
        number=number,
        names=NAMES,
        buttons=BUTTONS,
        tones=TONES,
        now=scope().now(),
        config=current_app.config["SANDBOX"],
    )
