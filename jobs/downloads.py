"""Delivery jobs. Stamping and all that reads strangers' files at length has a queue of its own (decision 0018)."""

from uuid import UUID

from app.core.jobs import job
from app.downloads import actions

HOUR = 3600


@job("downloads.stamp", queue="stamping", attempts=5, own_transactions=True, seconds=HOUR)
def stamp(workspace_id: str, copy_id: str) -> None:
    actions.make(UUID(workspace_id), UUID(copy_id))


@job("downloads.inspect", queue="stamping", attempts=5, own_transactions=True, seconds=HOUR)
def inspect(workspace_id: str, file_id: str) -> None:
    actions.inspect(UUID(workspace_id), UUID(file_id))


@job("downloads.trace", queue="stamping", attempts=3, own_transactions=True, seconds=HOUR)
def trace(workspace_id: str, trace_id: str) -> None:
    actions.look(UUID(workspace_id), UUID(trace_id))


@job("downloads.sweep_traces")
def sweep_traces() -> None:
    actions.sweep_traces()


@job("downloads.sweep_copies")
def sweep_copies() -> None:
    actions.sweep_copies()


@job("downloads.forget_sightings")
def forget_sightings() -> None:
    actions.forget_sightings()


@job("downloads.tell_update", queue="bulk")
def tell_update(update_id: str) -> None:
    actions.tell_update(UUID(update_id))
