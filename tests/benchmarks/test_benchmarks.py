"""What the benchmarks reckon with; the measuring itself is for quiet machines."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest
from benchmarks.one_visitor import decode_rate, note_steps
from benchmarks.peers import Peer
from benchmarks.table import cell, quantile, ratio
from benchmarks.visitor import parts

PROGRAM = """
import sys
sys.path[:0] = [{tests!r}]
from benchmarks.resident import serve
print("a library speaks")
def double(n):
    print("and again")
    return 2 * n
serve({{"double": double}})
"""


def test_a_cell_has_the_median_and_what_lies_around_it() -> None:
    assert cell([0.91, 0.8, 0.83], "s", 2) == "0.83 s (0.80 to 0.91)"
    assert cell([0.831, 0.829], "s", 2) == "0.83 s"
    assert cell([2.0, 3.0, 3.0]) == "3 (2 to 3)"


def test_a_ratio_is_that_of_medians() -> None:
    assert ratio([1.0, 3.0, 50.0], [2.0, 1.0, 1.0]) == "3.0"


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([float(n) for n in range(100)], 0.95) == 95
    assert quantile([1.0], 0.95) == 1


def test_the_rate_of_a_text_begins_with_its_first_event_and_ends_with_its_last_token() -> None:
    assert decode_rate([(1.0, 1), (1.5, 5), (2.0, 11), (9.0, 11)]) == 10


def test_steps_are_told_in_milliseconds() -> None:
    found: defaultdict[str, list[float]] = defaultdict(list)
    note_steps(found, [0.01] * 19 + [0.03])
    assert found == {"median": [10], "p95": [30], "p95 over median": [3]}


def test_a_peer_answers_one_command_after_another_whatever_its_libraries_print(tmp_path: Path) -> None:
    program = tmp_path / "peer.py"
    program.write_text(PROGRAM.format(tests=str(Path(__file__).parents[1])))
    with Peer(str(program)) as peer:
        assert [peer.ask("double", n=n) for n in (1, 2)] == [2, 4]
        with pytest.raises(RuntimeError, match="ended at double"):
            peer.ask("double", n=None)


def test_an_unknown_part_is_refused() -> None:
    assert parts("build,class") == ["build", "class"]
    with pytest.raises(Exception, match="clas: there are build"):
        parts("clas")
