"""Facts: frozen dataclasses of ids and plain values. A feature's events.py subclasses Event; anyone may import it."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar
from uuid import UUID

from app.core.money import Money


@dataclass(frozen=True, kw_only=True)
class Event:
    """`name` is `<feature>.<fact>`; `topics` say which live streams hear of it (ids only travel)."""

    name: ClassVar[str] = ""
    registry: ClassVar[dict[str, type["Event"]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        feature = cls.__module__.split(".")[1]
        cls.name = f"{feature}.{cls.__name__}"
        Event.registry[cls.name] = cls

    def topics(self) -> list[str]:
        return []

    def payload(self) -> dict[str, Any]:
        return {key: plain(value) for key, value in asdict(self).items()}


def plain(value: Any) -> Any:
    """JSON shape of an argument: ids as text, money as {minor, currency}."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, bool)):
        return value
    raise TypeError(f"{type(value).__name__} does not travel in an event or a job")


def rebuild(name: str, payload: dict[str, Any]) -> Event:
    """The event that `payload` was made from; fields typed UUID come back as UUID."""
    kind = Event.registry[name]
    values = {}
    for item in fields(kind):
        raw = payload.get(item.name)
        values[item.name] = UUID(raw) if raw is not None and "UUID" in str(item.type) and isinstance(raw, str) else raw
    return kind(**values)
