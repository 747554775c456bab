"""Every table in one import, for migrations and the tests that walk them all."""

from app.access import models as access
from app.accounts import models as accounts
from app.archives import models as archives
from app.catalogue import models as catalogue
from app.channels import models as channels
from app.core import audit, crypto, idempotency, inbox, mail, outbox, scheduler
from app.core.db import Base
from app.downloads import models as downloads
from app.forum import models as forum
from app.inventory import models as inventory
from app.licences import models as licences
from app.notifications import models as notifications
from app.orders import models as orders
from app.payments import models as payments
from app.reviews import models as reviews
from app.shipping import models as shipping
from app.storefront import models as storefront
from app.workspaces import models as workspaces

metadata = Base.metadata
__all__ = [
    "access",
    "accounts",
    "archives",
    "audit",
    "catalogue",
    "channels",
    "crypto",
    "downloads",
    "forum",
    "idempotency",
    "inbox",
    "inventory",
    "licences",
    "mail",
    "metadata",
    "notifications",
    "orders",
    "outbox",
    "payments",
    "reviews",
    "scheduler",
    "shipping",
    "storefront",
    "workspaces",
]
