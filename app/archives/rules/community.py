"""The forum: what was said leaves; what somebody read, follows or has not posted is theirs."""

from app.archives.rules.rule import leaves, stays

OWN = "belongs to each person, who gets it with their own data"

COMMUNITY = (
    leaves("communities", "slug name about rules state version created_at"),
    leaves(
        "forum_categories",
        "slug name about position audience writes product_id threads last_post_at archived_at version created_at",
    ),
    leaves("forum_category_products", "category_id product_id"),
    leaves(
        "forum_people",
        "user_id handle former name team trust posts suspended_until banned_at barred_for created_at",
    ),
    leaves(
        "forum_threads",
        "category_id author_id title slug excerpt state tags pinned_at locked_at accepted_id merged_id last_number numbers"
        " posts score voices last_post_at version created_at",
        derived="search",
    ),
    leaves(
        "forum_posts",
        "thread_id category_id number branch author_id parent_id body state held_for spam signals fingerprint score flags"
        " edited_at version created_at",
        derived="html excerpt search",
        private="key",
    ),
    leaves("forum_revisions", "post_id editor_id title body reason redacted_at created_at"),
    leaves("forum_votes", "post_id user_id value created_at"),
    leaves("forum_polls", "post_id question many closes_at voters created_at"),
    leaves("forum_poll_options", "poll_id position words votes"),
    leaves("forum_poll_votes", "poll_id option_id user_id created_at"),
    leaves("forum_pictures", "user_id post_id name width height state error created_at", place="key"),
    leaves("product_answers", "product_id thread_id post_id position created_at"),
    leaves("forum_flags", "post_id user_id reason words state decided_at created_at"),
    leaves(
        "forum_moderations",
        "actor_name actor_id verb reason category_id thread_id post_id subject_id about created_at",
    ),
    leaves("forum_appeals", "moderation_id user_id words state answer answered_by decided_at created_at"),
    stays("forum_readings", OWN),
    stays("forum_followings", OWN),
    stays("forum_drafts", OWN),
    stays("forum_saves", OWN),
    stays("forum_views", OWN),
    stays("forum_hidden_tags", OWN),
    stays("forum_default_views", OWN),
)
