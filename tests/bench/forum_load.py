"""Fills a database for measuring the forum: 1,000,000 posts in five communities.

The first community has 100,000 threads in one category, 10,000 posts in one thread, and a reader of 5,000 threads. Words
come as often as words do (Zipf). Straight SQL as the tables' owner; indexes of words are built once all rows are there.
"""

from dataclasses import dataclass
from uuid import UUID

import psycopg

WORDS, SENTENCES, PEOPLE = 30_000, 60_000, 2_000
THREADS, SMALL_THREADS = 100_000, 15_000
LONG_THREAD, SMALL = 10_000, 150_000
POSTS = 1_000_000
READ = 5_000
FIRST = POSTS - 4 * SMALL


@dataclass(frozen=True)
class Filled:
    """The first community's workspace and address; `thread_id` is its longest thread, `category` the one with most threads."""

    workspace_id: UUID
    slug: str
    thread_id: UUID
    category: str


def fill(admin_url: str, workspace_id: UUID, reader_id: UUID) -> Filled:
    with psycopg.connect(admin_url) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("set maintenance_work_mem = '256MB'")
        later = _without_indexes(connection)
        for statement in VOCABULARY:
            connection.execute(statement, {"words": WORDS, "sentences": SENTENCES})
        for number in range(5):
            _community(connection, number, workspace_id)
        values = {"w": workspace_id, "reader": reader_id, "read": READ}
        for statement in READER:
            connection.execute(statement, values)
        for statement in later:
            connection.execute(statement)
        slug, longest = connection.execute(
            "select c.slug, t.id from communities c join forum_threads t using (workspace_id)"
            " where c.workspace_id = %s order by t.last_number desc limit 1",
            [workspace_id],
        ).fetchone()  # type: ignore[misc]
    with psycopg.connect(admin_url, autocommit=True) as connection:
        for table in ("forum_threads", "forum_posts", "forum_people", "forum_readings", "forum_categories"):
            connection.execute(f"vacuum analyze {table}")
    return Filled(workspace_id, slug, longest, "bench-everything")


def _without_indexes(connection: "psycopg.Connection[tuple[object, ...]]") -> list[str]:
    """Take the indexes of words away; returns the statements that make them again."""
    wanted = (
        "select indexname, indexdef from pg_indexes where indexdef like '%%USING gin%%'"
        " and tablename in ('forum_posts', 'forum_threads')"
    )
    found = connection.execute(wanted).fetchall()
    for name, _ in found:
        connection.execute(f'drop index "{name}"')
    return [str(definition) for _, definition in found]


def _community(connection: "psycopg.Connection[tuple[object, ...]]", number: int, first: UUID) -> None:
    values = {
        "w": first if number == 0 else UUID(int=0xBE7C << 80 | number),
        "slug": f"bench-{number}",
        "people": PEOPLE,
        "threads": THREADS if number == 0 else SMALL_THREADS,
        "posts": FIRST if number == 0 else SMALL,
        "long": LONG_THREAD if number == 0 else 0,
    }
    for statement in COMMUNITY:
        connection.execute(statement, values)


