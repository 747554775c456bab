"""The people of the demo. Every password is the same and printed in the README; they exist in demos only."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.accounts import actions as accounts
from app.core import db
from app.core.actor import Actor
from app.core.mail import Mail
from app.core.permissions import Role
from app.workspaces import actions as workspaces

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


def arrive() -> dict[str, Person]:
    """Everybody signs up and proves their address with the code from their mail."""
    people = {short: _sign_up(name, f"{short}@demo.guildhall.example") for name, short in (*SELLERS, *BUYERS)}
    _admin(people["nadia"])
    return people


def _sign_up(name: str, email: str) -> Person:
    code_id = accounts.sign_up(email, name, PASSWORD)
    with db.system("seed") as session:
        context = session.scalars(select(Mail.context).where(Mail.to == email)).one()
    entered = accounts.confirm_by_code(code_id, context["code"], accounts.Browser("127.0.0.1", "Demo"))
    if entered is None:
        raise RuntimeError(f"the demo could not confirm {email}")
    accounts.sign_out(entered.token)
    return Person(entered.user_id, name, email)


def _admin(person: Person) -> None:
    """Nadia also runs the platform in the demo."""
    from app.accounts.models import User

    with db.system("seed") as session:
        session.get_one(User, person.id).is_platform_admin = True


def team(owner: Person, slug: str, name: str, hue: int, **others: tuple[Person, Role]) -> UUID:
    """A workspace with its members, each invited and accepting by link."""
    with db.buyer(owner.id):
        workspace_id = workspaces.create(owner.actor, slug, name, hue).id
    for person, role in others.values():
        with db.workspace(workspace_id, owner.id):
            invited = workspaces.invite(owner.actor, role, person.email)
        with db.buyer(person.id):
            workspaces.accept(person.actor, invited.token)
    return workspace_id
