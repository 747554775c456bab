"""Search in the forum: words of threads and posts, their indexes, and the functions that look through them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORKSPACE = "nullif(current_setting('app.workspace_id', true), '')::uuid"
USER = "nullif(current_setting('app.user_id', true), '')::uuid"
SCOPE = "current_setting('app.scope', true)"
TITLE = "setweight(to_tsvector('public.forum', title), 'A') || to_tsvector('public.forum', excerpt)"
COLUMNS = {"forum_threads": TITLE, "forum_posts": "to_tsvector('public.forum', body)"}
READ = ("forum_threads", "forum_posts", "forum_categories", "forum_category_products", "grants")
FUNCTIONS = (
    "forum_entered()",
    "search_forum(text, text, uuid, uuid, text, boolean, boolean, timestamptz, timestamptz, timestamptz)",
    "similar_words(text, int)",
    "tagged_threads(text)",
)
RANKED, FETCHED, WALKED = 400, 4000, 6000
"""Whatever is typed, about RANKED posts are ranked. A word that FETCHED posts at most should have is found by the index, and the
newest of its posts are taken; for a more common one the newest WALKED posts are looked through. What that misses are old
posts among very many."""
RECENT = 300
FROZEN = "set search_path = public, pg_temp set jit = off set plan_cache_mode = force_custom_plan"
BY_INDEX = f"{FROZEN} set enable_seqscan = off set enable_indexscan = on"
"""Named here, these two go back to what they were when the function ends, however often it changes them."""


def upgrade() -> None:
    op.execute("create extension if not exists btree_gin")
    op.execute("create text search configuration public.forum (copy = english)")
    op.execute(
        "alter text search configuration public.forum alter mapping for hword, hword_part, word with unaccent, english_stem"
    )
    for table, words in COLUMNS.items():
        op.add_column(table, sa.Column("search", sa.dialects.postgresql.TSVECTOR(), sa.Computed(words, persisted=True)))
    op.create_index(
        "ix_forum_threads_search", "forum_threads", ["workspace_id", "category_id", "search"], postgresql_using="gin"
    )
    op.create_index(
        "ix_forum_posts_search",
        "forum_posts",
        ["workspace_id", "category_id", "search"],
        postgresql_using="gin",
        postgresql_with={"gin_pending_list_limit": 256},
    )
    op.create_index(
        "ix_forum_threads_alike",
        "forum_threads",
        ["workspace_id", "title"],
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.drop_index("ix_forum_threads_tags", table_name="forum_threads")
    op.create_index("ix_forum_threads_tags", "forum_threads", ["workspace_id", "tags"], postgresql_using="gin")
    op.create_index(
        "ix_forum_threads_pinned",
        "forum_threads",
        ["workspace_id", "pinned_at"],
        postgresql_where=sa.text("pinned_at is not null"),
    )
    op.execute(f"grant select on {', '.join(READ)} to guildhall_search")
    for made in (ENTERED, SEARCH, ALIKE, TAGGED):
        op.execute(made)
    for function in FUNCTIONS:
        op.execute(f"alter function {function} owner to guildhall_search")
        op.execute(f"revoke all on function {function} from public")
        op.execute(f"grant execute on function {function} to guildhall_app")


HELD = (
    f"g.workspace_id = {WORKSPACE} and g.buyer_id = {USER} and g.revoked_at is null"
    " and g.starts_at <= statement_timestamp() and (g.ends_at is null or g.ends_at > statement_timestamp())"
)
ENTERED = f"""
create function forum_entered() returns uuid[] language sql stable security definer {FROZEN} as $$
    select coalesce(array_agg(c.id), '{{}}') from forum_categories c
    where c.workspace_id = {WORKSPACE} and (
        {SCOPE} = 'workspace'
        or ({SCOPE} = 'community' and c.archived_at is null and (
            c.audience = 'public'
            or (c.audience = 'customers' and exists (select 1 from grants g where {HELD}))
            or (c.audience = 'buyers' and exists (
                select 1 from forum_category_products p join grants g on g.product_id = p.product_id
                where p.workspace_id = {WORKSPACE} and p.category_id = c.id and {HELD})))))
