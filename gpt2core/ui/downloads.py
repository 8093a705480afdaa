"""A shape as files to take home, made for whoever asks: /export/<name>?n_layer=..."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core import export
from gpt2core.config import SHAPE_FIELDS, ConfigError, parse_config
from gpt2core.text import LANGUAGES, t
from gpt2core.ui.errors import sentence

# Name in the address -> what makes it, its suffix, its type.
EXPORTS = {
    "script.py": (export.script, ".py", "text/x-python; charset=utf-8"),
    "tensors.csv": (export.tensors_csv, ".csv", "text/csv; charset=utf-8"),
    "config.json": (export.config_json, ".json", "application/json"),
}
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_TRUTH = {"true": True, "false": False}


def _value(said: str) -> object:
    """A value in an address as JSON would have it; what is no whole number or truth value stays text."""
    return int(said) if _WHOLE.fullmatch(said) else _TRUTH.get(said, said)


def take_home(request: Request) -> Response:
    """The shape in the query as a file; 400 and one sentence if it is none."""
    made = EXPORTS.get(request.path_params["name"])
    if made is None:
        return Response("not found", 404)
    said = dict(request.query_params)
    wanted = said.pop("lang", "")
    lang = wanted if wanted in LANGUAGES else LANGUAGES[0]
    if not said.keys() <= set(SHAPE_FIELDS):
        return Response(t("error.call", lang), 400, media_type="text/plain")
    try:
        config = parse_config({name: _value(value) for name, value in said.items()})
    except ConfigError as error:
        return Response(sentence(error, lang), 400, media_type="text/plain")
    make, suffix, media_type = made
    name = export.file_stem(config) + suffix
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(make(config), media_type=media_type, headers=headers)


ROUTE = Route("/export/{name}", take_home)
