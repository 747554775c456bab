"""E-mail addresses and names, shown so that only who knows them recognises them."""


def masked(email: str) -> str:
    """«na••••@example.org»: the first two letters of a long name, the first of a short one, and where it is."""
    name, _, place = email.partition("@")
    shown = name[:2] if len(name) > 3 else name[:1]
    return f"{shown}••••@{place}" if place else f"{shown}••••"


def shortened(name: str) -> str:
    """«Nadia S.»: the first name, and the first letter of the last one."""
    words = name.split()
    return words[0] if len(words) == 1 else f"{words[0]} {words[-1][0]}." if words else ""
