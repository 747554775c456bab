"""A community with a public category, one for buyers, one for the team, and people who write in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from app.access import actions as access
from app.core import db
from app.core.actor import Actor
from app.core.ids import new_id
from app.forum import actions, queries
from app.forum.actions import people
from app.forum.models import Community, ForumCategory, Post, Thread
from app.forum.queries.places import Place


def actor(person: Any) -> Actor:
    return Actor("person", person.name, person.id)


@dataclass
class Browser:
    """A browser without scripts: it opens the page and sends its form."""

    client: Any

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, **data: Any) -> Any:
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get("/c").text)
        assert found
        return self.client.post(path, data={"csrf_token": found[1], **data})


@dataclass
class Town:
    """`world.north` has the community; Alice owns it, Fay buys there, Charlie is a stranger."""

    world: Any
    community: Community
    general: ForumCategory
    buyers: ForumCategory
    team: ForumCategory
    product: Any
    grants: dict[UUID, UUID] = field(default_factory=dict)

    def browser(self, client: Any, person: Any = None) -> Browser:
        """Signed in as this person, or nobody's."""
        return Browser(self.world.sign_in(client, person) if person else client)

    @property
    def path(self) -> str:
        return f"/c/{self.community.slug}"

    def place(self, person: Any = None) -> Place:
        """As the routes find it."""
        owner = person.id if person else None
        with db.buyer(owner) if owner else db.public():
            return queries.places.by_slug(self.community.slug, owner, owner is not None)

    def inside(self, person: Any = None) -> Any:
        """The scope in which this person reads."""
        return queries.places.entered(self.place(person))

    def start(
        self,
        person: Any,
        title: str = "A question",
        body: str = "How does it work?",
        category: Any = None,
        tags: Any = (),
    ) -> Thread:
        self.trust(person)
        with self.inside(person):
            return actions.start(actor(person), category or self.general, title, body, tags)

    def reply(self, person: Any, thread: Thread, body: str = "Like this.", parent: Post | None = None) -> Post:
        self.trust(person)
        with self.inside(person):
            return actions.reply(actor(person), db.get(Thread, thread.id), body, parent=parent)

    def trust(self, person: Any, level: int = 2) -> None:
        """Somebody who has written here for long (2), or came today (0)."""
        with db.workspace(self.world.north.id, person.id):
            people.known(actor(person)).trust = level

    def give(self, person: Any) -> None:
        """The person bought the product, and the payment cleared."""
        source = new_id()
        with db.workspace(self.world.north.id):
            access.grant(person.id, self.product.id, None, new_id(), source)
        self.grants[person.id] = source

    def take(self, person: Any) -> None:
        """Their money went back."""
        with db.workspace(self.world.north.id):
            access.revoke([self.grants[person.id]], "refund")

    def row(self, model: Any, id: UUID) -> Any:
        """As the database holds it now."""
        with db.workspace(self.world.north.id) as session:
            found = db.get(model, id)
            session.refresh(found)
            return found


def found_town(world: Any) -> Town:
    """Opened through the actions that the desk calls."""
    alice = actor(world.alice)
    product = world.product(world.shop(world.north), "Brushes", ships=False, downloads=True, stock=None)
    with db.workspace(world.north.id, world.alice.id):
        slug = f"north-{new_id().hex[-8:]}"
        community = actions.open_community(alice, "Northlight community", slug, "Talk about light.", "Be kind.")
        general = queries.threads.category("general")
        buyers = actions.add_category(alice, name="Brush owners", audience="buyers", products=[product.id])
        team = actions.add_category(alice, name="Back room", audience="team")
    return Town(world, community, general, buyers, team, product)


@pytest.fixture
def town(world: Any) -> Iterator[Town]:
    yield found_town(world)
