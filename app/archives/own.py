"""What a person has here: their account, what they bought, what they wrote and chose. Columns are named one by one; no secret is among them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Executable, select

from app.access.models import Grant
from app.accounts.models import Identity, Passkey, User, UserSession
from app.archives import rows
from app.archives.packing import Packer
from app.archives.progress import Progress
from app.catalogue.models import Product
from app.core import db, storage
from app.downloads.models import Download, LibraryMark, Position, UpdateRecipient
from app.forum import actions as forum
from app.forum.models import (
    Appeal,
    Draft,
    Flag,
    Following,
    ForumPerson,
    ForumPicture,
    ForumView,
    HiddenTag,
    PollVote,
    Post,
    Reading,
    Save,
    Thread,
    Vote,
)
from app.licences.models import Licence, LicenceActivation
from app.notifications.models import InboxItem, NotificationChoice, PushDevice, QuietHours
from app.orders.models import Order, OrderGroup, OrderLine
from app.reviews.models import Review
from app.shipping.models import Return
from app.storefront.models import CartItem, Checkout
from app.workspaces.models import Member

FORMAT = 1
README = """Your own data, as it was on {moment}

Every file is one JSON object a line; moments are UTC, amounts ending in _minor are in the smallest unit of `currency`.

account.jsonl, sessions.jsonl, sign-in-with.jsonl, workspaces.jsonl   you, and where you belong
passkeys.jsonl, devices.jsonl                                         what lets you in, and what rings
purchases.jsonl, orders.jsonl, order-lines.jsonl, returns.jsonl       what you bought
grants.jsonl, downloads.jsonl, cart.jsonl, checkouts.jsonl            what you may download, and did
licences.jsonl, licence-seats.jsonl                                   keys you hold (by their end), and devices that use them
reviews.jsonl                                                         what you said about it, and what was answered
positions.jsonl                                                       how far you are in books, films and recordings
library.jsonl, update-notices.jsonl                                   what you put away, and which new releases you were told of
forum/                                                                posts, threads, votes, drafts, pictures, saved, hidden
inbox.jsonl, notifications.jsonl, quiet-hours.jsonl                   what you were told, and what you chose to hear

Passwords and the keys of your sessions are kept as digests that open nothing, and are not here. Files that you bought are in
your library. What you do for a workspace is in that workspace's own archive.
"""


LEFT_OUT = {
    "carts": "holds nothing but its items",
    "channel_consents": "asked for on behalf of a workspace",
    "forum_default_views": "which of the views a community opens with",
    "mail_windows": "when the next bundle goes",
    "order_notes": "the workspace's",
    "order_views": "the workspace's",
    "own_archives": "these archives themselves",
    "passkey_challenges": "secret, and gone in minutes",
    "payments": "the orders say what was paid",
    "session_transfers": "secret, and gone in minutes",
    "sign_in_codes": "secret, and gone in minutes",
    "updates": "news that somebody wrote for a workspace",
}
"""Tables that know people and are not in their archive, with the reason."""


def _account(user_id: UUID) -> dict[str, Executable]:
    """Read in the person's own scope."""
    return {
        "account": select(
            User.id, User.email, User.name, User.email_confirmed_at, User.hotkeys_off, User.created_at
        ).where(User.id == user_id),
        "sessions": select(
            UserSession.id,
            UserSession.method,
            UserSession.ip,
            UserSession.user_agent,
            UserSession.created_at,
            UserSession.last_seen_at,
            UserSession.expires_at,
            UserSession.revoked_at,
        ).where(UserSession.user_id == user_id),
        "sign-in-with": select(Identity.provider, Identity.subject, Identity.created_at).where(
            Identity.user_id == user_id
        ),
        "workspaces": select(Member.workspace_id, Member.role, Member.created_at, Member.removed_at).where(
            Member.user_id == user_id
        ),
        "inbox": select(
            InboxItem.kind, InboxItem.title, InboxItem.words, InboxItem.path, InboxItem.created_at, InboxItem.read_at
        ).where(InboxItem.user_id == user_id),
        "notifications": select(
            NotificationChoice.kind, NotificationChoice.inbox, NotificationChoice.mail, NotificationChoice.push
        ).where(NotificationChoice.user_id == user_id),
        "quiet-hours": select(QuietHours.zone, QuietHours.starts, QuietHours.ends).where(QuietHours.user_id == user_id),
        "passkeys": select(Passkey.name, Passkey.created_at, Passkey.last_used_at).where(Passkey.user_id == user_id),
        "devices": select(PushDevice.name, PushDevice.created_at, PushDevice.rang_at).where(
            PushDevice.user_id == user_id
        ),
    }


