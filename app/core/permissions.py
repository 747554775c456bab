"""Who may do what: one enum, one table (ARCHITECTURE.md §7). Owner ⊃ Admin ⊃ Member ⊃ Viewer."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    @property
    def title(self) -> str:  # type: ignore[override]
        return self.value.capitalize()


class Permission(StrEnum):
    """`<feature>:<noun>:<verb>`, alphabetical."""

    ARCHIVES_ARCHIVE_MAKE = "archives:archive:make"
    CATALOGUE_PRODUCT_READ = "catalogue:product:read"
    CATALOGUE_PRODUCT_WRITE = "catalogue:product:write"
    CATALOGUE_SHOP_WRITE = "catalogue:shop:write"
    CHANNELS_CONNECTION_READ = "channels:connection:read"
    CHANNELS_CONNECTION_WRITE = "channels:connection:write"
    CHANNELS_LISTING_WRITE = "channels:listing:write"
    DOWNLOADS_LEAK_TRACE = "downloads:leak:trace"
    FORUM_CATEGORY_WRITE = "forum:category:write"
    FORUM_POST_MODERATE = "forum:post:moderate"
    FORUM_POST_READ = "forum:post:read"
    INVENTORY_STOCK_READ = "inventory:stock:read"
    INVENTORY_STOCK_WRITE = "inventory:stock:write"
    LICENCES_LICENCE_EXPORT = "licences:licence:export"
    LICENCES_LICENCE_READ = "licences:licence:read"
    LICENCES_LICENCE_WRITE = "licences:licence:write"
    LICENCES_SIGNER_WRITE = "licences:signer:write"
    ORDERS_ORDER_EXPORT = "orders:order:export"
    ORDERS_ORDER_READ = "orders:order:read"
    ORDERS_ORDER_REFUND = "orders:order:refund"
    ORDERS_ORDER_WRITE = "orders:order:write"
    PAYMENTS_ACCOUNT_WRITE = "payments:account:write"
    PAYMENTS_MONEY_READ = "payments:money:read"
    REVIEWS_REMINDER_WRITE = "reviews:reminder:write"
    REVIEWS_REVIEW_READ = "reviews:review:read"
    REVIEWS_REVIEW_REPLY = "reviews:review:reply"
    REVIEWS_REVIEW_REPORT = "reviews:review:report"
    SHIPPING_CARRIER_WRITE = "shipping:carrier:write"
    SHIPPING_LABEL_BUY = "shipping:label:buy"
    SHIPPING_PARCEL_READ = "shipping:parcel:read"
    WORKSPACES_AUDIT_READ = "workspaces:audit:read"
    WORKSPACES_MEMBER_READ = "workspaces:member:read"
    WORKSPACES_MEMBER_WRITE = "workspaces:member:write"
    WORKSPACES_WORKSPACE_WRITE = "workspaces:workspace:write"


_P = Permission
_VIEWER = frozenset(
    {
        _P.CATALOGUE_PRODUCT_READ,
        _P.CHANNELS_CONNECTION_READ,
        _P.FORUM_POST_READ,
        _P.INVENTORY_STOCK_READ,
        _P.LICENCES_LICENCE_READ,
        _P.ORDERS_ORDER_READ,
        _P.PAYMENTS_MONEY_READ,
        _P.REVIEWS_REVIEW_READ,
        _P.SHIPPING_PARCEL_READ,
        _P.WORKSPACES_MEMBER_READ,
    }
)
_MEMBER = _VIEWER | {
    _P.CATALOGUE_PRODUCT_WRITE,
    _P.CHANNELS_LISTING_WRITE,
    _P.DOWNLOADS_LEAK_TRACE,
    _P.FORUM_POST_MODERATE,
    _P.INVENTORY_STOCK_WRITE,
    _P.LICENCES_LICENCE_EXPORT,
    _P.LICENCES_LICENCE_WRITE,
    _P.ORDERS_ORDER_EXPORT,
    _P.ORDERS_ORDER_WRITE,
    _P.REVIEWS_REVIEW_REPLY,
    _P.REVIEWS_REVIEW_REPORT,
    _P.SHIPPING_LABEL_BUY,
}
_ADMIN = _MEMBER | {
    _P.CATALOGUE_SHOP_WRITE,
    _P.CHANNELS_CONNECTION_WRITE,
    _P.FORUM_CATEGORY_WRITE,
    _P.LICENCES_SIGNER_WRITE,
    _P.ORDERS_ORDER_REFUND,
    _P.REVIEWS_REMINDER_WRITE,
    _P.SHIPPING_CARRIER_WRITE,
    _P.WORKSPACES_AUDIT_READ,
    _P.WORKSPACES_MEMBER_WRITE,
    _P.WORKSPACES_WORKSPACE_WRITE,
}
_OWNER = _ADMIN | {_P.ARCHIVES_ARCHIVE_MAKE, _P.PAYMENTS_ACCOUNT_WRITE}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(_OWNER),
    Role.ADMIN: frozenset(_ADMIN),
    Role.MEMBER: frozenset(_MEMBER),
    Role.VIEWER: _VIEWER,
}


def allowed(role: Role | str | None, permission: Permission) -> bool:
    return role is not None and permission in GRANTS[Role(role)]
