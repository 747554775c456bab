"""Listings: what each is of ours; by suggestion, by hand, as a bundle, or left out."""

import json
from typing import Any
from uuid import UUID

from flask import flash, g, make_response, request

from app.channels import forms
from app.channels.actions import keeping_up, matching
from app.channels.models import ChannelListing
from app.channels.queries import connections, listings
from app.channels.routes import blueprint
from app.channels.routes.place import MATCH, READ, base, shown, with_query
from app.core.errors import Refused
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import parse, show_refused
from app.inventory import queries as inventory

PAGE = 50
SURE = 80
"""Percent that the bulk accept proposes."""
LEAST = 70
"""Percent below which nothing is accepted without a look at it."""
AT_ONCE = 200
RULES = ("share", "buffer", "most", "minimum", "stock_paused")
ACTS = {"accept": "Accept the suggestion", "ignore": "Leave it out", "unmatch": "Take its match back"}


@blueprint.get("/w/<workspace>/channels/listings")
@requires(READ)
def listing_list() -> str:
    """Tabs by how far a listing is matched, narrowed by words and channel, in keyset pages."""
    chosen = _filters()
    counts = listings.counts(chosen)
    if "view" not in request.args and not counts[chosen.view]:
        view = next((one for one in ("suggested", "doubled", "matched") if counts[one]), chosen.view)
        chosen = listings.Filters(view, chosen.search, chosen.connection_id)
    rows = listings.page(chosen, forms.identifier(request.args.get("after")), PAGE + 1)
    kept = _kept(chosen)
    more = {**kept, "after": rows[PAGE - 1].id} if len(rows) > PAGE else None
    return render.page(
        "channels/listings.html",
        **shown(
            **_around(rows[:PAGE]),
            rows=rows[:PAGE],
            counts=counts,
            views=listings.VIEWS,
            filters=chosen,
            channels=connections.names(),
            here=with_query(f"{base()}/listings", kept),
            tab_url=lambda view: with_query(f"{base()}/listings", {**kept, "view": view}),
            next_url=with_query(f"{base()}/listings", more) if more else "",
        ),
    )


def _filters() -> listings.Filters:
    view = request.args.get("view", "none")
    return listings.Filters(
        view if view in listings.VIEWS else "none",
        request.args.get("q", "").strip()[:100],
        forms.identifier(request.args.get("channel")),
    )


def _kept(chosen: listings.Filters) -> dict[str, object]:
    return {"view": chosen.view, "q": chosen.search, "channel": chosen.connection_id}


def _around(rows: list[ChannelListing]) -> dict[str, Any]:
    """What rows of listings need beside themselves; a fixed number of statements."""
    products = {part.variant.product_id for row in rows for part in row.parts}
    return {"shops": listings.shops_of(rows), "pictures": inventory.pictures(products), "slug": member().slug}


@blueprint.get("/w/<workspace>/channels/listings/<uuid:listing_id>")
@requires(READ)
def listing(listing_id: UUID) -> str:
    """One listing with everything that can be done about it; after a refusal in a list only its row."""
    context = _edited(listings.listing(listing_id))
    if request.form.get("from") == "list":
        return render.fragment("channels/_listing.html", **context, inline=True, open=True)
    return render.page("channels/listing.html", **context, inline=False)


@blueprint.get("/w/<workspace>/channels/listings/<uuid:listing_id>/editor")
@requires(READ)
def editor(listing_id: UUID) -> str:
    """The same inside a row: search, and the parts that were picked so far."""
    return render.fragment("channels/_editor.html", **_edited(listings.listing(listing_id)), inline=True)


def _edited(row: ChannelListing) -> dict[str, Any]:
    """What the editor shows: the picked parts (the listing's own at first) and what the words find."""
    typed = request.form if request.method == "POST" else request.args
    picked = forms.units(typed) if "picked" in typed else {part.variant_id: part.quantity for part in row.parts}
    only, added = forms.identifier(typed.get("only")), forms.identifier(typed.get("add"))
    if only:
        picked = {only: 1}
    if added:
        picked.setdefault(added, 1)
    search = typed.get("q", "").strip()[:100] if "q" in typed else row.sku
    found = listings.candidates(search, list(picked))
    if not found and "q" not in typed:
        search, found = "", listings.likely(row.title, list(picked))
    parts = listings.variants(list(picked))
    offered = [*parts, *found]
    return shown(
        row=row,
        connection=connections.connection(row.connection_id),
        search=search,
        searched="q" in typed,
        found=found,
        parts=[(one, picked[one.id]) for one in parts],
        free=inventory.available([one.id for one in offered]),
        pictures=inventory.pictures({one.product_id for one in offered}),
        slug=member().slug,
        here=f"{base()}/listings/{row.id}",
        version=row.version,
        conflict=getattr(g.get("refusal"), "status", 0) == 409,
        decided=ACTS.get(request.form.get("do", ""), ""),
        shops=listings.shops_of([row]),
        form=show_refused(forms.ListingRulesForm, **{name: getattr(row, name) for name in RULES}),
    )


