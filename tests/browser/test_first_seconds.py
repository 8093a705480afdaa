"""From opening the page to seeing it: how long, how much, and nothing jumps. The issue's seconds are for
a quiet machine (`tests/benchmarks/first_seconds.py` measures them); here stand multiples of them."""

from __future__ import annotations

import time

import pytest
from app_process import start_server
from browser_tools import wide
from first_look import MOST_BYTES, TEACHERS, first_look, painted
from playwright.sync_api import Browser

pytestmark = pytest.mark.alone
MULTIPLE = 2.5  # of the seconds, for busy machines


@pytest.mark.parametrize("path", [wide(""), "vi"])
def test_numbers_and_chart_come_soon_and_stay_where_they_are(
    browser: Browser, server: str, path: str
) -> None:
    looks = [first_look(browser, server + path) for _ in range(2)]
    assert min(look.seen for look in looks) < 4.5
    assert min(look.numbers for look in looks) < 8
    assert min(look.chart for look in looks) < 15
    assert looks[0].bytes < MOST_BYTES
    assert max(look.shift for look in looks) < 0.02


@pytest.mark.parametrize("path", [TEACHERS[0], *map(wide, TEACHERS[1:])])
def test_a_teachers_link_is_painted_soon_on_a_slow_line(browser: Browser, server: str, path: str) -> None:
    assert min(painted(browser, server + path) for _ in range(2)) < 1.2 * MULTIPLE


def test_on_a_phone_nothing_jumps_either(browser: Browser, server: str) -> None:
    assert first_look(browser, server, width=390, height=844).shift < 0.02


@pytest.mark.wide
def test_a_page_whose_script_fails_shows_all_the_same(browser: Browser, server: str) -> None:
    page = browser.new_page()
    page.route("**/live.js", lambda route: route.abort())
    page.goto(server)
    page.get_by_role("button", name="Build").wait_for(state="visible", timeout=30_000)
    page.close()


def test_the_app_starts_soon() -> None:
    begin = time.perf_counter()
    process, _ = start_server()
    taken = time.perf_counter() - begin
    process.terminate()
    process.wait(60)  # it ends in its own time: what is timed is the start
    assert taken < 24
