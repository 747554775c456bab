"""How many strangers fetch one purchase: pairs of a device and a network that have nothing in common.

One phone on forty networks is one place, for it is one device; a family of four in one home is one place, for it is one network.
The number of places is the most pairs that can be chosen so that no two share a device or a network: a maximum matching.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

Pair = tuple[str, str]
"""A device and a network, as words."""


def network(ip: str) -> str:
    """The /24 of an IPv4 address or the /48 of an IPv6 one; an address that is none is a network of its own name."""
    try:
        address: IPv4Address | IPv6Address = ip_address(ip)
    except ValueError:
        return ip[:64]
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return ".".join([*str(address).split(".")[:3], "0/24"])
    return ":".join(address.exploded.split(":")[:3]) + "::/48"


def places(pairs: Iterable[Pair]) -> int:
    """The size of a maximum matching between devices and networks (augmenting paths, without recursion)."""
    reached: dict[str, list[str]] = {}
    for device, place in sorted(set(pairs)):
        reached.setdefault(device, []).append(place)
    holder: dict[str, str] = {}
    return sum(_seated(device, reached, holder) for device in reached)


def _seated(device: str, reached: dict[str, list[str]], holder: dict[str, str]) -> bool:
    """Find a network for this device, moving others along a path that ends at a free one."""
    came_from: dict[str, tuple[str, str | None]] = {}
    waiting: list[tuple[str, str | None]] = [(device, None)]
    while waiting:
        guest, left = waiting.pop()
        for place in reached[guest]:
            if place in came_from:
                continue
            came_from[place] = (guest, left)
            if place not in holder:
                _move(place, came_from, holder)
                return True
            waiting.append((holder[place], place))
    return False


def _move(free: str, came_from: dict[str, tuple[str, str | None]], holder: dict[str, str]) -> None:
    place: str | None = free
    while place is not None:
        guest, left = came_from[place]
        holder[place], place = guest, left
