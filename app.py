"""GPT-2 Anatomy: the page, from top to bottom."""

from __future__ import annotations

import os
from functools import partial

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

from gpt2core.ui.where import JOBS, for_page, warm_up  # isort: skip  (spaces before torch)

import threading

import gradio as gr

from gpt2core.text import LANGUAGES, t
from gpt2core.ui import (
    api,
    assets,
    compare,
    costs_tab,
    counters_tab,
    drawing_tab,
    export_tab,
    frame,
    generate_tab,
    hardware_tab,
    inside_tab,
    lab,
    lesson_tab,
    live,
    model_tab,
    parameters_tab,
    server,
    sessions,
    shape,
    temperature_tab,
)

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

    with gr.Row(elem_classes="house"):
        with gr.Column(scale=3, min_width=300, elem_classes="left"):
            model = list(shape.lay_out(lang).values())
            build_button = gr.Button(t("build.button", lang), variant="primary", elem_id="build")
        with gr.Column(scale=9, min_width=320, elem_classes="right"):
            numbers = frame.numbers(lang)
            compare.table(lang)
            frame.navigation(lang)
            lesson_tab.way_back(lang)
            with gr.Tabs():
                with tab("parameters", lang):
                    parameters_tab.lay_out(lang)
                with tab("model", lang):
                    built = model_tab.lay_out(lang)
                    stop_build = live.stop("build", lang)
                with tab("generate", lang):
                    speech = generate_tab.lay_out(lang)
                with tab("counters", lang):
                    counters_tab.lay_out(lang)
                with tab("drawing", lang):
                    drawing_tab.lay_out(lang)
                with tab("inside", lang):
                    layer, labs = inside_tab.lay_out(lang)
                with tab("temperature", lang):
                    labs += temperature_tab.lay_out(lang)
                with tab("hardware", lang):
                    labs += hardware_tab.lay_out(lang)
                with tab("costs", lang):
                    labs += costs_tab.lay_out(lang)
                with tab("lesson", lang):
                    lesson_tab.lay_out(lang)
                with tab("export", lang):
                    export_tab.lay_out(lang)

    private = {"api_visibility": "private", "show_progress": "hidden"}
    computing = private | {"concurrency_limit": None, "concurrency_id": JOBS, "trigger_mode": "multiple"}
    gr.on(
        [control.release for control in model],
        partial(shape.confirm, lang), model, numbers, trigger_mode="always_last",
        concurrency_limit=None, **private,
    )  # fmt: skip
    gr.on(None, partial(model_tab.button, lang), None, build_button, concurrency_limit=None, **private)
    building = build_button.click(for_page(model_tab.build, lang), model, built, **computing)
    stop_build.click(None, None, None, cancels=[building])
    speaking = speech.button.click(
        for_page(generate_tab.generate, lang), [*model, *speech.controls],
        [speech.output, speech.distribution], **computing,
    )  # fmt: skip
    speech.stop.click(None, None, None, cancels=[speaking])
    comparing = speech.compare.click(
        for_page(generate_tab.compare, lang), [*model, *speech.controls], speech.comparison, **computing
    )
    speech.stop_compare.click(None, None, None, cancels=[comparing])
    for each in labs:
        trying = each.button.click(
            for_page(each.run, lang), [*model, speech.controls[0], layer], each.output,
            js=lab.STATE_OF_FIELDS, **computing,
        )  # fmt: skip
        each.stop.click(None, None, None, cancels=[trying])


def make_app() -> gr.Blocks:
    """Both languages from one function, and the API once."""
    with gr.Blocks(title=t("page.title", "en"), analytics_enabled=False, delete_cache=(3600, 3600)) as app:
        lay_out("en")
        api.publish()
    for lang in LANGUAGES[1:]:
        with app.route(t("page.title", lang), f"/{lang}", show_in_navbar=False):
            lay_out(lang)
    # The scheduler says who waits and who is refused; Gradio's own queue only hands the jobs on.
    return app.queue(
        api_open=False, max_size=2000, default_concurrency_limit=None, status_update_rate=60
    )  # fmt: skip


def launch() -> None:
    # The page stands before torch is in; it loads while the first visitor looks at the charts.
    threading.Thread(target=warm_up, daemon=True).start()
    server.trust_the_proxy()
    sessions.keep_lean()
    app = make_app()
    app.launch(
        theme=THEME, css_paths=assets.STYLES, head=assets.HEAD, app_kwargs=server.app_kwargs(app),
        footer_links=[], ssr_mode=False, enable_monitoring=False, run_history=False, max_threads=1000,
        max_file_size=1, show_error=False, share=False, pwa=False, mcp_server=False,
        prevent_thread_lock=True, state_session_capacity=256,
    )  # fmt: skip
    server.settle()
    server.wait_for_the_end()


if __name__ == "__main__":
    launch()
