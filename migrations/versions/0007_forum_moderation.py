"""Moderation: why a post waits, texts that repeat, numbers given to what waits; and posts go out of sight with their thread."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

WITH_ITS_THREAD = (
    "exists (select 1 from forum_threads t where t.workspace_id = forum_posts.workspace_id"
    " and t.id = forum_posts.thread_id offset 0)"
)
"""The thread's own policy decides once more, so that hiding it hides what stands in it. With an offset it is asked for each
post: without, the planner may read all threads first, to look the posts' up among them."""


def upgrade() -> None:
    texts = sa.ARRAY(sa.Text())
    op.add_column("forum_posts", sa.Column("signals", texts, server_default=sa.text("'{}'"), nullable=False))
    op.add_column("forum_posts", sa.Column("fingerprint", sa.String(), server_default="", nullable=False))
    op.alter_column("forum_posts", "signals", server_default=None)
    op.alter_column("forum_posts", "fingerprint", server_default=None)
    op.create_index("ix_forum_posts_fingerprint", "forum_posts", ["workspace_id", "fingerprint"])
    op.add_column("forum_threads", sa.Column("numbers", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("forum_threads", "numbers", server_default=None)
    op.execute(
        f"create policy community_thread on forum_posts as restrictive for select using"
        f" ((select current_setting('app.scope', true)) is distinct from 'community' or {WITH_ITS_THREAD})"
    )


def downgrade() -> None:
    op.execute("drop policy community_thread on forum_posts")
    op.drop_column("forum_threads", "numbers")
    op.drop_index("ix_forum_posts_fingerprint", table_name="forum_posts")
    op.drop_column("forum_posts", "fingerprint")
    op.drop_column("forum_posts", "signals")
