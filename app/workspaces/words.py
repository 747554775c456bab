"""Roles, permissions and audit entries in plain words."""

from app.core.audit import AuditEntry
from app.core.money import Money
from app.core.permissions import GRANTS, Permission, Role

MEANS = {
    Role.OWNER: "Everything, also connecting the bank account and deciding who else is an owner.",
    Role.ADMIN: "Runs the place: shops, refunds, the team. Cannot change where money is paid out.",
    Role.MEMBER: "Does the daily work: products, stock, shipping. No refunds, no team changes.",
    Role.VIEWER: "Sees orders, stock and figures, and changes nothing.",
}
_P = Permission
ABILITIES: tuple[tuple[str, Permission], ...] = (
    ("See orders", _P.ORDERS_ORDER_READ),
    ("Ship orders, write notes", _P.ORDERS_ORDER_WRITE),
    ("Export orders", _P.ORDERS_ORDER_EXPORT),
    ("Refund and cancel orders", _P.ORDERS_ORDER_REFUND),
    ("See products and stock", _P.CATALOGUE_PRODUCT_READ),
    ("Change products", _P.CATALOGUE_PRODUCT_WRITE),
    ("Count and receive stock", _P.INVENTORY_STOCK_WRITE),
    ("Change shops, delivery and discounts", _P.CATALOGUE_SHOP_WRITE),
    ("Change the key that signs licence files", _P.LICENCES_SIGNER_WRITE),
    ("See payouts and figures", _P.PAYMENTS_MONEY_READ),
    ("Connect the bank account", _P.PAYMENTS_ACCOUNT_WRITE),
    ("See the team", _P.WORKSPACES_MEMBER_READ),
    ("Invite, change roles, remove people", _P.WORKSPACES_MEMBER_WRITE),
    ("Read the audit trail", _P.WORKSPACES_AUDIT_READ),
    ("Change the workspace", _P.WORKSPACES_WORKSPACE_WRITE),
    ("Take all data out, or bring an archive in", _P.ARCHIVES_ARCHIVE_MAKE),
)


def permission_table() -> list[tuple[str, list[bool]]]:
    """For each ability, whether Owner, Admin, Member and Viewer have it."""
    return [(words, [permission in GRANTS[role] for role in Role]) for words, permission in ABILITIES]


# What follows the actor's name. {…} are the entry's own data; the field is missing in entries of an older shape.
SENTENCES = {
    "workspaces.create": "created the workspace {name}",
    "workspaces.update": "changed the workspace: {changes}",
    "workspaces.invite": "invited {whom} as {role}",
    "workspaces.revoke_invitation": "took back the invitation of {whom}",
    "workspaces.accept_invitation": "joined as {role}",
    "workspaces.change_role": "made {whom} {role} (was {before})",
    "workspaces.remove_member": "removed {whom}",
    "workspaces.leave": "left the workspace",
    "workspaces.appoint": "made {whom} {role}",
    "archives.ask": "asked for an archive of everything",
    "archives.download": "downloaded an archive of everything",
    "archives.make": "made an archive: {rows} rows, {files} files",
    "archives.bring": "brought an archive in: {rows} rows, {files} files",
    "admin.replay_receipt": "had {source}'s message {receipt} applied again",
    "admin.replay_receipts": "had {count} messages applied again ({filters})",
    "admin.read_receipt": "read all of {source}'s message {receipt}",
    "admin.retry_job": "had the job {job} tried again",
    "admin.retry_jobs": "had {count} jobs tried again",
    "admin.discard_job": "discarded the job {job}: {reason}",
    "admin.run_now": "ran {job} out of turn",
    "payments.change_fee": "set the fee of {target} to {fee} (was {before})",
    "payments.withdraw_fee": "took back a planned fee of {fee} for {target}",
}


class _Data(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"


def sentence(entry: AuditEntry) -> str:
    """«invited kim@example.com as Member»; for an action without a sentence its own words, «orders: create refund»."""
    known = SENTENCES.get(entry.action)
    if known:
        return known.format_map(_Data(entry.data))
    return describe_action(entry.action)


def describe_action(action: str) -> str:
    feature, _, verb = action.partition(".")
    return f"{feature}: {verb.replace('_', ' ')}"


def details(entry: AuditEntry) -> str:
    """The rest of what was recorded, one fact per line."""
    return "\n".join(f"{key.replace('_', ' ')}: {_plain(value)}" for key, value in sorted(entry.data.items()))


def _plain(value: object) -> str:
    if isinstance(value, dict) and set(value) == {"minor", "currency"}:
        return Money(int(value["minor"]), str(value["currency"])).format()
    return str(value)
