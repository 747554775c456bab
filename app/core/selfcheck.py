"""The start-up check: the application refuses to serve what is not safe to serve (ARCHITECTURE.md §16)."""

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.core import crypto, db, settings
from app.core.settings import Settings, SettingsError

HEAD_TABLE = "alembic_version"


def run(chosen: Settings | None = None, head: str | None = None) -> None:
    """Raises SettingsError listing every reason, each with what to do."""
    chosen = chosen or settings.current()
    reasons = [*_settings(chosen), *_queues(), *_database(head)]
    if reasons:
        raise SettingsError("Guildhall does not start:\n- " + "\n- ".join(reasons))


def _settings(chosen: Settings) -> list[str]:
    found = []
    if chosen.debug and not chosen.development:
        found.append("DEBUG is on outside development. Remove DEBUG from the environment.")
    if len(chosen.secret_key) < 32 or chosen.secret_key in ("dev", "secret", "changeme"):
        found.append(
            "SECRET_KEY is missing, short or a default. Set 32 or more random characters (`openssl rand -hex 32`)."
        )
    if not chosen.development and not chosen.app_url.startswith("https://"):
        found.append(
            "APP_URL does not start with https://, so cookies cannot be __Host- and Secure. Set the public https address."
        )
    if not any(chosen.trusted_hosts):
        found.append("TRUSTED_HOSTS is empty. Set APP_URL or name the hosts that requests may come for.")
    if not chosen.stripe_webhook_secret or not chosen.stripe_connect_webhook_secret:
        found.append(
            "STRIPE_WEBHOOK_SECRET or STRIPE_CONNECT_WEBHOOK_SECRET is missing. Copy both from the Stripe dashboard."
        )
    try:
        crypto.keys_of(chosen.encryption_keys)
    except (SettingsError, ValueError) as error:
        found.append(str(error))
    return found


def _queues() -> list[str]:
    from rq.serializers import JSONSerializer

    from app.core import outbox_relay

    if outbox_relay.JSONSerializer is not JSONSerializer:
        return ["RQ is not on JSON: pickled jobs let whoever writes to Valkey run code. Use JSONSerializer everywhere."]
    return []


def _database(head: str | None) -> list[str]:
    try:
        with db.engine().connect() as connection:
            return [
                reason
                for check, reason in _CHECKS
                if (found := connection.execute(text(check)).scalars().all())
                for reason in [reason.format(", ".join(map(str, found)))]
            ] + _migrations(connection, head)
    except SQLAlchemyError as error:
        return [
            f"The database cannot be asked ({type(error).__name__}). Check DATABASE_URL and run `flask --app wsgi setup`."
        ]


def _migrations(connection: object, head: str | None) -> list[str]:
    present = connection.execute(text("select version_num from alembic_version")).scalar()  # type: ignore[attr-defined]
    if head is not None and present != head:
        return [
            f"Migrations are behind: the database is at {present}, the code at {head}. Run `flask --app wsgi setup`."
        ]
    return []


_CHECKS = (
    (
        "select rolname from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)",
        "The database role {} can bypass row-level security. Use a role made with NOSUPERUSER NOBYPASSRLS.",
    ),
    (
        "select relname from pg_class where relkind in ('r','p') and relnamespace = 'public'::regnamespace"
        " and pg_get_userbyid(relowner) = current_user",
        "The database role owns tables ({}). Run migrations as DATABASE_ADMIN_URL and serve as another role.",
    ),
    (
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'"
        " where c.relkind in ('r','p') and c.relnamespace = 'public'::regnamespace and not a.attisdropped"
        " and not (c.relrowsecurity and c.relforcerowsecurity)",
        "These workspace tables lack forced row-level security: {}. Enable and force it in a migration.",
    ),
    (
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'workspace_id'"
        " where c.relkind in ('r','p') and c.relnamespace = 'public'::regnamespace and not a.attisdropped"
        " and not exists (select 1 from pg_policy p where p.polrelid = c.oid)",
        "These workspace tables have no policy: {}. Add one in a migration.",
    ),
    (
        "select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace"
        " and not coalesce(reloptions @> array['security_invoker=true'], false)",
        "These views run as their owner: {}. Create them with security_invoker = true.",
    ),
)
