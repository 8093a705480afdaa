"""Under which name a caller's address is counted."""

from __future__ import annotations

import ipaddress


def rate_limit_key(host: str) -> str:
    """One name for all addresses that one subscriber has.

    A provider gives each IPv6 subscriber a /64 at least, which is 2^64 addresses to call from. What is no
    address, as behind a Unix socket, is its own name.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
