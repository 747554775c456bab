"""A label comes in steps: a tracking number, a task, its result, the file (SHOPEE.md §7). Every step may say «later»."""

from collections.abc import Mapping
from typing import Any

from app.channels.order_facts import Document
from app.channels.platforms import shopee_errors as errors
from app.channels.platforms import shopee_requests as asks
from app.channels.platforms.shopee_line import Line, checked
from app.channels.platforms.shopee_words import said
from app.core.errors import ProviderError
from app.core.wire import mapping, rows

NAME = errors.NAME
BATCH_FAILED = "common.batch_api_all_failed"
NOT_BEGUN = ("shipping_document_should_print_first", "package_can_not_print", "should_create_first")
LATER = ("download_later",)
USUAL = "THERMAL_AIR_WAYBILL"
TYPES = ((b"%PDF", "application/pdf"), (b"^XA", "application/zpl"), (b"PK\x03\x04", "application/zip"))


def label(line: Line, order_id: str, package_id: str, number: str) -> Document | None:
    """The label of a parcel that has its tracking number; None while Shopee is making it. Asked again it goes on."""
    kind = _kind(line, order_id, package_id)
    wanted = {**asks.parcel(order_id, package_id), "shipping_document_type": kind}
    state, why = _state(line, wanted)
    if state == "READY":
        return _file(line, wanted, kind)
    if state == "PROCESSING":
        return None
    _one(line, "/api/v2/logistics/create_shipping_document", {**wanted, "tracking_number": number})
    if state == "FAILED":
        raise ProviderError(NAME, why or "could not make the label", permanent=False, retry_after=30.0)
    state, _ = _state(line, wanted)
    return _file(line, wanted, kind) if state == "READY" else None


def _kind(line: Line, order_id: str, package_id: str) -> str:
    found = _one(line, "/api/v2/logistics/get_shipping_document_parameter", asks.parcel(order_id, package_id))
    return said(found.get("suggest_shipping_document_type")) or USUAL


def _state(line: Line, wanted: Mapping[str, Any]) -> tuple[str, str]:
    """READY, PROCESSING, FAILED with its reason, or "" when no task was made yet."""
    try:
        found = _one(line, "/api/v2/logistics/get_shipping_document_result", wanted)
    except ProviderError as error:
        if errors.short(error.remote_code or "") in NOT_BEGUN:
            return "", ""
        raise
    return said(found.get("status")), said(found.get("fail_message"))


def _one(line: Line, path: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result of a batch of one. Raises ProviderError with what is said about it, wherever that stands."""
    found = line.ask("POST", path, {"order_list": [wanted]})
    result = next(iter(rows(mapping(found.get("response")).get("result_list"))), {})
    if errors.code_of(found.get("error")) not in ("", BATCH_FAILED) or (not result and found.get("error")):
        checked(found)
    if errors.code_of(result.get("fail_error")) and said(result.get("status")) != "FAILED":
        raise errors.refusal(result["fail_error"], result.get("fail_message"))
    return result


def _file(line: Line, wanted: Mapping[str, Any], kind: str) -> Document | None:
    body = {
        "shipping_document_type": kind,
        "order_list": [asks.parcel(wanted["order_sn"], wanted.get("package_number", ""))],
    }
    try:
        response = line.download("/api/v2/logistics/download_shipping_document", body)
    except ProviderError as error:
        if errors.short(error.remote_code or "") in (*LATER, *NOT_BEGUN):
            return None
        raise
    told = response.headers.get("Content-Type", "").partition(";")[0].strip() or "application/octet-stream"
    return Document(response.content, next((name for start, name in TYPES if response.content.startswith(start)), told))
