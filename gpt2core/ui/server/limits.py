"""How much the server takes from one address and from one session; the README's hosting part lists it.

A school is one address: what stands here per address is meant for a hundred people. How many jobs there
may be is a setting (runtime/settings.py).
"""

from __future__ import annotations

from typing import NamedTuple


class Rate(NamedTuple):
    """So many at once after a rest, then so many a second."""

    at_once: float
    per_second: float


# A slider moved by a key that is held down asks several times a second.
CALLS_PER_SESSION = Rate(100, 20)
CALLS_PER_ADDRESS = Rate(400, 60)
# Jobs that a session starts while another of its jobs waits or runs: who waits for an answer before asking
# again is not counted, and nobody presses a button more often.
OVERLAPPING_JOBS_PER_SESSION = Rate(10, 1)
JOBS_PER_ADDRESS = Rate(250, 10)  # a class presses at once, and then each student now and then
PAGES_PER_ADDRESS = Rate(600, 30)  # and other documents that are made for whoever asks
QR_CODES_PER_ADDRESS = Rate(200, 5)  # up to 0.05 s each

STREAMS_PER_ADDRESS, STREAMS = 400, 1600  # of events, open at one time; a page has one while it waits
BODIES_PER_ADDRESS, BODIES = 100, 1000  # of requests, that are still on their way
MOST_BYTES = 2**20  # of a body; the longest prompt, escaped, is a fraction of that
BODY_SECONDS = 10.0  # from the headers of a request to the end of its body
HEADER_SECONDS = 20.0  # from an open connection to the end of a request's headers
CONNECTIONS = 2000
