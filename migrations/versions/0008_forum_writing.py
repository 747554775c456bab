"""What writing in the forum needs: handles that were given up, redacted revisions, refused pictures, threads of a similar title."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WORKSPACE = "nullif(current_setting('app.workspace_id', true), '')::uuid"
MOST_LOOKED_AT = 2000
FUNCTION = "similar_threads(text, int)"


def upgrade() -> None:
    op.add_column(
        "forum_people",
        sa.Column("former", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    )
    op.add_column("forum_revisions", sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("forum_pictures", sa.Column("error", sa.String(), server_default="", nullable=False))
    op.create_index(
        "ix_forum_pictures_unused",
        "forum_pictures",
        ["workspace_id", "id"],
        unique=False,
        postgresql_where=sa.text("post_id is null"),
    )
    op.execute(SIMILAR)
    op.execute(f"alter function {FUNCTION} owner to guildhall_search")
    op.execute(f"revoke all on function {FUNCTION} from public")
    op.execute(f"grant execute on function {FUNCTION} to guildhall_app")


SIMILAR = f"""
create function similar_threads(said text, most int) returns table (id uuid, alike real)
language plpgsql stable security definer
set search_path = public, pg_temp set jit = off set plan_cache_mode = force_custom_plan
set pg_trgm.similarity_threshold = 0.25 set pg_trgm.word_similarity_threshold = 0.45 as $$
declare
    here constant uuid := {WORKSPACE};
    entered constant uuid[] := forum_entered();
begin
    if cardinality(entered) = 0 then return; end if;
    perform set_config('enable_seqscan', 'off', true);
    perform set_config('enable_indexscan', 'off', true);
    return query
    select x.id, greatest(similarity(x.title, said), word_similarity(said, x.title)) as near from (
        select t.id, t.title, t.state, t.category_id from forum_threads t
        where t.workspace_id = here and (t.title % said or said <% t.title) limit {MOST_LOOKED_AT}) x
    where x.state = 'visible' and x.category_id = any(entered)
    order by near desc, x.id desc limit most;
    perform set_config('enable_seqscan', 'on', true);
    perform set_config('enable_indexscan', 'on', true);
end $$
"""
"""The index of titles is lost under row-level security; the categories that the reader may enter are asked for inside."""


def downgrade() -> None:
    op.execute(f"drop function {FUNCTION}")
    op.drop_index("ix_forum_pictures_unused", table_name="forum_pictures", postgresql_where=sa.text("post_id is null"))
    op.drop_column("forum_pictures", "error")
    op.drop_column("forum_revisions", "redacted_at")
    op.drop_column("forum_people", "former")
