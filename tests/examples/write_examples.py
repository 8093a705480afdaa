"""Writes assets/examples, what the page shows of GPT-2 Small with seed 0 before anything was pressed, by
pressing the buttons of the page as it opens; of a model that can learn where that one is too large for it.
assets/live/example.js shows it.

The handlers are the app's own; what the engine answers to them lies in answers.json:

    python tests/examples/write_examples.py             # texts, charts or handlers have changed
    python tests/examples/write_examples.py --missing   # something more is asked, and nothing else
    python tests/examples/write_examples.py --compute   # what is computed has changed (on a quiet CPU)
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import app  # isort: skip  (it sets the environment of torch)
import gradio as gr
import psutil
from examples.learning_model import LEARNS, of_a_model_that_learns
from examples.token_table import sentences
from run_async import run_async
from serving.engines import EngineHere

from gpt2core.i18n import ASSETS, LANGUAGES
from gpt2core.runtime.device import usable_cores
from gpt2core.serving import service
from gpt2core.serving.client import EngineClient
from gpt2core.serving.messages import (
    BuildRequest,
    Event,
    GenerateRequest,
    Request,
    TrainRequest,
    Visitor,
    shape_config,
)
from gpt2core.serving.messages.page_events import Example
from gpt2core.serving.warm_up import warm_up
from gpt2core.ui import dispatch
from gpt2core.ui.components import vocabularies
from gpt2core.ui.gradio_compat import functions_of
from gpt2core.ui.server.paths import page_of

COMMAND = ".venv/bin/python tests/examples/write_examples.py"
EXAMPLES = ASSETS / "examples"
ANSWERS = Path(__file__).with_name("answers.json")
TIMED = ("train", "lab-qkv", "lab-devices")  # these examples show times, and so where they were measured
COMPUTED, SHOWN = 7, 5  # significant digits
WITHOUT = ("forget",)  # nothing is forgotten as long as nothing was pasted
Answers = dict[str, Any]  # the last event of each request, as JSON has it


class Known(EngineHere):
    """Gives the answers that it knows, and has the others computed by `engine`, on the CPU."""

    def __init__(self, answers: Answers, engine: EngineClient | None = None) -> None:
        super().__init__()
        self.answers, self._engine = answers, engine

    def run(
        self, request: Request, visitor: Visitor | None = None,
        listening: Callable[[], bool] = lambda: True,
    ) -> Iterator[Event]:  # fmt: skip
        self.asked.append(request)
        name = repr(request)
        if name not in self.answers and self._engine:
            *_, last = self._engine.run(request.on_cpu())
            self.answers[name] = rounded(last, COMPUTED)
        yield self.answers[name]


def rounded(value: Any, digits: int) -> Any:
    """`value` as JSON has it, its floats with so many significant digits."""
    if isinstance(value, float):
        return float(f"{value:.{digits}g}")
    if isinstance(value, Mapping):
        return {key: rounded(each, digits) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each, digits) for each in value]
    return value


def buttons(demo: gr.Blocks, lang: str) -> dict[str, Any]:
    """What each button calls that starts the engine, by the button's id."""
    ids = {number: block.elem_id for number, block in demo.blocks.items() if isinstance(block, gr.Button)}
    return {
        str(ids[target]): fn
        for fn in functions_of(demo).values()
        for target, event in fn.targets
        if (fn.page, fn.concurrency_id, event) == (page_of(lang), dispatch.JOBS, "click")
        and target in ids
        and ids[target] not in WITHOUT
    }


async def _page() -> gr.Blocks:
    """Made where a loop runs: elsewhere Gradio makes one and leaves it open."""
    return app.make_app()


def examples(engine: Known, cores: int) -> Iterator[tuple[str, str, Example]]:
    """Language, run and example of all that can be pressed."""
    demo = run_async(_page())
    with patch.object(dispatch, "ENGINE", engine):
        for lang in LANGUAGES:
            for name, fn in buttons(demo, lang).items():
                engine.asked.clear()
                values = [control.value for control in fn.inputs]
                *_, last = fn.fn(None, *of_a_model_that_learns(name, values, engine.answers))
                event, *charts = last if isinstance(last, tuple) else (last,)
                if "error" in event:
                    asked = engine.asked[-1]
                    raise LookupError(f"{ANSWERS.name} has no answer to {asked}: run {COMMAND} --compute")
                yield lang, name, example(name, engine.asked[0], event, charts, cores)


def example(name: str, request: Request, event: Any, charts: list[Any], cores: int) -> Example:
    model = request if isinstance(request, BuildRequest) else request.model
    found: Example = {
        "config": shape_config(request.config), "seed": model.seed,
        "event": rounded(event, SHOWN),
    }  # fmt: skip
    if isinstance(request, TrainRequest) or name == "before-after":
        found["source"] = str(LEARNS["source"])
    if isinstance(request, GenerateRequest):
        found["prompt"] = request.prompt
    if name in TIMED:
        found["cores"] = cores
    if charts:
        found["distribution"] = rounded(charts[0], SHOWN)
    return found


def written(found: Any) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def files(recorded: Mapping[str, Any]) -> dict[Path, str]:
    """What each file of assets/examples should say."""
    engine = Known(recorded["answers"])
    return {
        EXAMPLES / lang / f"{name}.json": written(found)
        for lang, name, found in examples(engine, recorded["cores"])
    } | {vocabularies.RECORDED: written(sentences())}


def computed(engine: EngineClient, known: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """What answers.json should say; answers that are `known` are not computed."""
    answering = Known({**known}, engine)
    for _ in examples(answering, 0):
        pass
    return {"answers": answering.answers, "cores": usable_cores()}


def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return found


def main() -> None:
    if compute := {"--compute", "--missing"} & {*sys.argv[1:]}:
        if (busy := psutil.cpu_percent(1)) > 20:
            print(f"{busy:.0f}% of the CPU are busy, and {TIMED} will show times that are too long")
        service.scheduler(keep_warm=True)  # as the engine's own process does
        warm_up()
        found = computed(EngineHere(), recorded()["answers"] if compute == {"--missing"} else {})
        service.close(1)
        lines = [f"{json.dumps(name)}: {written(answer)}" for name, answer in found["answers"].items()]
        text = f'{{"cores": {found["cores"]}, "answers": {{\n{",".join(lines)}}}}}\n'
        ANSWERS.write_text(text, encoding="utf-8")
    vocabularies.RECORDED.write_text(written(sentences()), encoding="utf-8")  # the page has it
    made = files(recorded())
    for stale in {*EXAMPLES.glob("*/*.json")} - made.keys():
        stale.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