@blueprint.post("/w/<workspace>/channels/listings/<uuid:listing_id>/match")
@requires(MATCH, again=listing)
def match(listing_id: UUID) -> Any:
    """It is so many units of these: one product (`only`), or every part that was picked."""
    row = listings.listing(listing_id)
    only = forms.identifier(request.form.get("only"))
    matching.match(actor(), row, _version(), {only: 1} if only else forms.units(request.form))
    return _done(listing_id, "Matched. Its stock is told now, and orders that waited for it go on.")


def _version() -> int:
    return request.form.get("version", type=int, default=0)


@blueprint.post("/w/<workspace>/channels/listings/<uuid:listing_id>/rules")
@requires(MATCH, again=listing)
def set_listing_rules(listing_id: UUID) -> Any:
    """Rules of this listing alone; empty boxes take the shop's."""
    row, typed = listings.listing(listing_id), parse(forms.ListingRulesForm)
    keeping_up.set_listing_rules(actor(), row, _version(), **{name: typed[name].data for name in RULES})
    flash("Saved. Its stock is told anew.", "good")
    return back(f"{base()}/listings/{listing_id}#rules")


@blueprint.post("/w/<workspace>/channels/listings/<uuid:listing_id>/decision")
@requires(MATCH, again=listing)
def decide(listing_id: UUID) -> Any:
    """Accept the suggestion, leave the listing out, or take its match back."""
    row, wanted = listings.listing(listing_id), request.form.get("do", "")
    acts = {
        "accept": (matching.accept, "Matched. Its stock is told now, and orders that waited for it go on."),
        "ignore": (matching.ignore, "Left out. Its orders come in without moving stock."),
        "unmatch": (matching.unmatch, "Not matched any more. Its stock is not told until you match it again."),
    }
    if wanted not in acts:
        raise Refused("Choose what to do with this listing. Nothing was changed.")
    act, said = acts[wanted]
    act(actor(), row, _version())
    return _done(listing_id, said)


def _done(listing_id: UUID, said: str) -> Any:
    """The row anew where it was asked for; else the page that it came from."""
    row = listings.listing(listing_id)
    if request.form.get("from") == "list":
        context = shown(**_around([row]), row=row, fresh=True)
        answer = make_response(render.fragment("channels/_listing.html", **context))
        answer.headers["HX-Trigger"] = json.dumps({"toast": {"text": said, "tone": "good"}})
        return answer
    flash(said, "good")
    return back(f"{base()}/listings/{listing_id}")


# --- many at once
@blueprint.get("/w/<workspace>/channels/listings/suggestions")
@requires(MATCH)
def suggestions() -> str:
    """What accepting every sure suggestion would do, before it is done."""
    typed = request.form if request.method == "POST" else request.args
    level = min(max(typed.get("at_least", type=int, default=SURE), LEAST), 100)
    channel_id = forms.identifier(typed.get("channel"))
    rows = listings.suggestions(level, channel_id, 20)
    sure, every = listings.suggested(level, channel_id)
    return render.page(
        "channels/suggestions.html",
        **shown(
            **_around(rows),
            rows=rows,
            level=level,
            sure=sure,
            every=every,
            at_once=AT_ONCE,
            channel_id=channel_id or "",
            channels=connections.names(),
        ),
    )


@blueprint.post("/w/<workspace>/channels/listings/suggestions")
@requires(MATCH, again=suggestions)
def accept_many() -> Any:
    """Accept the suggestions that the summary counted; more than it showed are never accepted."""
    level, counted = request.form.get("at_least", type=int), request.form.get("sure", type=int)
    if level is None or counted is None or level < LEAST:
        raise Refused("Choose how sure a suggestion has to be. Nothing was changed.", field="at_least")
    channel_id = forms.identifier(request.form.get("channel"))
    sure, _ = listings.suggested(level, channel_id)
    if sure != counted:
        raise Refused(f"There are {sure} such suggestions now, not {counted}. Look again; nothing was changed.")
    done = matching.accept_many(actor(), [row.id for row in listings.suggestions(level, channel_id, AT_ONCE)])
    left = f" {sure - done} more wait for another press." if sure > done else ""
    flash(f"{done} listing{'s are' if done != 1 else ' is'} matched; their stock is told now.{left}", "good")
    return back(
        with_query(f"{base()}/listings", {"view": "suggested" if sure > done else "matched", "channel": channel_id})
    )