VOCABULARY = (
    # Syllables make words that look like words; the number in front of the list is the most frequent one.
    """
create temp table bench_words on commit drop as
select n, (select string_agg(substr('bcdfghklmnprstvwzj', 1 + (h >> 16) %% 18, 1) || substr('aeiouyaeio', 1 + (h >> 8) %% 10, 1)
                             || case when h %% 3 = 0 then substr('nrstlmkdpg', 1 + (h >> 4) %% 10, 1) else '' end, '')
           from generate_series(1, 2 + n %% 3) k cross join lateral (select ('x' || substr(md5(n || '/' || k), 1, 6))::bit(24)::int as h) z) as word
from generate_series(1, %(words)s) n
""",
    "create index on bench_words (n)",
    """
create temp table bench_sentences on commit drop as
select s as no, (select initcap(string_agg(w.word, ' ')) || '.' from generate_series(1, 9) k
                cross join lateral (select floor(exp(random() * ln(%(words)s)))::int + 0 * (k + s) as at) z
                join bench_words w on w.n = z.at) as words
from generate_series(1, %(sentences)s) s
""",
    "create index on bench_sentences (no)",
    "analyze bench_words",
    "analyze bench_sentences",
)
COMMUNITY = (
    """insert into workspaces (id, slug, name, hue, created_at) select %(w)s, %(slug)s, %(slug)s, 150, now()
       where not exists (select 1 from workspaces where id = %(w)s)""",
    """insert into communities (workspace_id, id, slug, name, about, rules, state, version, created_at)
       values (%(w)s, uuidv7(), %(slug)s, 'Bench', '', '', 'open', 1, now())""",
    """insert into forum_categories (workspace_id, id, slug, name, about, position, audience, writes, threads, version, created_at)
       select %(w)s, uuidv7(), slug, initcap(slug), '', n, audience, 'everyone', 0, 1, now()
       from (values (1, 'bench-everything', 'public'), (2, 'bench-help', 'public'), (3, 'bench-team', 'team')) v (n, slug, audience)""",
    """insert into forum_people (workspace_id, id, user_id, handle, name, team, trust, posts, barred_for, created_at)
       select %(w)s, uuidv7(), md5('person' || n)::uuid, 'person-' || n, 'Person ' || n, false, 1, 10, '', now()
       from generate_series(1, %(people)s) n""",
    """
create temp table bench_threads on commit drop as
select n as no, uuidv7(age) as id, c.id as category_id, md5('person' || 1 + n %% %(people)s)::uuid as author_id, now() + age as created_at
from generate_series(1, %(threads)s::bigint) n
cross join lateral (select (n - %(threads)s) * interval '15 minutes' as age) m
join forum_categories c on c.workspace_id = %(w)s
    and c.slug = case when n %% 100 = 0 then 'bench-team' when %(threads)s < 100000 and n %% 5 = 0 then 'bench-help' else 'bench-everything' end
""",
    "create index on bench_threads (no)",
    "analyze bench_threads",
    """
insert into forum_posts (workspace_id, id, thread_id, category_id, number, branch, author_id, body, html, excerpt, state, held_for, spam,
                         signals, fingerprint, score, flags, version, created_at)
select %(w)s, uuidv7(m.age), t.id, t.category_id,
       case when n > %(posts)s - %(long)s then n - (%(posts)s - %(long)s) + 10 else 1 + (n - 1) / %(threads)s end,
       1, case when n <= %(threads)s then t.author_id else md5('person' || 1 + (n * 31) %% %(people)s)::uuid end,
       said.body, '<p>' || said.body || '</p>', left(said.body, 150), 'visible', '', 0, '{}', n::text, n %% 11 - 2, 0, 1, now() + m.age
from generate_series(1, %(posts)s::bigint) n
join bench_threads t on t.no = case when n > %(posts)s - %(long)s then 1 else 1 + (n - 1) %% %(threads)s end
cross join lateral (select greatest((n - %(posts)s) * interval '3 minutes', t.created_at - now()) as age) m
join bench_sentences a on a.no = 1 + (n * 7907) %% 60000
join bench_sentences b on b.no = 1 + (n * 15485863) %% 60000
join bench_sentences c on c.no = 1 + (n / 3) %% 60000
cross join lateral (select a.words || ' ' || b.words || ' ' || c.words || case when n %% 500 = 0 then ' once' || n else '' end as body) said
""",
    """
insert into forum_threads (workspace_id, id, category_id, author_id, title, slug, excerpt, state, tags, pinned_at, locked_at, accepted_id,
                           last_number, numbers, posts, score, voices, last_post_at, version, created_at)
select %(w)s, t.id, t.category_id, t.author_id, rtrim(left(a.words, 70), '. '), 'bench', c.excerpt, 'visible',
       case when t.no %% 10 = 0 then array['paper'] when t.no %% 10 = 1 then array['ink', 'press'] when t.no %% 1000 = 7 then array['rare'] else '{}' end,
       case when t.no %% 20000 = 3 then now() end, case when t.no %% 50 = 0 then now() end, case when t.no %% 3 = 0 then c.second end,
       c.last, c.last, c.many, t.no %% 7, array[t.author_id], c.newest, 1, t.created_at
from bench_threads t
join (select thread_id, max(number) as last, count(*) as many, max(created_at) as newest, (array_agg(id) filter (where number = 2))[1] as second,
             max(excerpt) filter (where number = 1) as excerpt
      from forum_posts where workspace_id = %(w)s group by thread_id) c on c.thread_id = t.id
join bench_sentences a on a.no = 1 + (t.no * 7919) %% 60000
""",
    "drop table bench_threads",
    """
update forum_categories c set threads = (select count(*) from forum_threads t where t.workspace_id = %(w)s and t.category_id = c.id)
where c.workspace_id = %(w)s
""",
)
READER = (
    """
insert into forum_readings (workspace_id, id, thread_id, user_id, number, read_at)
select %(w)s, uuidv7(), id, %(reader)s, greatest(last_number - (row_number() over (order by last_post_at desc)) %% 2, 0), now()
from forum_threads where workspace_id = %(w)s order by last_post_at desc limit %(read)s
""",
    """
insert into forum_followings (workspace_id, id, user_id, thread_id, level, created_at)
select %(w)s, uuidv7(), %(reader)s, thread_id, case when n %% 5 = 0 then 'mute' else 'everything' end, now()
from (select thread_id, row_number() over (order by thread_id) as n from forum_readings where workspace_id = %(w)s and user_id = %(reader)s) r
where n <= 500
""",
)