def _bought(user_id: UUID) -> dict[str, Executable]:
    """Read in the person's own scope."""
    order = (
        Order.workspace_id,
        Order.number,
        Order.group_id,
        Order.buyer_name,
        Order.buyer_email,
        Order.ship_to,
        Order.billing,
        Order.gift_note,
        Order.currency,
        Order.total_minor,
        Order.refunded_minor,
        Order.state,
        Order.payment_state,
        Order.fulfilment_state,
        Order.placed_at,
    )
    line = OrderLine.title, OrderLine.variant_title, OrderLine.sku, OrderLine.quantity, OrderLine.total_minor
    same = (Order.workspace_id == OrderLine.workspace_id) & (Order.id == OrderLine.order_id)
    return {
        "purchases": select(
            OrderGroup.id,
            OrderGroup.code,
            OrderGroup.email,
            OrderGroup.currency,
            OrderGroup.total_minor,
            OrderGroup.created_at,
        ).where(OrderGroup.buyer_id == user_id),
        "orders": select(*order).where(Order.buyer_id == user_id),
        "order-lines": select(Order.workspace_id, Order.number, *line, Order.currency)
        .join(Order, same)
        .where(Order.buyer_id == user_id),
        "returns": select(
            Return.workspace_id, Return.number, Return.state, Return.message, Return.answer, Return.created_at
        ).where(Return.buyer_id == user_id),
    }


def _received(user_id: UUID) -> dict[str, Executable]:
    """Read in the person's own scope."""
    return {**_held(user_id), **_library(user_id), **_begun(user_id)}


def _held(user_id: UUID) -> dict[str, Executable]:
    """What they may have, and what they did with it."""
    product = (Product.workspace_id == Grant.workspace_id) & (Product.id == Grant.product_id)
    return {
        "grants": select(
            Grant.workspace_id, Product.title, Grant.starts_at, Grant.ends_at, Grant.revoked_at, Grant.revoked_for
        )
        .join(Product, product)
        .where(Grant.buyer_id == user_id),
        "downloads": select(
            Download.file_id,
            Download.created_at,
            Download.completed_at,
            Download.bytes_sent,
            Download.ip,
            Download.user_agent,
            Download.way,
        ).where(Download.buyer_id == user_id),
        "licences": select(
            Licence.id,
            Licence.workspace_id,
            Product.title,
            Licence.order_number,
            Licence.hint,
            Licence.activation_limit,
            Licence.issued_at,
            Licence.expires_at,
            Licence.disabled_at,
        )
        .join(Product, (Product.workspace_id == Licence.workspace_id) & (Product.id == Licence.product_id))
        .join(Grant, (Grant.workspace_id == Licence.workspace_id) & (Grant.id == Licence.grant_id))
        .where(Grant.buyer_id == user_id),
        "licence-seats": select(
            LicenceActivation.licence_id,
            LicenceActivation.name,
            LicenceActivation.fingerprint,
            LicenceActivation.created_at,
            LicenceActivation.last_seen_at,
            LicenceActivation.freed_at,
        )
        .join(
            Licence,
            (Licence.workspace_id == LicenceActivation.workspace_id) & (Licence.id == LicenceActivation.licence_id),
        )
        .join(Grant, (Grant.workspace_id == Licence.workspace_id) & (Grant.id == Licence.grant_id))
        .where(Grant.buyer_id == user_id),
        "update-notices": select(
            UpdateRecipient.workspace_id, UpdateRecipient.email, UpdateRecipient.outcome, UpdateRecipient.settled_at
        ).where(UpdateRecipient.buyer_id == user_id),
    }


def _library(user_id: UUID) -> dict[str, Executable]:
    """What they think of it, and what they did with their library."""
    return {
        "reviews": select(
            Review.workspace_id,
            Product.title,
            Review.stars,
            Review.body,
            Review.name,
            Review.created_at,
            Review.edited_at,
            Review.reply,
            Review.replied_at,
            Review.void_at,
            Review.hidden_at,
            Review.hidden_for,
        )
        .join(Product, (Product.workspace_id == Review.workspace_id) & (Product.id == Review.product_id))
        .join(Grant, (Grant.workspace_id == Review.workspace_id) & (Grant.id == Review.grant_id))
        .where(Grant.buyer_id == user_id),
        "library": select(LibraryMark.grant_id, LibraryMark.archived_at, LibraryMark.seen_at)
        .join(Grant, (Grant.workspace_id == LibraryMark.workspace_id) & (Grant.id == LibraryMark.grant_id))
        .where(Grant.buyer_id == user_id),
        "positions": select(Position.file_id, Position.spot, Position.part, Position.moved_at)
        .join(Grant, (Grant.workspace_id == Position.workspace_id) & (Grant.id == Position.grant_id))
        .where(Grant.buyer_id == user_id),
    }


def _begun(user_id: UUID) -> dict[str, Executable]:
    """What lies in their cart, and what they began to buy."""
    return {
        "cart": select(
            CartItem.seller_id,
            CartItem.title,
            CartItem.quantity,
            CartItem.seen_minor,
            CartItem.currency,
            CartItem.created_at,
        ).where(CartItem.owner_id == user_id),
        "checkouts": select(Checkout.state, Checkout.contact, Checkout.address, Checkout.created_at).where(
            Checkout.owner_id == user_id
        ),
    }


