"""Labels in steps: what kind, make it, is it ready, fetch it. Batches of fifty; each entry succeeds or fails alone."""

from collections.abc import Callable

from app.sandbox.carriers import label
from app.sandbox.carriers.store import token
from app.sandbox.market import orders
from app.sandbox.market.calls import Call, Refusal, Reply
from app.sandbox.market.store import Doc

from . import config, news, order_docs
from .dialect import api, members, refusal, shop_of
from .logistics import read

TYPES = (
    "NORMAL_AIR_WAYBILL", "THERMAL_AIR_WAYBILL", "NORMAL_JOB_AIR_WAYBILL", "THERMAL_JOB_AIR_WAYBILL", "THERMAL_UNPACKAGED_LABEL",
)  # fmt: skip
USUAL = "THERMAL_AIR_WAYBILL"
MOST = 50
FIRST = (
    "logistics.shipping_document_should_print_first",
    "The package can not print now, please create shipping document first.",
)
Step = Callable[[Call, Doc, Doc, Doc], Doc]


def _batch(call: Call, step: Step) -> Reply:
    """The result of each entry; when every one failed the whole answer says so."""
    results = [_one(call, row, step) for row in members(call, "order_list", MOST)]
    failed = [one for one in results if "fail_error" in one]
    if len(failed) == len(results):
        words = "Failed, please check result_list for more details."
        raise refusal("common.batch_api_all_failed", words, response={"result_list": results})
    warned = [{name: one[name] for name in ("order_sn", "package_number") if name in one} for one in failed]
    return Reply(
        {
            "error": "",
            "message": "",
            "response": {"result_list": results},
            "warning": warned or None,
            "request_id": token(),
        }
    )


def _one(call: Call, row: Doc, step: Step) -> Doc:
    named = {name: row[name] for name in ("order_sn", "package_number") if row.get(name)}
    found = read(call, row)
    if isinstance(found, Refusal):
        return {**named, **_failed(found)}
    try:
        return {**named, **step(call, *found, row)}
    except Refusal as error:
        return {**named, **_failed(error)}


def _failed(error: Refusal) -> Doc:
    return {"fail_error": error.reply.body["error"], "fail_message": error.reply.body["message"]}


def _kept(order: Doc, parcel: Doc) -> Doc | None:
    found: Doc | None = order["private"].get("papers", {}).get(parcel["id"])
    return found


def _keep(call: Call, order: Doc, parcel: Doc, paper: Doc) -> None:
    order["private"].setdefault("papers", {})[parcel["id"]] = paper
    orders.keep(call.scope, shop_of(call), order)


@api.on("POST", "/logistics/get_shipping_document_parameter")
def parameter(call: Call) -> Reply:
    """Which kinds of label a parcel can have."""

    def step(call: Call, order: Doc, parcel: Doc, row: Doc) -> Doc:
        return {"suggest_shipping_document_type": USUAL, "selectable_shipping_document_type": list(TYPES[:2])}

    return _batch(call, step)


@api.on("POST", "/logistics/create_shipping_document")
def create(call: Call) -> Reply:
    """Begin to make labels; the tracking number must be the parcel's own, and known."""

    def step(call: Call, order: Doc, parcel: Doc, row: Doc) -> Doc:
        if not order["platform_ships"] or parcel["state"] in ("to_ship", "cancelled"):
            raise refusal("logistics.package_can_not_print", "The package can not print now.")
        if parcel["polls"] or row.get("tracking_number") != parcel["tracking"]:
            raise refusal("logistics.tracking_number_invalid", "The tracking_number is invalid.")
        kind = row.get("shipping_document_type") or USUAL
        if kind not in TYPES[:2]:
            raise refusal(
                "logistics.shipping_document_type_invalid", f"The type {kind} is not supported for this package."
            )
        _keep(call, order, parcel, {"kind": kind, "polls": int(config.options(call.scope)["paper_polls"])})
        news.later(call.scope, news.PAPER, shop_of(call), order, parcel["id"])
        return {}

    return _batch(call, step)


@api.on("POST", "/logistics/get_shipping_document_result")
def result(call: Call) -> Reply:
    """PROCESSING for the first looks, then READY."""

    def step(call: Call, order: Doc, parcel: Doc, row: Doc) -> Doc:
        paper = _kept(order, parcel)
        if paper is None or row.get("shipping_document_type", paper["kind"]) != paper["kind"]:
            raise refusal(*FIRST)
        if paper["polls"] > 0:
            _keep(call, order, parcel, {**paper, "polls": paper["polls"] - 1})
            return {"status": "PROCESSING"}
        news.printed(call.scope, shop_of(call), order, parcel["id"])
        return {"status": "READY"}

    return _batch(call, step)


@api.on("POST", "/logistics/download_shipping_document")
def download(call: Call) -> Reply:
    """The file itself: no JSON, unless something is wrong."""
    pages = [_page(call, row) for row in members(call, "order_list", MOST)]
    if len(pages) > 1:
        raise refusal("logistics.packages_can_not_download_together", "Packages can not download together.")
    return Reply(label.render(pages[0], "pdf"), 200, {"Content-Type": "application/pdf"})


def _page(call: Call, row: Doc) -> label.Label:
    found = read(call, row)
    if isinstance(found, Refusal):
        raise found
    order, parcel = found
    paper = _kept(order, parcel)
    if paper is None or call.body.get("shipping_document_type", paper["kind"]) != paper["kind"]:
        raise refusal(FIRST[0], f"{FIRST[1]}Detail: these orders: {order['id']} should print")
    if paper["polls"] > 0:
        raise refusal("logistics.download_later", f"Processing, please download later. Detail: {order['id']}")
    return _label(shop_of(call), order, parcel)


def _label(shop: Doc, order: Doc, parcel: Doc) -> label.Label:
    to = order["recipient"]
    lines = (to["name"], to["line1"], to["line2"], f"{to['city']} {to['postcode']}", to["country"])
    return label.Label(
        service=label.plain(order_docs.CARRIER),
        sender=(label.plain(shop["name"]).upper(), label.plain(shop["region"])),
        recipient=tuple(label.plain(one).upper() for one in lines if one.strip()),
        number=parcel["tracking"],
        about=(order["id"], parcel["id"]),
        references=("SANDBOX: NO REAL PARCEL",),
    )
