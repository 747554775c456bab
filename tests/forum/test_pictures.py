"""Pictures in posts: who may send them, what is taken, who sees them, and that none stays that nothing shows."""

import io
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import func, select

from app.core import db, storage
from app.forum import actions, queries
from app.forum.models import ForumPerson, ForumPicture, Post, Thread
from tests.forum.conftest import Town


def bytes_of(width: int = 1500, height: int = 900, kind: str = "PNG") -> io.BytesIO:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (180, 40, 40)).save(buffer, kind)
    buffer.seek(0)
    return buffer


def trust(town: Town, person: Any, level: int) -> None:
    """As if they had been here for a while."""
    town.start(person, "Hello")
    with db.workspace(town.world.north.id) as session:
        session.query(ForumPerson).filter_by(user_id=person.id).update({"trust": level})


def send(town: Town, browser: Any, data: io.BytesIO | None = None) -> Any:
    return browser.post(f"{town.path}/pictures", picture=(data or bytes_of(), "mug.png"))


def made(town: Town, answer: Any) -> tuple[UUID, str]:
    """Sent, and its sizes made by the job."""
    assert answer.status_code == 200, answer.text
    said = answer.get_json()
    with db.workspace(town.world.north.id):
        actions.render_picture(UUID(said["id"]))
    return UUID(said["id"]), said["path"]


def count(town: Town) -> int:
    with db.workspace(town.world.north.id) as session:
        return session.scalar(select(func.count()).select_from(ForumPicture)) or 0


def test_a_picture_is_made_again_and_shown_in_a_post(client: Any, town: Town) -> None:
    trust(town, town.world.fay, 1)
    thread = town.start(town.world.alice)
    fay = town.browser(client, town.world.fay)
    answer = send(town, fay)
    assert answer.get_json()["state"] == "waiting"
    picture_id, path = made(town, answer)
    assert fay.get(f"{town.path}/pictures/{picture_id}").get_json()["state"] == "ready"
    assert fay.post(f"/threads/{thread.id}/posts", body=f"![A red mug]({path})").status_code == 303
    page = fay.get(f"/threads/{thread.id}").text
    assert f'src="{path}"' in page and 'alt="A red mug"' in page
    shown = fay.get(path)
    assert shown.status_code == 200 and shown.mimetype == "image/webp"
    assert Image.open(io.BytesIO(shown.data)).size == (1024, 614)
    assert "sandbox" in shown.headers["Content-Security-Policy"] and "private" in shown.headers["Cache-Control"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(fay.get("320".join(path.rsplit("1024", 1))).data)).width == 320
    assert town.row(ForumPicture, picture_id).post_id is not None


def test_newcomers_are_told_why_not_and_nothing_is_kept(client: Any, town: Town) -> None:
    refused = send(town, town.browser(client, town.world.charlie))
    assert refused.status_code == 422 and "once you are known here" in refused.get_json()["error"]
    assert count(town) == 0
    assert send(town, town.browser(client, town.world.bob)).status_code == 200, "the team may at once"


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF87", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", b"%PDF-1.7 no picture"],
)
def test_what_is_no_picture_is_not_taken(client: Any, town: Town, data: bytes) -> None:
    refused = send(town, town.browser(client, town.world.bob), io.BytesIO(data))
    assert refused.status_code == 422 and "was" in refused.get_json()["error"] and count(town) == 0


def test_a_damaged_picture_is_refused_by_the_job(client: Any, town: Town) -> None:
    bob = town.browser(client, town.world.bob)
    picture_id, path = made(town, send(town, bob, io.BytesIO(bytes_of().read()[:200])))
    said = bob.get(f"{town.path}/pictures/{picture_id}").get_json()
    assert said["state"] == "refused" and "damaged" in said["error"]
    assert bob.get(path).status_code == 404


def test_only_who_may_read_the_post_sees_its_picture(client: Any, town: Town) -> None:
    bob = town.browser(client, town.world.bob)
    picture_id, path = made(town, send(town, bob))
    assert bob.get(path).status_code == 200, "the sender, before it is posted"
    assert town.browser(client, town.world.charlie).get(path).status_code == 404
    assert client.get(f"{town.path}/pictures/{picture_id}").status_code == 404
    thread = town.start(town.world.bob, "For owners", f"![Brushes]({path})", category=town.buyers)
    charlie = town.browser(client, town.world.charlie)
    assert charlie.get(path).status_code == 404
    town.give(town.world.fay)
    assert town.browser(client, town.world.fay).get(path).status_code == 200
    town.take(town.world.fay)
    assert town.browser(client, town.world.fay).get(path).status_code == 404
    assert town.row(Thread, thread.id).posts == 1


def test_a_picture_of_somebody_else_opens_no_door(client: Any, town: Town) -> None:
    """Naming it in a public post shows it to nobody who could not see it before."""
    _, path = made(town, send(town, town.browser(client, town.world.bob)))
    town.start(town.world.bob, "For owners", f"![Brushes]({path})", category=town.buyers)
    town.start(town.world.charlie, "Look", f"![Brushes]({path})")
    assert town.browser(client, town.world.charlie).get(path).status_code == 404


def test_the_picture_of_a_hidden_post_is_hidden_too(client: Any, town: Town) -> None:
    trust(town, town.world.fay, 1)
    thread = town.start(town.world.alice)
    picture_id, path = made(town, send(town, town.browser(client, town.world.fay)))
    town.reply(town.world.fay, thread, f"![Rude]({path})")
    assert town.browser(client, town.world.charlie).get(path).status_code == 200
    post_id = town.row(ForumPicture, picture_id).post_id
    with db.workspace(town.world.north.id, town.world.alice.id):
        db.get(Post, post_id).state = "hidden"
    assert town.browser(client, town.world.charlie).get(path).status_code == 404
    assert town.browser(client, town.world.alice).get(path).status_code == 200


def test_what_nothing_shows_goes_after_a_day(client: Any, town: Town) -> None:
    bob = town.browser(client, town.world.bob)
    (unused, _), (posted, shown), (drafted, kept) = (made(town, send(town, bob)) for _ in range(3))
    town.start(town.world.bob, "With a picture", f"![Mug]({shown})")
    bob.post(f"{town.path}/drafts", place="new", body=f"![Mug]({kept})", title="Soon")
    key = town.row(ForumPicture, unused).key
    actions.sweep_pictures()
    assert count(town) == 3
    with db.at(db.now() + timedelta(hours=25)):
        actions.sweep_pictures()
    with db.workspace(town.world.north.id) as session:
        assert set(session.scalars(select(ForumPicture.id))) == {posted, drafted}
    assert storage.exists(f"{key}/1024.webp"), "files go by a job, after the row is gone for good"


def test_the_path_is_what_posts_accept(client: Any, town: Town) -> None:
    bob = town.browser(client, town.world.bob)
    picture_id, path = made(town, send(town, bob))
    assert path == f"/forum-pictures/{town.world.north.id}/{picture_id}/{queries.pictures.SHOWN_WIDTH}.webp"
    page = bob.post(f"{town.path}/previews", place="new", body=f"![Mug]({path})").text
    assert f'src="{path}"' in page
    unsaid = bob.post(f"{town.path}/previews", place="new", body=f"![]({path})").text
    assert "Say what the picture shows" in unsaid
