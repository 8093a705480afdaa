"""A shape as files to take home, made for whoever asks: /export/<name>?n_layer=..."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gpt2core import export
from gpt2core.errors import ConfigError
from gpt2core.i18n import LANGUAGES, t
from gpt2core.link_grammar import read_link
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
    link = read_link(request.url.query)
    wanted = link.words.pop("lang", "")
    lang = wanted if wanted in LANGUAGES else LANGUAGES[0]
    if link.words or not link.values.keys() | link.refused.keys() <= set(SHAPE_FIELDS):
        return Response(t("error.call", lang), 400, media_type="text/plain")
    try:
        for field in SHAPE_FIELDS:
            if field in link.refused:
                raise link.refused[field]
        config = parse_config(link.values)
    except ConfigError as error:
        return Response(sentence(error, lang), 400, media_type="text/plain")
    make, suffix, media_type = made
    name = export.file_stem(config) + suffix
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(make(config), media_type=media_type, headers=headers)


ROUTE = Route("/export/{name}", take_home)
