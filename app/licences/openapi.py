"""The public interface as an OpenAPI 3.1 document, written beside the routes that it describes."""

from typing import Any

from app.core import settings

TEXT, STAMP, ID = {"type": "string"}, {"type": "string", "format": "date-time"}, {"type": "string", "format": "uuid"}
MEANINGS = {
    "invalid_request": (400, "Something is missing or cannot be read; the message names it."),
    "licence_not_found": (404, "No such key here. The same answer for a key of another product."),
    "licence_disabled": (403, "The seller has disabled the key."),
    "licence_revoked": (403, "Refunded, disputed with the bank, or ended. It returns by itself when that is undone."),
    "licence_expired": (403, "Its time is over."),
    "activation_limit_reached": (409, "All seats are taken. Buyers free one in their library."),
    "activation_not_found": (404, "The seat was freed. Activate again."),
    "request_too_large": (413, "A request is at most 16 KiB."),
    "rate_limited": (429, "Wait as many seconds as Retry-After says."),
    "not_found": (404, "No workspace, or no public key, at this address."),
}
"""Every code with its status and what a program makes of it."""
CODES = tuple(MEANINGS)
ENDED = ("licence_disabled", "licence_revoked", "licence_expired")


def document() -> dict[str, Any]:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Guildhall licences",
            "version": "1",
            "summary": "Activate, check and give back licences of programs that were sold here.",
            "description": (
                "No account and no session: the licence key is the proof. Send JSON or a form, at most 16 KiB. "
                "60 requests a minute for each address and for each key. "
                "Codes are stable; new ones may be added. Times are UTC in RFC 3339."
            ),
        },
        "servers": [{"url": settings.current().app_url}],
        "paths": _paths(),
        "components": {"schemas": _schemas(), "responses": _responses()},
    }


def _paths() -> dict[str, Any]:
    return {
        "/api/v1/licences/activate": _post(
            "activateLicence",
            "Take a seat for a device",
            "The same fingerprint gets the seat that it has (200), so a call may be repeated; a new seat is 201.",
            "Activate",
            {"200": "Activated", "201": "Activated"},
            ("403", "409"),
        ),
        "/api/v1/licences/validate": _post(
            "validateLicence",
            "Ask whether a key is good",
            "A key that is known is answered with 200; `valid` and `code` say how it is. With `activation_id` or "
            "`fingerprint` the seat is checked too, and a fresh signed file comes along.",
            "Ask",
            {"200": "Validated"},
            (),
        ),
        "/api/v1/licences/deactivate": _post(
            "deactivateLicence",
            "Give a seat back",
            "By `activation_id` or `fingerprint`. Works for licences that have ended, too.",
            "Ask",
            {"200": "Deactivated"},
            (),
        ),
        "/api/v1/licences/keys/{workspace}": _keys(),
    }


def _post(
    name: str, title: str, words: str, body: str, good: dict[str, str], refusals: tuple[str, ...]
) -> dict[str, Any]:
    sent = {"schema": {"$ref": f"#/components/schemas/{body}"}}
    answers: dict[str, Any] = {
        status: {"description": title, "content": {"application/json": {"schema": _ref(schema)}}}
        for status, schema in good.items()
    }
    answers |= {
        status: {"$ref": f"#/components/responses/{status}"} for status in ("400", "404", *refusals, "413", "429")
    }
    return {
        "post": {
            "operationId": name,
            "summary": title,
            "description": words,
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/json": sent, "application/x-www-form-urlencoded": sent},
            },
            "responses": answers,
        }
    }


def _keys() -> dict[str, Any]:
    found = {"description": "The keys", "content": {"application/json": {"schema": _ref("PublicKeys")}}}
    return {
        "get": {
            "operationId": "licenceKeys",
            "summary": "The public keys that check licence files of a workspace",
            "description": "The one that signs now first, then the next one, if it was made, then up to five old ones.",
            "security": [],
            "parameters": [
                {
                    "name": "workspace",
                    "in": "path",
                    "required": True,
                    "description": "Its id, or its name in addresses.",
                    "schema": TEXT,
                }
            ],
            "responses": {
                "200": found,
                "404": {"$ref": "#/components/responses/404"},
                "429": {"$ref": "#/components/responses/429"},
            },
        }
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def _object(properties: dict[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required or properties)}


def _schemas() -> dict[str, Any]:
    place = {
        "key": TEXT | {"maxLength": 200, "description": "Case, spaces and hyphens of made keys do not matter."},
        "product": ID | {"description": "The product's id; or send `workspace`."},
        "workspace": TEXT | {"maxLength": 100, "description": "Its id, or its name in addresses."},
        "fingerprint": TEXT | {"maxLength": 200, "description": "What tells this device apart, the same each time."},
    }
    either = {"anyOf": [{"required": ["product"]}, {"required": ["workspace"]}]}
    name = TEXT | {"maxLength": 120, "description": "How people will call it, such as «Studio laptop»."}
    licence, seat, file = _ref("Licence"), _ref("Activation"), _ref("LicenceFile")
    return {
        "Activate": _object(place | {"name": name}, ("key", "fingerprint")) | either,
        "Ask": _object(place | {"activation_id": ID}, ("key",)) | either,
        "Activated": _object({"activated": {"const": True}, "activation": seat, "licence": licence, "file": file}),
        "Validated": _object(
            {
                "valid": {"type": "boolean"},
                "code": _maybe({"enum": [*ENDED, "activation_not_found"]}),
                "activation": _maybe(seat),
                "licence": licence,
                "file": _maybe(file),
            }
        ),
        "Deactivated": _object({"deactivated": {"const": True}, "licence": licence}),
        "Licence": _licence(),
        "Activation": _object({"id": ID, "name": TEXT, "fingerprint": TEXT, "created_at": STAMP}),
        "LicenceFile": _object(
            {"format": {"const": "guildhall-licence-1"}, "key_id": ID, "payload": TEXT, "signature": TEXT}
        ),
        "PublicKeys": _object(
            {
                "workspace_id": ID,
                "format": {"const": "guildhall-licence-1"},
                "keys": {"type": "array", "items": _ref("PublicKey")},
            }
        ),
        "PublicKey": _object(
            {
                "key_id": ID,
                "algorithm": {"const": "Ed25519"},
                "public_key": TEXT | {"description": "32 bytes in base64."},
                "started_at": _maybe(
                    STAMP | {"description": "Since when it signs; null for the next key, which is to."}
                ),
                "retired_at": _maybe(
                    STAMP | {"description": "Since when it signs no more; what it signed is still good."}
                ),
            }
        ),
        "Error": _object({"error": _object({"code": {"enum": list(CODES)}, "message": TEXT})}),
    }


def _licence() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    return _object(
        {
            "id": ID,
            "state": {"enum": ["active", "revoked", "disabled", "expired"]},
            "product_id": ID,
            "product": TEXT,
            "variant": TEXT,
            "activation_limit": _maybe({"type": "integer", "minimum": 1}),
            "activations_used": count,
            "issued_at": _maybe(STAMP),
            "expires_at": _maybe(STAMP),
        }
    )


def _responses() -> dict[str, Any]:
    words = {
        "400": "invalid_request: a field is missing or cannot be read",
        "403": "licence_disabled, licence_revoked or licence_expired",
        "404": "licence_not_found, activation_not_found or not_found",
        "409": "activation_limit_reached",
        "413": "request_too_large",
        "429": "rate_limited; Retry-After says how many seconds to wait",
    }
    found: dict[str, Any] = {
        status: {"description": text, "content": {"application/json": {"schema": _ref("Error")}}}
        for status, text in words.items()
    }
    found["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    return found
