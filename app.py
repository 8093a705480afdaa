"""GPT-2 Anatomy: the page, from top to bottom."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from gpt2core.runtime import start

start.check(Path(__file__).with_name("requirements.txt"))

from gpt2core.runtime.settings import TORCH_ENVIRONMENT, configure_logging

# Before gradio and torch are loaded, which read these once.
PRIVATE = {"GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_DISABLE_TELEMETRY": "1"}
for variable, value in (PRIVATE | TORCH_ENVIRONMENT).items():
    os.environ.setdefault(variable, value)

from gpt2core.ui.dispatch import JOBS, for_page, warm_up  # isort: skip  (spaces before torch)

import threading

import gradio as gr

from gpt2core.i18n import LANGUAGES, t
from gpt2core.ui import api, gradio_compat, views
from gpt2core.ui.components import compare, frame, shape, training
from gpt2core.ui.server import connections, lifecycle, routes, static_files
from gpt2core.validation import GENERATE_FIELDS, MODEL_FIELDS, TRAIN_FIELDS

THEME = gr.themes.Base(
    font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"],
    primary_hue="blue", neutral_hue="slate",
)  # fmt: skip


def tab(name: str, lang: str) -> gr.Tab:
    return gr.Tab(t(f"page.{name}_tab", lang), id=name, render_children=True)


def lay_out(lang: str) -> None:
    """The page in one language."""
    gr.Navbar(visible=False)
    other = next(code for code in LANGUAGES if code != lang)
    frame.header(lang, other, "./" if other == LANGUAGES[0] else f"./{other}")

    with gr.Row(elem_classes="house at-sliders"):
        with gr.Column(scale=3, min_width=300, elem_classes="left"):
            controls = shape.lay_out(lang)
            with gr.Column(elem_classes="next-steps"):
                controls["weights"] = training.weights(lang)
                build_button = gr.Button(t("build.button", lang), variant="primary", elem_id="build")
                frame.to_generate(lang)
        model = [controls[field] for field in MODEL_FIELDS]
        with gr.Column(scale=9, min_width=320, elem_classes="right"):
            with gr.Row(elem_classes="figures-on-top"):
                numbers = frame.numbers(lang)
                frame.tiles(lang)
            compare.table(lang)
            frame.navigation(lang)
            views.lesson.way_back(lang)
            with gr.Tabs():
                with tab("parameters", lang):
                    views.parameters.lay_out(lang)
                with tab("drawing", lang):
                    played = views.drawing.lay_out(lang)
                with tab("generate", lang):
                    generation = views.generate.lay_out(lang)
                with tab("train", lang):
                    learning = views.train.lay_out(lang)
                with tab("inside", lang):
                    layer, labs = views.inside.lay_out(lang)
                with tab("costs", lang):
                    labs += views.costs.lay_out(lang)
                with tab("lesson", lang):
                    views.lesson.lay_out(lang)

    gr.on(
        [control.release for control in model],
        partial(shape.confirm, lang), model, numbers, trigger_mode="always_last", concurrency_limit=None,
        api_visibility="private", show_progress="hidden",
    )  # fmt: skip
    gr.on(
        None, partial(views.build.ask_device, lang), None, [build_button, controls["dtype"]],
        concurrency_limit=None, api_visibility="private", show_progress="hidden",
    )  # fmt: skip
    text = [(controls | generation.controls)[field] for field in GENERATE_FIELDS]
    job(build_button, for_page(views.build.build, lang), model, generation.build_report)
    job(
        generation.button, for_page(views.generate.generate, lang), text,
        [generation.output, generation.distribution],
    )  # fmt: skip
    job(generation.compare, for_page(views.generate.compare, lang), text, generation.comparison)
    learnt = [(controls | learning.controls)[field] for field in TRAIN_FIELDS]
    job(learning.button, for_page(views.train.train, lang), learnt, learning.output)
    job(learning.forget, for_page(views.train.forget, lang), learnt, learning.forgotten)
    job(
        learning.compare, for_page(views.train.before_after, lang), text, learning.comparison,
        js=views.train.WITH_LEARNT,
    )  # fmt: skip
    looked_at = controls | generation.controls | {"layer": layer}
    for each in [*labs, *generation.labs, played]:
        inputs = [looked_at[field] for field in each.fields]
        job(each.button, for_page(each.run, lang), inputs, each.output, js=each.state)


def job(
    button: gr.Button, handler: Callable[..., Iterator[object]], inputs: list[gr.HTML],
    outputs: gr.HTML | list[gr.HTML], js: str | None = None,
) -> None:  # fmt: skip
    """`button` starts what computes; the page's scripts end it (assets/live/runs.js)."""
    button.click(
        handler, inputs, outputs, js=js, concurrency_limit=None, concurrency_id=JOBS,
        trigger_mode="multiple", api_visibility="private", show_progress="hidden",
    )  # fmt: skip


def make_app() -> gr.Blocks:
    """Both languages from one function, and the API once."""
    app = gr.Blocks(title=t("page.title", "en"), analytics_enabled=False, delete_cache=(3600, 3600))
    with app:
        lay_out("en")
        api.publish()
    for lang in LANGUAGES[1:]:
        with app.route(t("page.title", lang), f"/{lang}", show_in_navbar=False):
            lay_out(lang)
    # The scheduler says who waits and who is refused; Gradio's own queue only hands the jobs on.
    app.queue(api_open=False, max_size=2000, default_concurrency_limit=None, status_update_rate=60)
    gradio_compat.rest_between_looks(app)
    return app


def launch() -> None:
    configure_logging()
    # The page is served before torch has loaded, which it does while the first visitor looks at the charts.
    threading.Thread(target=warm_up, daemon=True).start()
    lifecycle.trust_the_proxy()
    gradio_compat.keep_sessions_small()
    gradio_compat.without_matplotlib()
    app = make_app()
    app.launch(
        theme=THEME, css_paths=static_files.STYLES, head=static_files.HEAD,
        app_kwargs=routes.app_kwargs(app), footer_links=[], ssr_mode=False, enable_monitoring=False,
        run_history=False, max_threads=1000, max_file_size=1, show_error=False, share=False, pwa=False,
        mcp_server=False,
        prevent_thread_lock=True, state_session_capacity=256,
    )  # fmt: skip
    connections.limit_connections(gradio_compat.server_config(app))
    lifecycle.freeze_heap()
    lifecycle.wait_for_shutdown()


if __name__ == "__main__":
    launch()
