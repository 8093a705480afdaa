"""What an operator may change, and that a slip in it does not go unnoticed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import fields

import pytest

from gpt2core.runtime.settings import PREFIX, Settings, configure_logging, read


def test_without_any_the_defaults_hold() -> None:
    assert read({}) == Settings()
    assert read({"PATH": "/bin", "GPT2": "x"}) == Settings()


@pytest.mark.parametrize("name", [field.name for field in fields(Settings)])
def test_each_is_read_and_changes_nothing_else(name: str) -> None:
    default = getattr(Settings(), name)
    word = {"engine": "ray", "openai_weights": "off", "weights_folder": "/"}.get(name, "DEBUG")
    written, wanted = {str: (word, word), int: ("7", 7), float: ("0.5", 0.5)}[type(default)]
    found = read({f"{PREFIX}{name.upper()}": written})
    assert getattr(found, name) == wanted != default
    assert type(getattr(found, name)) is type(default)
    others = {field.name for field in fields(Settings)} - {name}
    assert all(getattr(found, other) == getattr(Settings(), other) for other in others)


@pytest.mark.parametrize(
    "name", ["GPT2_ANATOMY_MAX_JOB", "GPT2_ANATOMY_max_jobs", "GPT2_ANATOMY_", "GPT2_ANATOMY_MAX_JOBS_"]
)
def test_a_misspelt_name_is_refused_and_the_right_ones_are_listed(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} is no setting; there are .*GPT2_ANATOMY_MAX_JOBS"):
        read({name: "5"})


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("MAX_JOBS", "many"), ("MAX_JOBS", ""), ("MAX_JOBS", "2.5"), ("MAX_JOBS", "0"), ("MAX_JOBS", "-1"),
        ("MAX_ROWS", "1e3"), ("MAX_JOB_SECONDS", "-0.1"), ("IDLE_MODEL_SECONDS", "nan"),
        ("MEMORY_SHARE", "0.0"), ("MEMORY_SHARE", "1.01"), ("MEMORY_SHARE", "80%"),
        ("OPENAI_WEIGHTS", "no"), ("OPENAI_WEIGHTS", ""), ("WEIGHTS_FOLDER", "/no/such/folder"),
        ("LOG_LEVEL", "LOUD"), ("LOG_LEVEL", ""), ("LOG_LEVEL", "info"),
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_by_name(name: str, written: str) -> None:
    with pytest.raises(ValueError, match=f"^{PREFIX}{name}={written} is "):
        read({f"{PREFIX}{name}": written})


@pytest.fixture
def log() -> Iterator[logging.Logger]:
    """gpt2core's logger, afterwards as it was."""
    log = logging.getLogger("gpt2core")
    before = log.handlers[:], log.level, log.propagate
    yield log
    log.handlers[:], log.level, log.propagate = before


def test_the_log_goes_to_stderr_from_its_level_on(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("WARNING")
    configure_logging("WARNING")  # a second time changes nothing
    log.getChild("engine").warning("seen")
    log.getChild("engine").info("unseen")
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.endswith(" WARNING gpt2core.engine: seen")
