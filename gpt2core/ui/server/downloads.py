"""A shape, and what it has learnt, as files to take home, made for whoever asks: /export/<name>?n_layer=...
and /weights/<run>/<name>?n_layer=..."""

from __future__ import annotations

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core import export
from gpt2core.config import GPTConfig
from gpt2core.errors import ConfigError
from gpt2core.i18n import LANGUAGES, t
from gpt2core.link_grammar import read_link
from gpt2core.ui.components.training import FILES
from gpt2core.ui.dispatch import weights_file
from gpt2core.ui.error_messages import sentence
from gpt2core.validation import SHAPE_FIELDS, parse_config

# Name in the address -> what makes it, its suffix, its type.
EXPORTS = {
    "script.py": (export.script, ".py", "text/x-python; charset=utf-8"),
    "tensors.csv": (export.tensors_csv, ".csv", "text/csv; charset=utf-8"),
    "config.json": (export.config_json, ".json", "application/json"),
}


def take_home(request: Request) -> Response:
    """The shape in the query as a file; 400 and one sentence if it is none."""
    made = EXPORTS.get(request.path_params["name"])
    if made is None:
        return Response("not found", 404)
    make, suffix, media_type = made

    def answer(config: GPTConfig) -> Response:
        return _file(make(config), export.file_stem(config) + suffix, media_type)

    return _of_shape(request, SHAPE_FIELDS, answer)


def take_weights(request: Request) -> Response:
    """What a run has learnt, under the two names with which transformers reads it from a folder; 400 and
    one sentence if there is none of that name, or it is of another shape."""
    name, run = request.path_params["name"], request.path_params["run"]

    def answer(config: GPTConfig) -> Response:
        if name == "config.json":  # of FILES
            return _file(json.dumps(export.transformers_config(config), indent=2), name, "application/json")
        values = {field: getattr(config, field) for field in SHAPE_FIELDS} | {"weights": run}
        return _file(weights_file(values), name, "application/octet-stream")

    if name not in FILES:
        return Response("not found", 404)
    return _of_shape(request, SHAPE_FIELDS, answer)


def _of_shape(
    request: Request, fields: tuple[str, ...], answer: Callable[[GPTConfig], Response]
) -> Response:
    link = read_link(request.url.query)
    wanted = link.words.pop("lang", "")
    lang = wanted if wanted in LANGUAGES else LANGUAGES[0]
    if link.words or not link.values.keys() | link.refused.keys() <= set(fields):
        return Response(t("error.call", lang), 400, media_type="text/plain")
    try:
        for field in fields:
            if field in link.refused:
                raise link.refused[field]
        return answer(parse_config(link.values))
    except ConfigError as error:
        return Response(sentence(error, lang), 400, media_type="text/plain")


def _file(content: str | bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


ROUTES = (Route("/export/{name}", take_home), Route("/weights/{run}/{name}", take_weights))