$$
"""
"""The categories that the reader may enter: the rule of the policies (0005), in one place for all that search does."""

# The steps are statements of their own, since each needs a plan of its own: an index of words gives hits in no order, and the
# planner must not walk the table in the hope of finding some soon. How common a word is, its statistics say. The index knows no
# places of words: `loose` has «and» for «beside», so that a phrase's hits are counted before they are looked at.
SEARCH = f"""
create function search_forum(
    words text, titled text, wrote uuid, category uuid, tagged text, solved boolean, locked boolean,
    since timestamptz, until timestamptz, moment timestamptz
) returns table (id uuid, thread_id uuid, rank double precision)
language plpgsql security definer {BY_INDEX} as $$
#variable_conflict use_column
declare
    here constant uuid := {WORKSPACE};
    entered constant uuid[] := forum_entered();
    q constant tsquery := websearch_to_tsquery('public.forum', words);
    t constant tsquery := websearch_to_tsquery('public.forum', titled);
    loose constant tsquery := regexp_replace(q::text, '<(-|\\d+)>', '&', 'g')::tsquery;
    worded constant boolean := numnode(q) > 0;
    indexed constant boolean := querytree(q) not in ('', 'T');
    of_threads constant boolean := numnode(t) > 0 or tagged is not null or solved is not null or locked is not null;
    newest constant uuid := case when until is null then 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid
        else (lpad(to_hex((extract(epoch from until) * 1000)::bigint), 12, '0') || repeat('f', 20))::uuid end;
    plan json;
    likely double precision := 0;
    threads uuid[];
    found uuid[] := '{{}}';
    more uuid[];
begin
    if cardinality(entered) = 0 or (category is not null and not category = any(entered)) then return; end if;
    if of_threads then
        perform set_config('enable_indexscan', case when numnode(t) > 0 or tagged is not null then 'off' else 'on' end, true);
        select array_agg(x.id) into threads from (
            select * from (
                select x.id, x.search, x.tags, x.accepted_id, x.locked_at, x.category_id, x.state, x.last_post_at
                from forum_threads x
                where x.workspace_id = here and (category is null or x.category_id = category)
                  and (numnode(t) = 0 or x.search @@ t) and (tagged is null or x.tags @> array[tagged])
                order by case when numnode(t) = 0 and tagged is null then x.last_post_at end desc
                limit {FETCHED}) x
            where x.state = 'visible' and x.category_id = any(entered)
              and (numnode(t) = 0 or ts_filter(x.search, '{{a}}') @@ t)
              and (solved is null or (x.accepted_id is not null) = solved)
              and (locked is null or (x.locked_at is not null) = locked)
            order by x.last_post_at desc limit {RANKED}) x;
    end if;
    if indexed then
        execute format('explain (format json) select 1 from forum_posts p where p.workspace_id = %L and p.search @@ %L::tsquery', here, q)
            into plan;
        likely := (plan -> 0 -> 'Plan' ->> 'Plan Rows')::double precision;
        if not of_threads then
            perform set_config('enable_indexscan', 'off', true);
            if likely <= {FETCHED} then
                select array_agg(x.id) into more from (
                    select x.id from (
                        select x.id, x.last_post_at from forum_threads x
                        where x.workspace_id = here and x.search @@ q and (category is null or x.category_id = category)
                        limit {FETCHED}) x
                    order by x.last_post_at desc limit {RANKED} / 3) x;
            else
                perform set_config('enable_indexscan', 'on', true);
                select array_agg(x.id) into more from (
                    select x.id from (
                        select x.id, x.search, x.category_id from forum_threads x where x.workspace_id = here
                        order by x.last_post_at desc limit {WALKED} / 4) x
                    where x.search @@ q limit {RANKED} / 3) x;
            end if;
            perform set_config('enable_indexscan', 'on', true);
            select coalesce(array_agg(p.id), '{{}}') into found from forum_posts p
            where p.workspace_id = here and p.thread_id = any(more) and p.number = 1;
        end if;
    end if;
    more := null;
    if wrote is not null and (not indexed or likely > {RANKED}) then
        select array_agg(x.id) into more from (
            select p.id from (
                select p.id, p.search from forum_posts p
                where p.workspace_id = here and p.author_id = wrote and p.id <= newest
                order by p.id desc limit {WALKED}) p
            where not worded or p.search @@ q limit {RANKED}) x;
    elsif of_threads and (not indexed or likely > {RANKED}) then
        select array_agg(x.id) into more from (
            select p.id from (
                select p.id, p.search from forum_posts p
                where p.workspace_id = here and p.thread_id = any(threads) and (worded or p.number = 1) limit {WALKED}) p
            where not worded or p.search @@ q limit {RANKED}) x;
    elsif not indexed or likely > {FETCHED} then
        select array_agg(x.id) into more from (
            select p.id from (
                select p.id, p.search, p.category_id from forum_posts p where p.workspace_id = here and p.id <= newest
                order by p.id desc limit {WALKED}) p
            where (not worded or p.search @@ q) and (category is null or p.category_id = category) limit {RANKED}) x;
    end if;
    if indexed and (likely <= {FETCHED} or coalesce(cardinality(more), 0) < {RANKED} / 8) then
        perform set_config('enable_indexscan', 'off', true);
        select array_agg(x.id) into more from (
            select p.id from (
                select p.id, p.author_id, p.thread_id, p.search from forum_posts p
                where p.workspace_id = here and p.search @@ loose and (category is null or p.category_id = category)
                limit {FETCHED}) p
            where p.id <= newest and (wrote is null or p.author_id = wrote) and (not of_threads or p.thread_id = any(threads))
              and (loose = q or p.search @@ q)
            order by p.id desc limit {RANKED}) x;
        perform set_config('enable_indexscan', 'on', true);
    end if;
    found := found || coalesce(more, '{{}}');
    return query
    select p.id, p.thread_id, case when not worded then extract(epoch from p.created_at)::double precision else round((
        ts_rank(p.search, q, 1) * 4
        + case when p.number = 1 then ts_rank('{{0,0,0,1}}', x.search, q) * 2 else 0 end
        + case when x.accepted_id = p.id then 0.2 else 0 end
        + 0.05 * ln(1 + greatest(p.score, 0))
        + 0.25 / (1 + greatest(extract(epoch from moment - p.created_at), 0) / 15552000)
    )::numeric, 9)::double precision end
    from forum_posts p join forum_threads x on x.workspace_id = p.workspace_id and x.id = p.thread_id
    where p.workspace_id = here and p.id = any(found)
      and p.state = 'visible' and x.state = 'visible'
      and p.category_id = any(entered) and x.category_id = any(entered)
      and (category is null or p.category_id = category)
      and (wrote is null or p.author_id = wrote)
      and (not of_threads or x.id = any(threads))
      and (since is null or p.created_at >= since) and (until is null or p.created_at < until);
