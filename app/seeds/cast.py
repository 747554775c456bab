"""The people of the demo. Every password is the same and printed in the README; they exist in demos only."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts import actions as accounts
from app.accounts.models import User
from app.core import db
from app.core.actor import SYSTEM, Actor
from app.core.mail import Mail
from app.core.permissions import Role
from app.seeds.drain import Drain
from app.seeds.progress import CannotSeed, Tell, step
from app.workspaces import actions as workspaces
from app.workspaces.models import Workspace
from app.workspaces.queries import member_of

PASSWORD = "copper-lantern-quilt-42"


@dataclass(frozen=True)
class Person:
    """`actor` is how their actions are signed."""

    id: UUID
    name: str
    email: str

    @property
    def actor(self) -> Actor:
        return Actor("person", self.name, self.id)


SELLERS = (
    ("Nadia Okafor", "nadia"),
    ("Tomás Rivera", "tomas"),
    ("Mei Lindqvist", "mei"),
    ("Jonas Weber", "jonas"),
    ("Vera Novak", "vera"),
)
BUYERS = (
    ("Fay Morgan", "fay"),
    ("Ada Fields", "ada"),
    ("Luca Bianchi", "luca"),
    ("Priya Nair", "priya"),
    ("Chloé Martin", "chloe"),
    ("Kenji Sato", "kenji"),
    ("Amara Diallo", "amara"),
    ("Olivia Brown", "olivia"),
    ("Noah Schmidt", "noah"),
    ("Zoë Vermeer", "zoe"),
    ("Mateo Cruz", "mateo"),
    ("Ingrid Dahl", "ingrid"),
    ("Sam O'Neill", "sam"),
    ("Yara Haddad", "yara"),
    ("Ben Carter", "ben"),
    ("Lena Fischer", "lena"),
    ("Hugo Laurent", "hugo"),
    ("Aisha Khan", "aisha"),
    ("Marek Nowak", "marek"),
    ("Elif Demir", "elif"),
)


def arrive(drain: Drain, tell: Tell) -> dict[str, Person]:
    """Everybody signs up and proves their address with the code from their mail."""
    everybody, people = (*SELLERS, *BUYERS), {}
    for count, (name, short) in enumerate(everybody, 1):
        email = f"{short}@demo.guildhall.example"
        people[short] = Person(_confirmed(email) or _sign_up(name, email), name, email)
        tell(step("people", count, len(everybody)))
    _operator(people["nadia"])
    drain()
    return people


def _confirmed(email: str) -> UUID | None:
    with db.system("seed") as session:
        return session.scalars(
            select(User.id).where(User.email == email, User.email_confirmed_at.is_not(None))
        ).one_or_none()


def _sign_up(name: str, email: str) -> UUID:
    code_id = accounts.sign_up(email, name, PASSWORD)
    with db.system("seed") as session:
        context = session.scalars(select(Mail.context).where(Mail.reason == f"confirm:{code_id}")).one()
    entered = accounts.confirm_by_code(code_id, context["code"], accounts.Browser("127.0.0.1", "Demo"))
    if entered is None:
        raise CannotSeed(f"the demo could not confirm {email}")
    accounts.sign_out(entered.token)
    return entered.user_id


def _operator(person: Person) -> None:
    """Nadia also runs the platform in the demo."""
    with db.workspace(db.PLATFORM):
        workspaces.appoint(SYSTEM, person.id, Role.OWNER)


def team(owner: Person, slug: str, name: str, hue: int, **others: tuple[Person, Role]) -> UUID:
    """A workspace with its members, each invited and accepting by link."""
    workspace_id = _place(slug) or _found(owner, slug, name, hue)
    for person, role in others.values():
        with db.workspace(workspace_id, owner.id):
            if member_of(person.id) is not None:
                continue
            invited = workspaces.invite(owner.actor, role, person.email)
            with db.buyer(person.id):
                workspaces.accept(person.actor, invited.token)
    return workspace_id


def _place(slug: str) -> UUID | None:
    with db.system("seed") as session:
        return session.scalars(select(Workspace.id).where(Workspace.slug == slug)).one_or_none()


def _found(owner: Person, slug: str, name: str, hue: int) -> UUID:
    with db.buyer(owner.id):
        return workspaces.create(owner.actor, slug, name, hue).id
