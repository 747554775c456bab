"""What each community of the demo is called, and how it is divided."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from app.access.models import Grant
from app.catalogue.models import Product
from app.core import db
from app.forum import actions, queries
from app.forum.models import Community, ForumCategory
from app.seeds.cast import BUYERS, Person
from app.seeds.shops import Place

OPENED = timedelta(days=69)
"""Before the demo was begun."""
OWNED = 4
"""Of so many products the buyers have a room of their own."""


@dataclass(frozen=True)
class Room:
    """A category; `audience` as ForumCategory knows it."""

    name: str
    about: str
    audience: str = "public"
    writes: str = "everyone"


@dataclass(frozen=True)
class Town:
    """A community before it is opened. `script` is the file of its talks; `owner` a person of the cast by their short name."""

    script: str
    owner: str
    slug: str
    name: str
    about: str
    rules: str
    rooms: Sequence[Room]


@dataclass
class Opened:
    """A community as its talks need it: rooms and products by name, who owns what the buyers' room is about, and who reads along."""

    plan: Town
    workspace_id: UUID
    owner: Person
    rooms: dict[str, UUID] = field(default_factory=dict)
    products: dict[str, UUID] = field(default_factory=dict)
    owners: list[UUID] = field(default_factory=list)
    readers: list[Person] = field(default_factory=list)


RULES = "Be kind; there is a person behind every post.\nKeep order numbers and addresses out of it.\nShow what you made, and say what went wrong as well."
TOWNS = (
    Town(
        "deep-field",
        "nadia",
        "deep-field",
        "Deep Field observatory",
        "Prints, wallpapers and the sky behind them. Nadia answers, usually with the first coffee.",
        RULES,
        (
            Room("Announcements", "What happens in the studio.", writes="team"),
            Room("Prints and wallpapers", "Framing, hanging, lighting, showing."),
            Room("The sky itself", "What is that red dot? No question is too small."),
            Room("Print owners", "Test strips and odd experiments, for those who have one.", "buyers"),
            Room("Studio only", "For the team.", "team"),
        ),
    ),
    Town(
        "tessera",
        "tomas",
        "tessera",
        "Tessera workshop",
        "Seamless surfaces, and what people build with them.",
        RULES,
        (
            Room("Announcements", "New packs and new versions.", writes="team"),
            Room("Help", "Seams, normals, programs."),
            Room("Made with Tessera", "Games, films, floors. Show it."),
            Room("Wishes", "What should be photographed next."),
            Room("Texture owners", "Sources and early versions, for everybody who bought something.", "customers"),
        ),
    ),
    Town(
        "kiln",
        "mei",
        "kiln-and-whisker",
        "Kiln & Whisker kitchen",
        "Cups for mornings, cats for everything else. The kettle is on.",
        RULES,
        (
            Room("News from the wheel", "Firings and other weather.", writes="team"),
            Room("Cups", "Glazes, care, breakfast."),
            Room("Cats", "Chelsea and colleagues."),
            Room("Cup owners", "Seconds go here first.", "customers"),
        ),
    ),
    Town(
        "guildhall",
        "nadia",
        db.PLATFORM_SLUG,
        "Guildhall square",
        "For everybody: buyers who look for something, sellers who swap notes.",
        RULES,
        (
            Room("News", "What is new on Guildhall.", writes="team"),
            Room("Help for buyers", "Orders, parcels, downloads."),
            Room("Corner for sellers", "Packing, pictures, words."),
            Room("Around the table", "Everything else."),
        ),
    ),
)


def open_town(plan: Town, people: dict[str, Person], places: Sequence[Place], begun: datetime) -> Opened:
    """The community with its rooms; what is there already stays."""
    owner = people[plan.owner]
    home = next((one.workspace_id for one in places if one.owner == owner), db.PLATFORM)
    workspace_id = db.PLATFORM if plan.slug == db.PLATFORM_SLUG else home
    opened = Opened(plan, workspace_id, owner, readers=[people[short] for _, short in BUYERS])
    with db.at(begun - OPENED), db.workspace(opened.workspace_id, owner.id) as session:
        opened.products = {row.title: row.id for row in session.scalars(select(Product).order_by(Product.id))}
        if queries.desk.community() is None:
            _found(plan, owner, list(opened.products.values())[:OWNED])
        opened.rooms = {row.name: row.id for row in session.scalars(select(ForumCategory))}
        opened.owners = _owners(plan, opened)
    return opened


def _found(plan: Town, owner: Person, owned: list[UUID]) -> None:
    row: Community = actions.open_community(owner.actor, plan.name, plan.slug, plan.about, plan.rules)
    actions.archive_category(owner.actor, queries.threads.category("general"))
    row.about = plan.about
    for room in plan.rooms:
        audience = room.audience if owned or room.audience != "buyers" else "customers"
        actions.add_category(
            owner.actor,
            name=room.name,
            about=room.about,
            audience=audience,
            writes=room.writes,
            products=owned if audience == "buyers" else (),
        )


def _owners(plan: Town, opened: Opened) -> list[UUID]:
    """People who may enter the room for buyers, each once, in the order in which they first bought."""
    narrow = any(room.audience == "buyers" for room in plan.rooms)
    owned = list(opened.products.values())[: OWNED if narrow else None]
    wanted = select(Grant.buyer_id).where(Grant.product_id.in_(owned), Grant.revoked_at.is_(None))
    return list(dict.fromkeys(db.session().scalars(wanted.order_by(Grant.created_at, Grant.id))))
