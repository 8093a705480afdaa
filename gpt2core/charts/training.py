"""The Plotly figure of a run of training. training_chart.js fills it with what the run has told so far."""

from __future__ import annotations

from gpt2core.charts.base import FAINT, PLAIN, STRONG, axis, layout
from gpt2core.i18n import t
from gpt2core.serving.messages.figures import Chart, Line, Lines

NAMES = ("training", "validation", "start", "floor")  # of the traces, in their order


def training_chart(lang: str) -> Chart:
    """Loss over what was seen, between where it starts and the least that any model can reach."""

    def level(name: str, dash: str) -> Lines:
        return {"type": "scatter", "mode": "lines", "name": t(name, lang), "x": [], "y": [],
                "line": {"color": PLAIN, "dash": dash, "width": 1.5}, "hoverinfo": "skip"}  # fmt: skip

    def curve(name: str, mode: str, line: Line) -> Lines:
        return {"type": "scatter", "mode": mode, "name": t(name, lang), "x": [], "y": [], "line": line,
                "hovertemplate": "%{y:.3f}"}  # fmt: skip

    training = curve("chart.training_loss", "lines", {"color": FAINT, "width": 1.2})
    validation = curve("chart.validation_loss", "lines+markers", {"color": STRONG, "width": 2.5})
    validation["marker"] = {"color": STRONG, "size": 6}
    validation["cliponaxis"] = False
    return {
        "title": t("chart.training_title", lang),
        "figure": {
            # In the order of training_chart.js.
            "data": [training, validation, level("chart.start", "dash"), level("chart.floor", "dot")],
            "layout": layout(
                lang, height=330, showlegend=True,
                legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
                xaxis=axis("", nticks=6), yaxis=axis(t("chart.loss_axis", lang), zeroline=False),
            ),
        },
        "short": {"labels": [t(f"chart.{name}_short", lang) for name in NAMES],
                  "texttemplate": "", "room": 0},
        "bind": [], "rows": [],
    }  # fmt: skip
