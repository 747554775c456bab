"""Search in a community: what is found, in which order, and that nobody finds what they may not read."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from app.core import db
from app.forum import actions, queries, searching
from app.forum.models import ForumCategory, ForumPerson, Post, Thread
from tests.forum.conftest import Town, actor


def found(town: Town, typed: str, person: Any = None) -> list[str]:
    """Titles and numbers of what this person finds, the best first."""
    place = town.place(person)
    with queries.places.entered(place):
        hits = queries.search.find(place, typed).hits
        return [f"{hit.thread.title} #{hit.post.number}" for hit in hits]


def test_words_operators_and_notes() -> None:
    asked = searching.parse(
        'author:@Kim category:help tag:#Paper is:solved is:locked after:2026 before:2026-03-01 title:"two words" "in a row" -not word'
    )
    assert asked == searching.Asked(
        words='"in a row" -not word',
        title='"two words"',
        author="kim",
        category="help",
        tag="paper",
        solved=True,
        locked=True,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        until=datetime(2026, 3, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "typed", ["http://a.b/c", "#1 of 3!", "# ink", "a#b", 'say "hello', "a -", "::", "title:", "50%"]
)
def test_what_is_no_operator_is_a_word(typed: str) -> None:
    asked = searching.parse(typed)
    assert asked.words and asked.notes == () and not asked.title


@pytest.mark.parametrize(
    "typed", ["before:tomorrow", "after:2026-13", "before:2026-02-30", "is:nice", "-tag:x", "before:1"]
)
def test_what_cannot_be_read_is_said_and_left_out(typed: str) -> None:
    asked = searching.parse(f"paper {typed}")
    assert asked.words == "paper" and len(asked.notes) == 1 and typed in asked.notes[0]


@pytest.mark.parametrize("typed", ["colour:red", "-sort:new", "status:solved"])
def test_an_operator_that_there_is_not_is_said_and_looked_for(typed: str) -> None:
    asked = searching.parse(f"paper {typed}")
    assert asked.words == f"paper {typed}" and len(asked.notes) == 1 and "There is no «" in asked.notes[0]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=300))
def test_any_typing_is_read(typed: str) -> None:
    searching.parse(typed)


def test_titles_come_before_bodies_and_answers_before_others(town: Town) -> None:
    asker, team = town.world.fay, town.world.alice
    other = town.start(asker, "Something else", "Which inks do you use? Any varnish on them?")
    chosen = town.reply(team, other, "No varnish at all.")
    town.reply(town.world.charlie, other, "I use a varnish.")
    with town.inside(asker):
        actions.accept(actor(asker), db.get(Thread, other.id), chosen)
    town.start(team, "About varnish", "How we do it.")
    hits = found(town, "varnish")
    assert hits[0] == "About varnish #1" and hits[1] == "Something else #2"
    assert set(hits) == {"About varnish #1", "Something else #1", "Something else #2", "Something else #3"}


def test_words_are_found_in_their_other_forms(town: Town) -> None:
    town.start(town.world.fay, "Café prints", "Printing at home is fun.")
    for typed in ("cafe", "print", "PRINTED", '"at home"', "café -paper", "fun title:prints"):
        assert found(town, typed) == ["Café prints #1"], typed
    for typed in ('"home printing"', "cafe -fun", "title:fun"):
        assert found(town, typed) == [], typed


def test_operators_choose(town: Town) -> None:
    fay, alice = town.world.fay, town.world.alice
    paper = town.start(fay, "Which paper", "I print at home.", tags=["paper"])
    answer = town.reply(alice, paper, "Take the matte one.")
    ink = town.start(alice, "Which ink", "We print with soy.", tags=["ink"])
    with town.inside(fay):
        actions.accept(actor(fay), db.get(Thread, paper.id), answer)
    with db.workspace(town.world.north.id, alice.id):
        db.get(Thread, ink.id).locked_at = db.now()
    today = db.now().date()
    for typed, titles in {
        "author:fay": ["Which paper #1"],
        "author:alice print": ["Which ink #1"],
        "tag:paper": ["Which paper #1"],
        "tag:paper matte": ["Which paper #2"],
        "#Paper": ["Which paper #1"],
        "#paper by:alice matte": ["Which paper #2"],
        "by:@fay": ["Which paper #1"],
        "is:solved print": ["Which paper #1"],
        "is:unsolved": ["Which ink #1"],
        "is:locked": ["Which ink #1"],
        "is:open print": ["Which paper #1"],
        "category:general soy": ["Which ink #1"],
        "title:ink": ["Which ink #1"],
        f"print before:{today - timedelta(days=1)}": [],
        f"soy after:{today - timedelta(days=1)}": ["Which ink #1"],
        "author:nobody print": [],
        "category:nowhere print": [],
        "-home print": ["Which ink #1"],
    }.items():
        assert found(town, typed) == titles, typed


def test_a_mistyped_word_is_corrected_by_words_that_are_there(client: Any, town: Town) -> None:
    town.start(town.world.fay, "Matte varnish", "Which one?")
    town.start(town.world.fay, "Something else", "Letterpress at home.")
    page = town.browser(client).get(f"{town.path}/search?q=varnsh").text
    assert "Nothing matches" in page and "<mark>varnish</mark>" in page
    assert found(town, "leterpress") == ["Something else #1"]
    assert found(town, "xylophone") == []


def test_a_correction_tells_no_word_that_the_reader_may_not_read(client: Any, town: Town) -> None:
    town.start(town.world.alice, "Marshmallow launch", "In secret.", category=town.team)
    page = town.browser(client).get(f"{town.path}/search?q=marshmalow").text
    assert "marshmallow" not in page.lower()
    assert found(town, "marshmalow", town.world.bob) == ["Marshmallow launch #1"]


def test_pages_follow_each_other(town: Town) -> None:
    for number in range(7):
        town.start(town.world.fay, f"Lantern {number}", "It glows.")
    place, seen, after = town.place(), [], ""
    with queries.places.entered(place):
        for _ in range(4):
            page = queries.search.find(place, "lantern", after, limit=2)
            seen += [hit.thread.title for hit in page.hits]
            after = page.after
    assert len(seen) == len(set(seen)) == 7 and after == ""


def test_the_page_works_without_scripts_and_marks_words(client: Any, town: Town) -> None:
    town.start(town.world.fay, "Lanterns <b>of</b> glass", "They <script>alert(1)</script> glow at night & day.")
    browser = town.browser(client)
    assert 'action="' + town.path + '/search"' in browser.get(town.path).text
    page = browser.get(f"{town.path}/search?q=glow lantern before:soon")
    assert page.status_code == 200 and "<mark>Lanterns</mark>" in page.text and "<mark>glow</mark>" in page.text
    assert "Write dates as 2026-03-01" in page.text and "<script>alert" not in page.text and "<b>of" not in page.text
    assert "What are you looking for?" in browser.get(f"{town.path}/search").text
    assert "Nothing matches" in browser.get(f"{town.path}/search?q=zebra").text


@pytest.mark.parametrize(
    "typed", ["%", "'", "\\", "& | !", "(((", "-", "* :*", "a" * 5000, "\u202ex", "<->", "is: -", "the"]
)
def test_any_words_get_an_answer(client: Any, town: Town, typed: str) -> None:
    town.start(town.world.fay)
    answer = client.get(f"{town.path}/search", query_string={"q": typed, "after": typed})
    assert answer.status_code == 200


def test_threads_are_found_from_the_workspace(client: Any, town: Town) -> None:
    town.start(town.world.fay, "Varnish on cards", "Does it hold?")
    north = town.world.north.slug
    page = town.browser(client, town.world.vera).get(f"/w/{north}/search?q=varnish").text
    assert "Varnish on cards" in page and 'id="threads-title"' in page
    other = town.browser(client, town.world.charlie).get(f"/w/{town.world.other.slug}/search?q=varnish").text
    assert "Varnish on cards" not in other


SCOPES = ("visitor", "buyer", "refunded", "stranger", "member", "other", "public", "none")
WORDS = ("copper", "lantern", "meadow")
POST = st.tuples(
    st.sampled_from(("general", "buyers", "team", "archived")),
    st.sampled_from(("visible", "waiting", "hidden", "deleted")),
    st.sampled_from(("visible", "waiting", "hidden", "deleted")),
    st.sampled_from(WORDS),
    st.booleans(),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posts=st.lists(POST, min_size=1, max_size=6), word=st.sampled_from(WORDS))
def test_what_is_found_is_part_of_what_may_be_read(town: Town, posts: list[Any], word: str) -> None:
    """The functions of search look over the wall; whatever the world, they give nobody a row that a plain select would not."""
    world = town.world
    with db.workspace(world.north.id, world.alice.id):
        if "archived" not in {row.slug for row in db.session().scalars(select(ForumCategory))}:
            archived = actions.add_category(actor(world.alice), name="Archived", audience="public", products=[])
            actions.archive_category(actor(world.alice), archived)
        shelves = {row.slug: row for row in db.session().scalars(select(ForumCategory))}
    named = {"general": shelves["general"], "buyers": town.buyers, "team": town.team, "archived": shelves["archived"]}
    if world.fay.id not in town.grants:
        town.give(world.fay)
        town.give(world.charlie)
        town.take(world.charlie)
    for category, of_thread, of_post, said, by_fay in posts:
        _written(town, named[category], of_thread, of_post, said, world.fay if by_fay else world.alice)
    for scope in SCOPES:
        readable, hits, words = _both(town, scope, word)
        assert hits <= readable, scope
        assert words <= _words(town, scope), scope
        if scope in ("public", "none", "other"):
            assert not hits
    assert _both(town, "visitor", word)[1] <= _both(town, "buyer", word)[0]


def _written(town: Town, category: ForumCategory, of_thread: str, of_post: str, said: str, person: Any) -> None:
    """Straight into the tables: every state in every category, whether or not anybody could bring it about."""
    with db.workspace(town.world.north.id, person.id) as session:
        thread = db.add(
            Thread(
                category_id=category.id,
                author_id=person.id,
                title=f"A {said}",
                slug="a",
                excerpt=said,
                state=of_thread,
                last_number=1,
                posts=1,
            )
        )
        post = Post(
            thread_id=thread.id, category_id=category.id, number=1, branch=1, author_id=person.id, body=said, html=said
        )
        db.add(post)
        session.execute(update(Post).where(Post.id == post.id).values(state=of_post))


def _opened(town: Town, scope: str) -> Any:
    world = town.world
    return {
        "visitor": lambda: db.community(world.north.id),
        "buyer": lambda: db.community(world.north.id, world.fay.id),
        "refunded": lambda: db.community(world.north.id, world.charlie.id),
        "stranger": lambda: db.community(world.north.id, world.bob.id),
        "member": lambda: db.workspace(world.north.id, world.vera.id),
        "other": lambda: db.workspace(world.other.id, world.charlie.id),
        "public": db.public,
        "none": lambda: db.system("test world"),
    }[scope]()


def _both(town: Town, scope: str, word: str) -> tuple[set[Any], set[Any], set[str]]:
    """Ids that a plain select reads and that search finds, and words that are said to be alike."""
    with _opened(town, scope) as session:
        if scope == "none":
            session.execute(text("select set_config('app.scope', '', true)"))
        readable = set(session.scalars(select(Post.id)))
        typed = "select id from search_forum(:word, '', null, null, null, null, null, null, null, now())"
        hits = set(session.scalars(text(typed), {"word": word}))
        words = set(session.scalars(text("select word from similar_words(:word, 20)"), {"word": word}))
    return readable, hits, words


def _words(town: Town, scope: str) -> set[str]:
    with _opened(town, scope) as session:
        if scope == "none":
            session.execute(text("select set_config('app.scope', '', true)"))
        return {word for title in session.scalars(select(Thread.title)) for word in title.lower().split()}


def test_everything_visible_that_has_the_word_is_found(town: Town) -> None:
    """The other half: nothing that the reader may read is left out."""
    for person, category in (
        (town.world.fay, town.general),
        (town.world.alice, town.buyers),
        (town.world.alice, town.team),
    ):
        _written(town, category, "visible", "visible", "copper", person)
    for scope, many in {"visitor": 1, "stranger": 1, "member": 3}.items():
        assert len(_both(town, scope, "copper")[1]) == many
    town.give(town.world.fay)
    assert len(_both(town, "buyer", "copper")[1]) == 2
    town.take(town.world.fay)
    assert len(_both(town, "buyer", "copper")[1]) == 1


def test_settings_of_the_planner_end_with_the_function(town: Town) -> None:
    town.start(town.world.fay, "Copper", "copper")
    with town.inside() as _:
        _ran = (
            db.session()
            .scalars(text("select id from search_forum('copper', '', null, null, null, null, null, null, null, now())"))
            .all()
        )
        assert len(_ran) == 1
        for name in ("enable_seqscan", "enable_indexscan"):
            assert db.session().scalar(text(f"select current_setting('{name}')")) == "on"


def test_a_person_is_named_by_their_handle(town: Town) -> None:
    town.start(town.world.fay, "Mine")
    with db.workspace(town.world.north.id) as session:
        handle = session.scalars(select(ForumPerson.handle).where(ForumPerson.user_id == town.world.fay.id)).one()
    assert found(town, f"author:@{handle}") == ["Mine #1"]


def test_a_handle_may_be_cut_short_when_it_says_who_is_meant(client: Any, town: Town) -> None:
    town.start(town.world.fay, "A lamp", "It shines by night")
    with db.workspace(town.world.north.id) as session:
        fay = session.scalars(select(ForumPerson).where(ForumPerson.user_id == town.world.fay.id)).one()
        fay.handle = "fay-lantern"
    found = client.get(f"{town.path}/search?q=by:fay")
    assert "these are by @fay-lantern" in found.text and "A lamp" in found.text
    town.start(town.world.bob, "A chair", "To sit on")
    with db.workspace(town.world.north.id) as session:
        bob = session.scalars(select(ForumPerson).where(ForumPerson.user_id == town.world.bob.id)).one()
        bob.handle = "fay-linden"
    asked = client.get(f"{town.path}/search?q=lamp+by:@fay")
    assert "Nobody here is called @fay." in asked.text and "A lamp" not in asked.text
    assert "q=lamp%20by%3Afay-lantern" in asked.text and "q=lamp%20by%3Afay-linden" in asked.text
    assert "Nobody here is called @zoe." in client.get(f"{town.path}/search?q=by:zoe").text