end $$
"""
ALIKE = f"""
create function similar_words(said text, most int) returns table (word text)
language plpgsql stable security definer {BY_INDEX} set pg_trgm.word_similarity_threshold = 0.55 as $$
declare
    here constant uuid := {WORKSPACE};
    entered constant uuid[] := forum_entered();
    titles text;
    recent text;
begin
    if cardinality(entered) = 0 then return; end if;
    perform set_config('enable_indexscan', 'off', true);
    perform from (
        select p.category_id, p.state from forum_posts p
        where p.workspace_id = here and p.search @@ plainto_tsquery('public.forum', said) limit {RECENT}) p
    where p.state = 'visible' and p.category_id = any(entered) limit 1;
    if found then return; end if;
    perform set_config('enable_indexscan', 'on', true);
    select string_agg(x.excerpt, ' ') into recent from (
        select p.excerpt, p.state, p.category_id, p.thread_id from forum_posts p
        where p.workspace_id = here order by p.id desc limit {RECENT}) x
    join forum_threads t on t.workspace_id = here and t.id = x.thread_id
    where x.state = 'visible' and t.state = 'visible' and x.category_id = any(entered) and t.category_id = any(entered);
    perform set_config('enable_indexscan', 'off', true);
    select string_agg(x.title, ' ') into titles from (
        select t.title, t.state, t.category_id from forum_threads t
        where t.workspace_id = here and said <% t.title limit {RECENT}) x
    where x.state = 'visible' and x.category_id = any(entered);
    return query
    select w.word from (
        select distinct lower(m[1]) as word from regexp_matches(concat_ws(' ', titles, recent), '\\w{{4,30}}', 'g') as m) w
    order by similarity(w.word, said) desc, w.word limit most;
end $$
"""
"""Words of titles and of the newest posts that the reader may read, those most like a mistyped one; none for a word that posts have."""
TAGGED = f"""
create function tagged_threads(tagged text) returns table (id uuid)
language sql stable security definer {BY_INDEX} as $$
    select t.id from forum_threads t
    where t.workspace_id = {WORKSPACE} and t.tags @> array[tagged] and t.category_id = any((select forum_entered())::uuid[])
    limit {RANKED} + 1
$$
"""
"""Threads with a tag, in no order; more than RANKED say only that there are many."""


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"drop function {function}")
    op.drop_index("ix_forum_threads_alike", table_name="forum_threads")
    op.drop_index("ix_forum_threads_pinned", table_name="forum_threads")
    op.drop_index("ix_forum_threads_tags", table_name="forum_threads")
    op.create_index("ix_forum_threads_tags", "forum_threads", ["tags"], postgresql_using="gin")
    for table in COLUMNS:
        op.drop_index(f"ix_{table}_search", table_name=table)
        op.drop_column(table, "search")
    op.execute("drop text search configuration public.forum")
