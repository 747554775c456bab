"""Threads called alike by the words of their titles, which an index has; letters alone are compared for few. Threads by their beginning."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

WORKSPACE = "nullif(current_setting('app.workspace_id', true), '')::uuid"
FUNCTION = "similar_threads(text, int)"
WORDS, EACH = 12, 200
"""Words of what is typed that are looked up, and how many threads are taken of each."""
GUESSED, COMPARED = 2, 200
"""Words that no title has are looked for by their letters, the longest first; and so many titles are compared as a whole."""


def upgrade() -> None:
    op.create_index("ix_forum_threads_begun", "forum_threads", ["workspace_id", "created_at", "id"])
    op.create_index(
        "ix_forum_threads_titled",
        "forum_threads",
        ["workspace_id", sa.text("to_tsvector('public.forum', title)")],
        postgresql_using="gin",
    )
    _replace(SIMILAR)


def _replace(made: str) -> None:
    op.execute(f"drop function {FUNCTION}")
    op.execute(made)
    op.execute(f"alter function {FUNCTION} owner to guildhall_search")
    op.execute(f"revoke all on function {FUNCTION} from public")
    op.execute(f"grant execute on function {FUNCTION} to guildhall_app")


SIMILAR = f"""
create function similar_threads(said text, most int) returns table (id uuid, alike real)
language plpgsql stable security definer
set search_path = public, pg_temp set jit = off set plan_cache_mode = force_custom_plan
set enable_seqscan = off set enable_indexscan = off set pg_trgm.word_similarity_threshold = 0.5 as $$
declare
    here constant uuid := {WORKSPACE};
    entered constant uuid[] := forum_entered();
    word text;
    hits uuid[];
    likely uuid[] := '{{}}';
    common text[] := '{{}}';
    unknown text[] := '{{}}';
begin
    if cardinality(entered) = 0 then return; end if;
    for word in select w.lexeme from unnest(to_tsvector('public.forum', said)) w limit {WORDS} loop
        select coalesce(array_agg(x.id), '{{}}') into hits from (
            select t.id from forum_threads t
            where t.workspace_id = here and to_tsvector('public.forum', t.title) @@ quote_literal(word)::tsquery
            limit {EACH}) x;
        likely := likely || hits;
        if cardinality(hits) = {EACH} then common := common || quote_literal(word);
        elsif cardinality(hits) = 0 then unknown := unknown || word; end if;
    end loop;
    for at in 0..cardinality(common) loop
        exit when cardinality(common) < 2 or (at > 0 and cardinality(common) = 2);
        select coalesce(array_agg(x.id), '{{}}') into hits from (
            select t.id from forum_threads t
            where t.workspace_id = here
              and to_tsvector('public.forum', t.title)
                  @@ array_to_string(array_remove(common, common[at]), ' & ')::tsquery
            limit {EACH}) x;
        likely := likely || hits;
    end loop;
    for word in
        select m[1] from regexp_matches(lower(said), '\\w{{4,30}}', 'g') m
        where exists (select 1 from unnest(to_tsvector('public.forum', m[1])) w where w.lexeme = any(unknown))
        order by length(m[1]) desc limit {GUESSED}
    loop
        select coalesce(array_agg(x.id), '{{}}') into hits from (
            select t.id from forum_threads t where t.workspace_id = here and word <% t.title limit {EACH}) x;
        likely := likely || hits;
    end loop;
    return query
    select x.id, greatest(x.whole, x.part) from (
        select t.id, similarity(t.title, said) as whole, word_similarity(said, t.title) as part
        from forum_threads t
        where t.workspace_id = here and t.state = 'visible' and t.category_id = any(entered) and t.id = any(array(
            select l.id from unnest(likely) as l (id) group by l.id order by count(*) desc, l.id desc limit {COMPARED}))) x
    where x.whole >= 0.25 or x.part >= 0.45
    order by greatest(x.whole, x.part) desc, x.id desc limit most;
end $$
"""
"""A rare word names its threads; of frequent ones, those that have all of them, or all but one, come first. Each step
is a statement with a plan of its own. Typed in the reader's scope: only categories that they may enter are looked at in the end."""

BEFORE = f"""
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
        where t.workspace_id = here and (t.title % said or said <% t.title) limit 2000) x
    where x.state = 'visible' and x.category_id = any(entered)
    order by near desc, x.id desc limit most;
    perform set_config('enable_seqscan', 'on', true);
    perform set_config('enable_indexscan', 'on', true);
end $$
"""


def downgrade() -> None:
    _replace(BEFORE)
    op.drop_index("ix_forum_threads_titled", table_name="forum_threads")
    op.drop_index("ix_forum_threads_begun", table_name="forum_threads")
