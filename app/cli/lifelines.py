"""Lifelines: a child that must not outlive its parent, and asking one to stop politely before insisting."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

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


def see_off(pidfile: Path, belongs: Callable[[psutil.Process], bool], signals: Sequence[int]) -> None:
    """End the process that a pid file of an earlier life names, if it `belongs` to us, and remove the file.

    The file may be stale and its number may be a stranger's by now; strangers are left alone.
    """
    with suppress(OSError, ValueError, psutil.Error):
        process = psutil.Process(int(pidfile.read_text().split("\n", 1)[0]))
        if belongs(process):
            for signum in (*signals, signal.SIGKILL):
                process.send_signal(signum)
                if psutil.wait_procs([process], timeout=8)[0]:
                    break
            time.sleep(0.2)  # its children need a moment to see that it is gone
    pidfile.unlink(missing_ok=True)
