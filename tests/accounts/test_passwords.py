"""Hashes: strength of their making, and that they never stop the event loop."""

import subprocess
import sys

import pytest

from app.accounts import passwords


def test_hashes_are_argon2id_at_owasp_s_floor_or_above() -> None:
    kept = passwords.hashed("violet kettle under snow")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.matches(kept, "violet kettle under snow")
    assert not passwords.matches(kept, "violet kettle under rain")
    assert not passwords.matches(None, "nobody has this password")
    assert not passwords.matches("not a hash", "violet kettle under snow")


def test_one_password_typed_on_two_keyboards_is_one_password() -> None:
    assert passwords.matches(passwords.hashed("re\u0301sume\u0301 kettle snow"), "r\u00e9sum\u00e9 kettle snow")


@pytest.mark.parametrize("length", [12, 64, 128, 1024])
def test_long_passwords_are_welcome_and_counted_whole(length: int) -> None:
    words = "violet kettle under snow "
    password = (words * 50)[:length].strip().ljust(length, "x") if length > 24 else "vq7 kettle s"
    passwords.check(password)
    kept = passwords.hashed(password)
    assert passwords.matches(kept, password) and not passwords.matches(kept, password[:-1])


def test_own_words_are_refused() -> None:
    for password in ("northlight is my shop!", "so says kim@example.com", "NORTHLIGHT-or-bust-1"):
        with pytest.raises(passwords.WeakPassword):
            passwords.check(password, "kim@example.com", "Northlight")


def test_under_gevent_a_hash_leaves_the_loop_free() -> None:
    """Ticks go on while four hashes are computed, because they run in the hub's threads."""
    program = """
from gevent import monkey; monkey.patch_all()
import gevent, threading
from app.accounts import passwords
main, seen, ticks = threading.get_ident(), set(), []
real = passwords.HASHER.hash
class Spy:
    def hash(self, typed):
        import _thread
        from gevent.monkey import get_original
        seen.add(get_original("_thread", "get_ident")())
        return real(typed)
passwords.HASHER = Spy()
from gevent.monkey import get_original
loop = get_original("_thread", "get_ident")()
def tick():
    while True:
        ticks.append(1); gevent.sleep(0.001)
ticker = gevent.spawn(tick)
jobs = [gevent.spawn(passwords.hashed, "violet kettle under snow") for _ in range(8)]
gevent.joinall(jobs)
assert loop not in seen and len(seen) >= 1, (loop, seen)
assert all(job.value.startswith("$argon2id$") for job in jobs)
assert len(ticks) > 10, len(ticks)
print("free")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "free", done.stderr
