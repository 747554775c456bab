"""What reached browsers that listen here, for people."""

from flask import Blueprint, current_app, render_template

from .receivers import Receivers

blueprint = Blueprint("push_pages", __name__, url_prefix="/push")


@blueprint.get("")
def home() -> str:
    """The newest messages, opened."""
    known: Receivers = current_app.extensions["sandbox.push"]
    return render_template("push/home.html", messages=known.messages(limit=50))
