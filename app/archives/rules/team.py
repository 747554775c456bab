"""The workspace itself: its people, its trail, and what this feature keeps."""

from app.archives.rules.rule import leaves, stays

TEAM = (
    leaves("members", "user_id role removed_at created_at"),
    leaves(
        "invitations",
        "role email invited_by expires_at accepted_at accepted_by revoked_at created_at",
        secret="token_hash",
    ),
    leaves(
        "audit_entries",
        "position at actor_kind actor_name actor_id action subject subject_id data prev_hash hash",
    ),
    leaves("audit_anchors", "position at hash"),
    stays("archives", "earlier archives are not put into later ones"),
    stays("archive_imports", "tells of archives that were brought in, not of the business"),
)