def _said(user_id: UUID) -> dict[str, Executable]:
    """Of every community. Read in system scope, so each names the person."""
    post = Post.workspace_id, Post.thread_id, Post.number, Post.body, Post.state, Post.created_at, Post.edited_at
    thread = Thread.workspace_id, Thread.id, Thread.title, Thread.tags, Thread.state, Thread.created_at
    return {
        "forum/names": select(
            ForumPerson.workspace_id, ForumPerson.name, ForumPerson.handle, ForumPerson.created_at
        ).where(ForumPerson.user_id == user_id),
        "forum/posts": select(*post).where(Post.author_id == user_id),
        "forum/threads": select(*thread).where(Thread.author_id == user_id),
        "forum/votes": select(Vote.workspace_id, Vote.post_id, Vote.value, Vote.created_at).where(
            Vote.user_id == user_id
        ),
        "forum/poll-votes": select(
            PollVote.workspace_id, PollVote.poll_id, PollVote.option_id, PollVote.created_at
        ).where(PollVote.user_id == user_id),
        "forum/drafts": select(Draft.workspace_id, Draft.place, Draft.title, Draft.body, Draft.saved_at).where(
            Draft.user_id == user_id
        ),
        "forum/followed": select(
            Following.workspace_id, Following.thread_id, Following.category_id, Following.level
        ).where(Following.user_id == user_id),
        "forum/read": select(Reading.workspace_id, Reading.thread_id, Reading.number, Reading.read_at).where(
            Reading.user_id == user_id
        ),
        "forum/saved": select(Save.workspace_id, Save.thread_id, Save.post_id, Save.created_at).where(
            Save.user_id == user_id
        ),
        "forum/hidden-tags": select(HiddenTag.workspace_id, HiddenTag.tag).where(HiddenTag.user_id == user_id),
        "forum/views": select(
            ForumView.workspace_id, ForumView.name, ForumView.category_id, ForumView.query, ForumView.shared
        ).where(ForumView.user_id == user_id),
        "forum/appeals": select(
            Appeal.workspace_id, Appeal.words, Appeal.state, Appeal.answer, Appeal.created_at, Appeal.decided_at
        ).where(Appeal.user_id == user_id),
        "forum/flags": select(Flag.workspace_id, Flag.post_id, Flag.reason, Flag.words, Flag.created_at).where(
            Flag.user_id == user_id
        ),
    }


@dataclass
class OwnContents:
    """Once `pieces` has ended, `rows` and `files` say how many there are."""

    user_id: UUID
    progress: Progress
    moment: datetime = field(default_factory=db.now)
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    def pieces(self) -> Iterator[bytes]:
        """The zip, its rows all of one moment."""
        packer = Packer()
        with db.snapshot(db.Scope("buyer", None, self.user_id)):
            self.moment = db.clock()
            yield from self._all(packer, _account(self.user_id) | _bought(self.user_id) | _received(self.user_id))
            with db.system("a person's own data"):
                yield from self._all(packer, _said(self.user_id))
                pictures = self._pictures()
        yield from self._drawn(packer, pictures)
        yield from packer.add(
            "README.txt", [README.format(moment=self.moment.strftime("%d %B %Y, %H:%M UTC")).encode()]
        )
        yield from packer.add("manifest.json", [self._manifest(packer)])
        yield from packer.finish()

    def _all(self, packer: Packer, wanted: dict[str, Executable]) -> Iterator[bytes]:
        for name, statement in wanted.items():
            self.progress.begin(f"Packing {name.rpartition('/')[2].replace('-', ' ')}")
            before = self.progress.done
            yield from packer.add(f"{name}.jsonl", self._lines(statement))
            self.counts[name] = self.progress.done - before

    def _lines(self, statement: Executable) -> Iterator[bytes]:
        for row in rows.stream(statement):
            yield rows.line(dict(row._mapping))
            self.progress.went()

    def _pictures(self) -> list[tuple[str, str]]:
        sent = select(ForumPicture).where(ForumPicture.user_id == self.user_id, ForumPicture.state == "ready")
        return [(f"forum/pictures/{one.id}.webp", forum.rendition(one, 1 << 20)) for one in db.session().scalars(sent)]

    def _drawn(self, packer: Packer, pictures: list[tuple[str, str]]) -> Iterator[bytes]:
        self.progress.begin("Packing pictures")
        for name, key in pictures:
            if not storage.exists(key):
                continue
            yield from packer.add(name, storage.stream(key, 0, storage.size(key) - 1), packed=True)
            self.files += 1

    def _manifest(self, packer: Packer) -> bytes:
        members = {one.name: {"size": one.size, "sha256": one.sha256} for one in packer.members}
        said = {"product": "guildhall", "kind": "person", "format": FORMAT, "made_at": self.moment.isoformat()}
        return json.dumps(said | {"rows": self.counts, "members": members}, indent=1, ensure_ascii=False).encode()
