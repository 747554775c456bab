"""The product editor, section by section; each saves on its own."""

from typing import Any
from uuid import UUID

from flask import flash, request

from app.catalogue import actions, forms, queries
from app.catalogue.actions import files, pictures
from app.catalogue.models import File, Media, Variant
from app.catalogue.routes import blueprint
from app.catalogue.text import clean_tags
from app.core import db
from app.core.errors import NotFound, Refused
from app.core.permissions import Permission
from app.core.web import render
from app.core.web.access import actor, back, member, requires
from app.core.web.forms import parse, show
from app.core.web.intake import uploads
from app.core.web.limits import limit

READ, WRITE = Permission.CATALOGUE_PRODUCT_READ, Permission.CATALOGUE_PRODUCT_WRITE
HERE = "/w/<workspace>/products/<uuid:product_id>"


@blueprint.get(HERE)
@requires(READ)
def product(product_id: UUID) -> str:
    """Everything about one product; live while its pictures are being made."""
    row = queries.product_by_id(product_id)
    basics = {
        "title": row.title,
        "description": row.description,
        "kind": row.kind,
        "tags": ", ".join(row.tags),
        "version": row.version,
    }
    return render.page(
        "catalogue/product.html",
        product=row,
        form=show(forms.ProductForm, **basics),
        categories=queries.categories(),
        files=queries.files_of(row.id),
        checks=queries.listing_checklist(row),
        slug=member().slug,
        picture_of=_picture,
        variants=[one for one in row.variants if one.archived_at is None],
        live_topics=f"workspace:{member().workspace_id}:products",
    )


@blueprint.post(HERE)
@requires(WRITE, again=product)
def save_product(product_id: UUID) -> object:
    form, row = parse(forms.ProductForm), queries.product_by_id(product_id)
    chosen = next((one.id for one in queries.categories() if str(one.id) == form.category.data), None)
    kind = form.kind.data or row.kind
    actions.update_product(
        actor(),
        row,
        form.version.data,
        title=(form.title.data or "").strip(),
        description=form.description.data or "",
        category_id=chosen,
        tags=clean_tags(form.tags.data or ""),
        ships=forms.ships(kind),
        downloads=forms.downloads(kind),
    )
    return _saved(product_id, "Saved.")


@blueprint.post(f"{HERE}/options")
@requires(WRITE, again=product)
def save_options(product_id: UUID) -> object:
    actions.set_options(actor(), queries.product_by_id(product_id), forms.options(request.form))
    return _saved(product_id, "Variants follow the options now.", "variants")


@blueprint.post(f"{HERE}/variants")
@requires(WRITE, again=product)
def save_variants(product_id: UUID) -> object:
    """All rows of the variant table at once; one wrong cell keeps everything typed."""
    for variant in [one for one in queries.product_by_id(product_id).variants if one.archived_at is None]:
        _save_variant(variant)
    return _saved(product_id, "Variants saved.", "variants")


def _save_variant(variant: Variant) -> None:
    def typed(name: str) -> str:
        return request.form.get(f"{name}-{variant.id}", "")

    price = forms.money(typed("price"), variant.currency, f"price-{variant.id}")
    if price is None:
        raise Refused("Every variant needs a price.", field=f"price-{variant.id}")
    was = forms.money(typed("was"), variant.currency, f"was-{variant.id}")
    sizes = {
        name: forms.whole(typed(name), f"{name}-{variant.id}")
        for name in ("weight_g", "length_mm", "width_mm", "height_mm")
    }
    actions.update_variant(
        actor(), variant, price=price, sku=typed("sku"), compare_at_minor=was.minor if was else None, **sizes
    )


@blueprint.post(f"{HERE}/pictures")
@limit("60/minute")
@requires(WRITE, again=product)
@uploads(pictures.LARGEST * pictures.MOST)
def add_pictures(product_id: UUID) -> object:
    row, sent = queries.product_by_id(product_id), [one for one in request.files.getlist("picture") if one.filename]
    if not sent:
        raise Refused("Choose a picture first.", field="picture")
    for one in sent:
        actions.add_picture(actor(), row, one.stream, one.filename or "", request.form.get("alt", ""))
    return _saved(product_id, "Uploaded. Sizes are being made; they appear by themselves.", "pictures")


@blueprint.post(f"{HERE}/pictures/<uuid:media_id>")
@requires(WRITE, again=product)
def change_picture(product_id: UUID, media_id: UUID) -> object:
    media = _mine(Media, media_id, product_id)
    if request.form.get("do") == "remove":
        actions.remove_picture(actor(), media)
    elif request.form.get("do") in ("earlier", "later"):
        actions.move_picture(actor(), media, -1 if request.form["do"] == "earlier" else 1)
    else:
        form = parse(forms.PictureForm)
        actions.describe_picture(actor(), media, form.alt.data or "", bool(form.decorative.data))
    return _saved(product_id, "Pictures saved.", "pictures")


@blueprint.post(f"{HERE}/files")
@limit("60/minute")
@requires(WRITE, again=product)
@uploads(files.LARGEST)
def add_file(product_id: UUID) -> object:
    """One file; `size` is what the browser says it is, so a cut upload is noticed."""
    row, sent = queries.product_by_id(product_id), request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused("Choose a file first.", field="file")
    said = request.form.get("size", "")
    size = int(said) if said.isdecimal() and len(said) < 16 else None
    file = actions.add_file(actor(), row, sent.stream, sent.filename, expected_size=size)
    return _saved(product_id, f"{file.name} is stored.", "files")


@blueprint.post(f"{HERE}/files/<uuid:file_id>")
@requires(WRITE, again=product)
def change_file(product_id: UUID, file_id: UUID) -> object:
    file = _mine(File, file_id, product_id)
    if request.form.get("do") == "remove":
        actions.remove_file(actor(), file)
    elif request.form.get("do") in ("earlier", "later"):
        actions.move_file(actor(), file, -1 if request.form["do"] == "earlier" else 1)
    else:
        raw = request.form.get("limit", "").strip()
        actions.set_download_limit(actor(), file, forms.whole(raw, "limit") if raw else None)
    return _saved(product_id, "Files saved.", "files")


@blueprint.post(f"{HERE}/state")
@requires(WRITE, again=product)
def change_state(product_id: UUID) -> object:
    """List, take down or archive; listing is refused with every reason."""
    row = queries.product_by_id(product_id)
    change = {"list": actions.list_product, "unlist": actions.unlist_product, "archive": actions.archive_product}.get(
        request.form.get("do", "")
    )
    if change is None:
        raise NotFound
    change(actor(), row)
    words = {
        "list": "Listed: buyers can find it now.",
        "unlist": "Taken down. Nobody can buy it until you list it again.",
        "archive": "Archived. Past buyers keep what they have.",
    }
    return _saved(product_id, words[request.form["do"]], "publish")


def _mine(model: type[Any], row_id: UUID, product_id: UUID) -> Any:
    """A row of this very product. Raises NotFound."""
    row = db.get(model, row_id)
    if row.product_id != product_id:
        raise NotFound
    return row


def _picture(media: Media, width: int = 320) -> str:
    return queries.own_picture_url(media, member().slug, width)


def _saved(product_id: UUID, words: str, part: str = "basics") -> object:
    flash(words, "good")
    return back(f"/w/{member().slug}/products/{product_id}#{part}")
