"""Creating and switching workspaces, team, invitations, audit trail."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, flash, request, session

from app.core import audit, db
from app.core.permissions import Permission, Role
from app.core.signing import BadLink
from app.core.web import render
from app.core.web.access import actor, back, member, problem, public, requires, signed_in, viewer
from app.core.web.forms import parse, show_refused
from app.core.web.limits import limit
from app.core.web.urls import absolute
from app.workspaces import actions, forms, queries, words
from app.workspaces.models import Invitation, Member

blueprint = Blueprint("workspaces", __name__)
P = Permission


@blueprint.get("/w")
@signed_in
def places() -> Any:
    """Where to go after signing in: straight into the only workspace, or a choice."""
    found = queries.memberships(_person_id())
    if len(found) == 1 and "all" not in request.args:
        return back(f"/w/{found[0].slug}")
    return render.page("workspaces/places.html", places=found)


@blueprint.get("/w/new")
@signed_in
def new() -> Any:
    return render.page("workspaces/new.html", form=show_refused(forms.Create), hues=forms.HUE_NAMES)


@blueprint.post("/w/new")
@limit("10/hour")
@signed_in(again=new)
def create() -> Response:
    form = parse(forms.Create)
    workspace = actions.create(actor(), form.slug.data, form.name.data, form.hue.data)
    flash(f"{workspace.name} is ready. Start with the list below.", "success")
    return back(f"/w/{workspace.slug}")


@blueprint.get("/w/<workspace>/settings")
@requires(P.WORKSPACES_WORKSPACE_WRITE)
def settings() -> Any:
    place = member()
    form = show_refused(forms.Settings, name=place.name, hue=place.hue // 30 * 30)
    return render.page("workspaces/settings.html", form=form, hues=forms.HUE_NAMES)


@blueprint.post("/w/<workspace>/settings")
@requires(P.WORKSPACES_WORKSPACE_WRITE, again=settings)
def save_settings() -> Response:
    form, place = parse(forms.Settings), member()
    actions.update(actor(), place.workspace_id, name=form.name.data, hue=form.hue.data)
    flash("Workspace saved.", "success")
    return back(f"/w/{place.slug}/settings")


@blueprint.get("/w/<workspace>/members")
@requires(P.WORKSPACES_MEMBER_READ)
def team(**_: Any) -> Any:
    """Also shown again by what is refused on it; only the invitation's form keeps what was typed."""
    inviting = request.path.endswith(("/members", "/invitations"))
    return render.page(
        "workspaces/team.html",
        team=queries.team(),
        invitations=queries.open_invitations(),
        form=show_refused(forms.Invite) if inviting else forms.Invite(),
        refused="" if inviting else problem(),
        link=session.pop("invitation_link", None) if request.method == "GET" else None,
        roles=[{"value": role.value, "label": role.title, "help": words.MEANS[role]} for role in _offered()],
        role_names=[(role.value, role.title) for role in _offered()],
        table=words.permission_table(),
        role_titles=[role.title for role in Role],
    )


def _offered() -> list[Role]:
    """Roles that this member may give: only owners make owners."""
    return [role for role in Role if role is not Role.OWNER or member().role is Role.OWNER]


@blueprint.post("/w/<workspace>/members/invitations")
@limit("30/hour")
@requires(P.WORKSPACES_MEMBER_WRITE, again=team)
def invite() -> Response:
    form = parse(forms.Invite)
    invited = actions.invite(actor(), Role(form.role.data), form.email.data or None)
    session["invitation_link"] = absolute(f"/invitations/{invited.token}")
    if form.email.data:
        flash(f"An invitation is on its way to {form.email.data}.", "success")
    return back(f"/w/{member().slug}/members")


@blueprint.post("/w/<workspace>/members/invitations/<uuid:invitation_id>/revoke")
@requires(P.WORKSPACES_MEMBER_WRITE)
def revoke_invitation(invitation_id: UUID) -> Response:
    actions.revoke_invitation(actor(), db.get(Invitation, invitation_id))
    flash("The invitation does not work any more.", "success")
    return back(f"/w/{member().slug}/members")


@blueprint.post("/w/<workspace>/members/<uuid:member_id>/role")
@requires(P.WORKSPACES_MEMBER_WRITE, again=team)
def change_role(member_id: UUID) -> Response:
    role = Role(parse(forms.ChangeRole).role.data)
    actions.change_role(actor(), db.get(Member, member_id), role)
    flash(f"The role is now {role.title}.", "success")
    return back(f"/w/{member().slug}/members")


@blueprint.post("/w/<workspace>/members/<uuid:member_id>/remove")
@requires(P.WORKSPACES_MEMBER_WRITE, again=team)
def remove_member(member_id: UUID) -> Response:
    actions.remove_member(actor(), db.get(Member, member_id))
    flash("They do not belong to this workspace any more.", "success")
    return back(f"/w/{member().slug}/members")


@blueprint.post("/w/<workspace>/leave")
@requires(P.WORKSPACES_MEMBER_READ, again=team)
def leave() -> Response:
    actions.leave(actor())
    flash(f"You left {member().name}.", "success")
    return back("/w?all=1")


@blueprint.get("/w/<workspace>/audit")
@requires(P.WORKSPACES_AUDIT_READ)
def trail() -> Any:
    form = forms.Trail(request.args)
    form.validate()
    wanted = queries.TrailFilter(form.actor.data, form.action.data, form.day("since"), form.day("until"))
    entries, following = queries.trail(wanted, None if form.before.errors else form.before.data)
    actors, done = queries.trail_choices()
    return render.page(
        "workspaces/audit.html",
        entries=[(entry, words.sentence(entry), words.details(entry)) for entry in entries],
        form=form,
        filtered=wanted != queries.TrailFilter(),
        next_url=_page_url(following) if following else "",
        actors=actors,
        actions=[(name, words.describe_action(name)) for name in done],
        check=_check() if "verify" in request.args else None,
    )


def _page_url(before: int) -> str:
    kept = {key: value for key, value in request.args.items() if key not in ("before", "verify")}
    return "?" + urlencode({**kept, "before": str(before)})


def _check() -> dict[str, Any]:
    """What walking the whole hash chain found, and the head to compare with one noted earlier."""
    broken, (count, head) = audit.verify(), audit.head()
    entry = queries.entry_at(broken) if broken else None
    return {
        "broken": broken,
        "entry": entry,
        "words": words.sentence(entry) if entry else "",
        "count": count,
        "head": head,
        "anchor": audit.last_anchor(),
        "lost": audit.lost_anchor(),
    }


@blueprint.get("/invitations/<token>")
@public
def invitation(token: str) -> Any:
    """Shows who invites to what before anybody signs in."""
    found = queries.offer(token)
    if found is None:
        raise BadLink("This invitation was used, taken back, or is older than seven days. Ask for a new one.")
    return render.page("workspaces/invitation.html", offer=found, token=token, means=words.MEANS[found.role])


@blueprint.post("/invitations/<token>")
@signed_in
def accept(token: str) -> Response:
    slug = actions.accept(actor(), token)
    flash("Welcome to the team.", "success")
    return back(f"/w/{slug}")


def _person_id() -> UUID:
    person = viewer()
    if person is None:
        raise RuntimeError("only signed-in routes have a person")
    return person.id
