"""Finding again and leaving out: hidden tags, saved threads and posts, named views, threads by their score."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

WORKSPACE = "(select nullif(current_setting('app.workspace_id', true), '')::uuid)"
USER = "(select nullif(current_setting('app.user_id', true), '')::uuid)"
SCOPE = "(select current_setting('app.scope', true))"
HERE = f"workspace_id = {WORKSPACE}"
OWN = f"user_id = {USER}"
TABLES = {
    "forum_hidden_tags": OWN,
    "forum_saves": OWN,
    "forum_views": f"(shared or {OWN})",
    "forum_default_views": OWN,
}
"""Whose rows they are, for members as for visitors: what somebody hides or keeps is nobody else's business."""
MOST = 400
FUNCTION = "threads_with_any(text[])"


def upgrade() -> None:
    op.create_table(
        "forum_hidden_tags",
        *_columns(sa.Column("tag", sa.String(), nullable=False)),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_forum_hidden_tags")),
        sa.UniqueConstraint(
            "workspace_id", "user_id", "tag", name=op.f("uq_forum_hidden_tags_workspace_id_user_id_tag")
        ),
    )
    op.create_table(
        "forum_saves",
        *_columns(
            sa.Column("thread_id", sa.Uuid(), nullable=True),
            sa.Column("post_id", sa.Uuid(), nullable=True),
        ),
        sa.CheckConstraint("num_nonnulls(thread_id, post_id) = 1", name=op.f("ck_forum_saves_one")),
        _key("forum_saves", "thread_id", "forum_threads"),
        _key("forum_saves", "post_id", "forum_posts"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_forum_saves")),
    )
    for column in ("thread_id", "post_id"):
        op.create_index(
            f"uq_forum_saves_{column.removesuffix('_id')}",
            "forum_saves",
            ["workspace_id", "user_id", column],
            unique=True,
            postgresql_where=sa.text(f"{column} is not null"),
        )
    op.create_index("ix_forum_saves_newest", "forum_saves", ["user_id", "id"])
    op.create_table(
        "forum_views",
        *_columns(
            sa.Column("category_id", sa.Uuid(), nullable=True),
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("query", sa.String(), nullable=False),
            sa.Column("shared", sa.Boolean(), nullable=False),
        ),
        _key("forum_views", "category_id", "forum_categories"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_forum_views")),
        sa.UniqueConstraint("workspace_id", "user_id", "name", name=op.f("uq_forum_views_workspace_id_user_id_name")),
    )
    op.create_index(
        "ix_forum_views_shared", "forum_views", ["workspace_id", "name"], postgresql_where=sa.text("shared")
    )
    op.create_table(
        "forum_default_views",
        *_columns(sa.Column("view_id", sa.Uuid(), nullable=False)),
        _key("forum_default_views", "view_id", "forum_views", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_forum_default_views")),
        sa.UniqueConstraint("workspace_id", "user_id", name=op.f("uq_forum_default_views_workspace_id_user_id")),
    )
    op.create_index("ix_forum_default_views_view", "forum_default_views", ["workspace_id", "view_id"])
    op.create_index("ix_forum_threads_score", "forum_threads", ["workspace_id", "score", "id"])
    _policies()
    op.execute(WITH_ANY)
    op.execute(f"alter function {FUNCTION} owner to guildhall_search")
    op.execute(f"revoke all on function {FUNCTION} from public")
    op.execute(f"grant execute on function {FUNCTION} to guildhall_app")


def _columns(*own: "sa.Column[object]") -> list["sa.Column[object]"]:
    ids = [sa.Column(name, sa.Uuid(), nullable=False) for name in ("workspace_id", "id", "user_id")]
    return [*ids, *own, sa.Column("created_at", sa.DateTime(timezone=True), nullable=False)]


def _key(table: str, column: str, other: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{other}.workspace_id", f"{other}.id"],
        name=op.f(f"fk_{table}_workspace_id_{column}"),
        ondelete=ondelete,
    )


def _policies() -> None:
    for table, whose in TABLES.items():
        op.execute(f"alter table {table} enable row level security")
        op.execute(f"alter table {table} force row level security")
        op.execute(f"grant select, insert, update, delete on {table} to guildhall_app")
        _policy(table, "system", "all", f"{SCOPE} = 'system'")
        _policy(table, "member", "all", f"{SCOPE} = 'workspace' and {HERE} and {whose}")
        _policy(table, "community", "select", f"{SCOPE} = 'community' and {HERE} and {whose}")
    for command in ("select", "delete"):
        _policy("forum_saves", f"buyer_{command}", command, f"{SCOPE} = 'buyer' and {OWN}")


def _policy(table: str, name: str, command: str, rule: str) -> None:
    check = f" with check ({rule})" if command == "all" else ""
    op.execute(f"create policy {name} on {table} for {command} using ({rule}){check}")


WITH_ANY = f"""
create function threads_with_any(tagged text[]) returns table (id uuid)
language sql stable security definer
set search_path = public, pg_temp set jit = off set plan_cache_mode = force_custom_plan
set enable_seqscan = off set enable_indexscan = on as $$
    select t.id from forum_threads t
    where t.workspace_id = nullif(current_setting('app.workspace_id', true), '')::uuid
      and t.tags && tagged and t.category_id = any((select forum_entered())::uuid[])
    limit {MOST} + 1
$$
"""
"""Threads with at least one of these tags, in no order; more than MOST say only that there are many."""


def downgrade() -> None:
    op.execute(f"drop function {FUNCTION}")
    op.drop_index("ix_forum_threads_score", table_name="forum_threads")
    for table in ("forum_default_views", "forum_views", "forum_saves", "forum_hidden_tags"):
        op.drop_table(table)
