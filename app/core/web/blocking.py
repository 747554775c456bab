"""C code that blocks (hashing, drawing) must not stall every stream of a gevent worker (RELIABILITY.md §0, fact 10)."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in gevent's thread pool when this process is patched, else right here."""
    if not _cooperative():
        return work()
    from gevent import get_hub

    result: T = get_hub().threadpool.apply(work)
    return result


def breathe() -> None:
    """Let the other requests of this worker run, in the middle of work that never has to wait."""
    if _cooperative():
        from gevent import sleep

        sleep(0.001)  # of no time at all would come back before the loop looks at anybody's socket


def _cooperative() -> bool:
    try:
        from gevent import monkey
    except ImportError:
        return False
    return bool(monkey.is_module_patched("threading"))
