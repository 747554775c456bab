"""Lifelines: a child that must not outlive its parent, and asking one to stop politely before insisting."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied_to_parent(signum: int = signal.SIGTERM) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends `signum` to the child when the parent's thread ends, even by kill -9.

    Call it in the process that will be the parent, and start the child from a thread that lives as long as the parent.
    Where the kernel has no such call (macOS) the child starts without it.
    """
    parent = os.getpid()

    def tie() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, signum, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return tie


def end(process: "subprocess.Popen[bytes]", steps: Sequence[tuple[int, float]]) -> None:
    """Send each signal in turn and wait its seconds; SIGKILL after the last. Returns when the process is gone."""
    for signum, seconds in steps:
        if process.poll() is not None:
            return
        process.send_signal(signum)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    if process.poll() is None:
        process.kill()
        process.wait()
