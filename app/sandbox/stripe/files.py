"""Uploaded files: what a dispute's evidence refers to by id. Their bytes are read, measured and let go."""

from . import objects
from .errors import missing, refused
from .ids import new_id
from .objects import Doc
from .scope import Scope

PURPOSE = "dispute_evidence"
LARGEST = 4_500_000
SIGNATURES = {b"%PDF-": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png"}
EVIDENCE_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
"""The members of `evidence` that hold a file's id; the others hold text."""


def create(scope: Scope, filename: str, data: bytes) -> Doc:
    """Keep what is known of a file; raises 400 for one that no bank reads."""
    if len(data) > LARGEST:
        raise refused("The file is too large: evidence may have 4.5 MB.", "file")
    kind = next((kind for start, kind in SIGNATURES.items() if data.startswith(start)), None)
    if kind is None:
        raise refused("Invalid file type: evidence is a PDF, JPEG or PNG.", "file", "invalid_file_type")
    described = {
        "id": new_id("file"),
        "object": "file",
        "created": scope.now(),
        "expires_at": None,
        "filename": filename,
        "links": None,
        "purpose": PURPOSE,
        "size": len(data),
        "title": None,
        "type": kind,
        "url": None,
    }
    return objects.add(scope, described)


def require_files(scope: Scope, evidence: Doc) -> None:
    """Raise unless every file that evidence names was uploaded."""
    for name in EVIDENCE_FILES:
        if evidence.get(name) and objects.find(scope, "file", evidence[name]) is None:
            raise missing("file upload", str(evidence[name]), f"evidence[{name}]", 400)
