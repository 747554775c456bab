"""Doors for tests: `/_sandbox/mails` reads and empties the mailbox, `/_sandbox/smtp-faults` plants trouble."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from . import links, message
from .faults import SmtpFaults
from .mails import Mail, Mails

blueprint = Blueprint("mailbox_doors", __name__, url_prefix="/_sandbox")
MOST = 500


def mails() -> Mails:
    """The mailbox of this sandbox."""
    return current_app.extensions["sandbox.mails"]


def smtp_faults() -> SmtpFaults:
    """The faults of this sandbox's mail server."""
    return current_app.extensions["sandbox.smtp_faults"]


@blueprint.errorhandler(ValueError)
def _nonsense(error: ValueError) -> tuple[Response, int]:
    return jsonify({"error": {"message": str(error)}}), 400


@blueprint.get("/mails")
def list_mails() -> Response:
    """Mails newest first: `?to=` is one whole address of the envelope, `?limit=` 100 unless told, at most 500."""
    limit = request.args.get("limit", 100, type=int)
    if not 1 <= limit <= MOST:
        raise ValueError(f"limit must be between 1 and {MOST}")
    return jsonify([_whole(mail) for mail in mails().to(request.args.get("to"), limit)])


def _whole(mail: Mail) -> dict[str, Any]:
    """A mail with its content; `to` and `from` are those of the envelope."""
    content = message.read(mails().raw(mail.id))
    about = asdict(mail)
    envelope = {"from": about.pop("sender"), "to": about.pop("recipients")}
    return {
        **about,
        **envelope,
        "headers": [list(header) for header in content.headers],
        "text": content.text,
        "html": content.html,
        "links": links.found(content),
        "attachments": [
            {
                "name": file.name,
                "type": file.kind,
                "size": len(file.content),
                "url": f"/mailbox/{mail.id}/parts/{file.number}",
            }
            for file in content.attachments
        ],
    }


@blueprint.delete("/mails")
def forget_mails() -> Response:
    """Empty the mailbox; `?to=` forgets only the mails to one whole address."""
    return jsonify({"forgotten": mails().forget(request.args.get("to"))})


@blueprint.get("/smtp-faults")
def list_faults() -> Response:
    """Every fault of the mail server that can still strike."""
    return jsonify([asdict(fault) for fault in smtp_faults().planted()])


@blueprint.post("/smtp-faults")
def plant_fault() -> Response:
    """Plant `kind` (refuse, slow, drop_after_data, temporary) for `times` mails; `seconds` is for slow."""
    given = request.get_json()
    if not isinstance(given, dict):
        raise ValueError("The body must be a JSON object.")
    return jsonify(asdict(smtp_faults().plant(given)))


@blueprint.delete("/smtp-faults")
def clear_faults() -> Response:
    """Let the mail server be well again."""
    smtp_faults().clear()
    return jsonify([])
