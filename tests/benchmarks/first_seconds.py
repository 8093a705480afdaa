"""The first seconds of a visit, on this machine: `.venv/bin/python tests/benchmarks/first_seconds.py`."""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path[:0] = [str(Path(__file__).parents[n]) for n in (2, 1)]

from app_process import start_server
from first_look import TEACHERS, first_look, painted

ROUNDS = 5


def main() -> None:
    starts = []
    for _ in range(3):
        begin = time.perf_counter()
        process, url = start_server()
        starts.append(time.perf_counter() - begin)
        if len(starts) < 3:
            process.terminate()
            process.wait(20)
    time.sleep(8)  # until the computing is warm
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        looks = [first_look(chromium, url + path) for _ in range(ROUNDS) for path in ("", "vi")]
        links = [painted(chromium, url + path) for _ in range(ROUNDS) for path in TEACHERS]
        chromium.close()
    process.terminate()
    process.wait(20)
    print("| first seconds | found |\n|---|---|")
    print(f"| app start to serving | {statistics.median(starts):.1f} s |")
    print(f"| numbers and chart seen | {statistics.median(look.seen for look in looks):.1f} s |")
    print(f"| numbers follow a slider | {statistics.median(look.numbers for look in looks):.1f} s |")
    print(f"| chart follows a slider | {statistics.median(look.chart for look in looks):.1f} s |")
    print(f"| a teacher's link seen, 1.6 Mbit/s and 150 ms | {statistics.median(links):.1f} s |")
    print(f"| transferred | {max(look.bytes for look in looks) / 1e6:.1f} MB |")
    print(f"| layout shift | {max(look.shift for look in looks):.3f} |")


if __name__ == "__main__":
    main()
