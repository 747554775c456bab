"""The mailbox for people: a list, one mail, its HTML in a frame that can do nothing, its source, its files."""

from io import BytesIO

from flask import Blueprint, Response, abort, current_app, make_response, redirect, render_template, request, send_file
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from . import links, message
from .doors import mails, smtp_faults
from .mails import Mail

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")
SHOWN = 25
# What a frame may do: lead the person on when they click. No script, no form, no origin of its own.
FREEDOMS = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
FRAME_POLICY = (
    f"sandbox {FREEDOMS}; default-src 'none'; style-src 'unsafe-inline' http: https:; font-src data: http: https:; "
    "img-src data: http: https:; frame-ancestors 'self'"
)
FILE_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


@blueprint.app_template_filter("clickable")
def _clickable(text: str) -> str:
    return links.clickable(text)


@blueprint.app_template_filter("octets")
def _octets(size: int) -> str:
    """A size in bytes for people."""
    if size < 1024:
        return f"{size} B"
    return f"{size / 1024:.1f} KB" if size < 1024**2 else f"{size / 1024**2:.1f} MB"


@blueprint.errorhandler(NotFound)
def _missing(_error: NotFound) -> tuple[str, int]:
    return render_template("mailbox/missing.html"), 404


@blueprint.get("")
def inbox() -> str:
    """The newest mails, `?to=` searches recipients, `?before=` and `?after=` turn pages."""
    part = request.args.get("to", "").strip()
    before, after = (request.args.get(name, type=int) for name in ("before", "after"))
    page = mails().page(part, SHOWN, before, None if before is not None else after)
    return render_template(
        "mailbox/inbox.html",
        mails=page,
        part=part,
        older=bool(page) and bool(mails().page(part, 1, before=page[-1].id)),
        newer=bool(page) and bool(mails().page(part, 1, after=page[0].id)),
        count=mails().count(part),
        repeated=mails().repeated(),
        faults=smtp_faults().planted(),
        config=current_app.config["SANDBOX"],
    )


@blueprint.post("")
def empty() -> AnyResponse:
    """Throw every mail away."""
    mails().forget()
    return redirect("/mailbox", 303)


@blueprint.get("/<int:identifier>")
def show(identifier: int) -> str:
    """One mail."""
    mail = _owned(identifier)
    return render_template(
        "mailbox/mail.html",
        mail=mail,
        content=_content(mail),
        copies=mails().copies(mail.message_id),
        freedoms=FREEDOMS,
    )


@blueprint.get("/<int:identifier>/html")
def show_html(identifier: int) -> Response:
    """The HTML of a mail, for its frame."""
    mail = _owned(identifier)
    content = _content(mail)
    if content.html is None:
        abort(404)
    parts = {file.cid: f"/mailbox/{mail.id}/parts/{file.number}" for file in content.attachments if file.cid}
    answer = make_response(links.framed(content.html, parts))
    answer.headers["Content-Security-Policy"] = FRAME_POLICY
    return answer


@blueprint.get("/<int:identifier>/source")
def show_source(identifier: int) -> Response:
    """A mail as it came in."""
    mail = _owned(identifier)
    answer = make_response(mails().raw(mail.id))
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = f'inline; filename="mail-{mail.id}.eml"'
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


@blueprint.get("/<int:identifier>/parts/<int:number>")
def download(identifier: int, number: int) -> Response:
    """A file of a mail, never shown as a page of its own."""
    files = _content(_owned(identifier)).attachments
    file = next((file for file in files if file.number == number), None)
    if file is None:
        abort(404)
    answer = send_file(BytesIO(file.content), file.kind, as_attachment=True, download_name=file.name)
    answer.headers["Content-Security-Policy"] = FILE_POLICY
    return answer


def _owned(identifier: int) -> Mail:
    mail = mails().find(identifier)
    if mail is None:
        abort(404)
    return mail


def _content(mail: Mail) -> message.Message:
    return message.read(mails().raw(mail.id))
