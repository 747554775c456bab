"""Google's word for who somebody is. It counts for an account here only when Google verified the address."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select

from app.accounts.actions.entering import Browser, SignedIn, enter, prove
from app.accounts.models import Identity, User
from app.accounts.queries import by_email
from app.core import db, mail
from app.core.errors import Refused

GOOGLE = "google"


class NotVerified(Refused):
    message = "Google has not verified this e-mail address, so it does not open an account here. Sign in with a code by e-mail instead."


class OtherAccount(Refused):
    status = 409
    message = "This Google account already opens another account here. Sign in with it, or disconnect it there first."


class NotActive(Refused):
    status = 403
    message = "This account is not active. Write to us if you think that is a mistake."


@dataclass(frozen=True)
class Claims:
    """What a checked id token says. `subject` never changes for a person, the address may."""

    subject: str
    email: str
    verified: bool
    name: str


def sign_in_with_google(claims: Claims, browser: Browser) -> SignedIn:
    """A session for the person Google names; a verified new address makes an account. Raises NotVerified, NotActive."""
    with db.system("sign in"):
        user = _known(claims.subject) or _linked(claims)
        if user.disabled_at:
            raise NotActive
        return enter(user, GOOGLE, browser)


def _known(subject: str) -> User | None:
    return (
        db.session()
        .scalars(
            select(User)
            .join(Identity, Identity.user_id == User.id)
            .where(Identity.provider == GOOGLE, Identity.subject == subject)
        )
        .one_or_none()
    )


def _linked(claims: Claims) -> User:
    if not claims.verified:
        raise NotVerified
    email = claims.email.strip().lower()
    user = by_email(email)
    if user is None:
        name = " ".join(claims.name.split())[:80] or email.partition("@")[0]
        user = db.add(User(email=email, name=name, email_confirmed_at=db.now()))
    else:
        prove(user)
        _tell(user, claims.subject)
    db.add(Identity(user_id=user.id, provider=GOOGLE, subject=claims.subject))
    return user


def connect_google(user_id: UUID, claims: Claims) -> None:
    """Let Google open this person's account from now on. Raises NotVerified, OtherAccount."""
    if not claims.verified:
        raise NotVerified
    with db.system("sign in") as session:
        owner = _known(claims.subject)
        if owner is not None and owner.id != user_id:
            raise OtherAccount
        if owner is None:
            db.add(Identity(user_id=user_id, provider=GOOGLE, subject=claims.subject))
            _tell(session.get_one(User, user_id), claims.subject)


def disconnect_google(user_id: UUID) -> None:
    """Google no longer opens this account; password and codes by e-mail still do."""
    db.session().execute(delete(Identity).where(Identity.user_id == user_id, Identity.provider == GOOGLE))


def _tell(user: User, subject: str) -> None:
    mail.post(
        user.email,
        "account_changed",
        f"google:{user.id}:{subject}:{db.now():%Y%m%d%H}",
        what="A Google account was connected, and can now sign in to your account.",
    )
