"""The product editor: its page, the basics and the state. Each section saves on its own and notices a second tab."""

from typing import Any
from uuid import UUID

from flask import flash, request

from app.catalogue import actions, forms, grid, queries, seen, stockroom
from app.catalogue.models import Media, Product
from app.catalogue.routes import blueprint
from app.catalogue.routes.conflicts import carry, expect, is_sent
from app.catalogue.text import clean_tags
from app.core import db
from app.core.errors import NotFound
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, changed_elsewhere, member, requires
from app.core.web.forms import parse, show

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_PRODUCT_WRITE
HERE = "/w/<workspace>/products/<uuid:product_id>"


@blueprint.get(HERE)
@requires(READ)
def product(product_id: UUID) -> str:
    """Everything about one product; live while its pictures are being made."""
    return page(product_id)


def page(product_id: UUID, fill: dict[str, str] | None = None) -> str:
    """The editor. `fill` gives columns of the variants' grid one value that is not saved yet."""
    row = queries.product_by_id(product_id)
    files = queries.files_of(row.id)
    return render.page(
        "catalogue/product.html",
        product=row,
        form=_basics(row),
        categories=queries.categories(),
        files=files,
        largest=actions.LARGEST_FILE,
        uploads=queries.uploads_of(row.id),
        releases=queries.former_releases(row.id),
        checks=queries.listing_checklist(row),
        basics=carry("basics", seen.basics(row)),
        customs=carry("customs", seen.customs(row)),
        options=carry("options", seen.options(row.options)),
        file_limits={one.id: carry(f"file-{one.id}", seen.file(one)) for one in files},
        stamps={one.id: carry(f"stamp-{one.id}", seen.stamping(one)) for one in files},
        stamp_default=actions.DEFAULT_TEXT,
        stamp_sample=actions.sampled,
        pictures={one.id: carry(f"picture-{one.id}", seen.picture(one)) for one in row.pictures},
        picture_order=carry("picture-order", seen.order(row.pictures)),
        picture_of=picture,
        live_topics=f"workspace:{member().workspace_id}:products",
        **_variants(row, fill or {}),
    )


def _basics(row: Product) -> Any:
    values = {"title": row.title, "description": row.description, "kind": row.kind, "tags": ", ".join(row.tags)}
    values["category"] = str(row.category_id or "")
    return show(forms.ProductForm, **values) if is_sent("basics") else forms.ProductForm(**values)


def _variants(row: Product, fill: dict[str, str]) -> dict[str, Any]:
    present = [one for one in row.variants if one.archived_at is None]
    shelves = stockroom.doors.shelves([one.id for one in present]) if row.ships else {}
    typed = request.form if is_sent("variants") else {}
    return {
        "variants": present,
        "archived": [one for one in row.variants if one.archived_at is not None],
        "columns": grid.columns(row.ships),
        "rows": grid.rows(present, shelves, typed, fill),
        "grid": carry("variants", seen.variants(present, row.title)),
        "filled": bool(fill),
    }


@blueprint.post(HERE)
@requires(WRITE, again=product)
def save_product(product_id: UUID) -> object:
    form, row = parse(forms.ProductForm), locked(product_id)
    changed_elsewhere(row.version, form.version.data if not request.form.get("seen") else None)
    expect("basics", seen.basics(row), row.id)
    chosen = next((one.id for one in queries.categories() if str(one.id) == form.category.data), None)
    kind = form.kind.data or row.kind
    actions.update_product(
        actor(),
        row,
        title=(form.title.data or "").strip(),
        description=form.description.data or "",
        category_id=chosen,
        tags=clean_tags(form.tags.data or ""),
        ships=forms.ships(kind),
        downloads=forms.downloads(kind),
    )
    return saved(product_id, "Saved.")


@blueprint.post(f"{HERE}/customs")
@requires(WRITE, again=product)
def save_customs(product_id: UUID) -> object:
    """What customs are told about it, where it differs from the workspace's default."""
    row = locked(product_id)
    expect("customs", seen.customs(row), row.id)
    actions.update_product(actor(), row, None, **forms.customs(request.form))
    return saved(product_id, "Saved.", "customs")


STATES = {
    "list": (actions.list_product, "Listed: buyers can find it now."),
    "unlist": (actions.unlist_product, "Taken down. Nobody can buy it until you list it again."),
    "archive": (actions.archive_product, "Archived. Past buyers keep what they have."),
    "restore": (actions.restore_product, "Back as a draft. List it when it is ready."),
}


@blueprint.post(f"{HERE}/state")
@requires(WRITE, again=product)
def change_state(product_id: UUID) -> object:
    """List, take down, archive or restore; listing is refused with every reason."""
    chosen = STATES.get(request.form.get("do", ""))
    if chosen is None:
        raise NotFound
    change, words = chosen
    change(actor(), queries.product_by_id(product_id))
    return saved(product_id, words, "publish")


def locked(product_id: UUID) -> Product:
    """The product with its parts, its row locked: saves of two tabs come one after the other. Raises NotFound."""
    db.lock(db.get(Product, product_id))
    return queries.product_by_id(product_id)


def mine(model: type[Any], row_id: UUID, product_id: UUID) -> Any:
    """A row of this very product. Raises NotFound."""
    row = db.get(model, row_id)
    if row.product_id != product_id:
        raise NotFound
    return row


def picture(media: Media, width: int = 320) -> str:
    return queries.own_picture_url(media, member().slug, width)


def saved(product_id: UUID, words: str, part: str = "basics") -> object:
    flash(words, "good")
    return back(f"/w/{member().slug}/products/{product_id}#{part}")
