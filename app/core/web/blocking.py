"""C code that blocks (hashing, drawing) must not stall every stream of a gevent worker (RELIABILITY.md §0, fact 10)."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in gevent's thread pool when this process is patched, else right here."""
    try:
        from gevent import get_hub, monkey
    except ImportError:
        return work()
    if not monkey.is_module_patched("threading"):
        return work()
    result: T = get_hub().threadpool.apply(work)
    return result
