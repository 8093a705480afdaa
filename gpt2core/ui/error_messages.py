"""The one place where a ConfigError becomes a sentence, and a sentence a gr.Error."""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from gpt2core.errors import ConfigError
from gpt2core.i18n import file_size, t

log = logging.getLogger(__name__)


def sentence(error: ConfigError, lang: str, named: bool = False) -> str:
    """What a visitor reads: the field, the value and what is allowed, in their language. `named`: for a
    caller of the API, who knows the field by its argument's name."""
    params = dict(error.params)
    if error.code == "memory":
        for name in ("need", "free"):
            params[name] = file_size(float(params[name]), lang)
        fits = params["fits"]
        params["advice"] = t("error.fits", lang, fits=fits) if fits else t("error.fits_none", lang)
    field = t(f"field.{error.field}", lang) if error.field else ""  # not every refusal is about one
    if field and named:
        field = f"{field} ({error.field})"
    return t(f"error.{error.code}", lang, field=field, value=error.value, **params)


def as_sentence(error: Exception, lang: str, named: bool = False) -> str:
    """The sentence for any exception; one that nobody expected goes to the log as well."""
    if isinstance(error, ConfigError):
        return sentence(error, lang, named)
    log.error("unexpected: %s", error, exc_info=error)
    return t("error.unexpected", lang)


def answers_in(lang: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorates a function of the API, plain or generator: what it raises reaches callers as gr.Error."""

    def wrap(handler: Callable[..., Any]) -> Callable[..., Any]:
        def refusal(error: Exception) -> gr.Error:
            about_a_value = isinstance(error, ConfigError) and error.field
            title = t("error.title" if about_a_value else "error.title_now", lang)
            return gr.Error(as_sentence(error, lang, named=True), title=title, print_exception=False)

        if inspect.isgeneratorfunction(handler):

            @functools.wraps(handler)
            def stream(*args: Any, **kwargs: Any) -> Iterator[Any]:
                try:
                    yield from handler(*args, **kwargs)
                except gr.Error:
                    raise
                except Exception as error:
                    raise refusal(error) from None

            return stream

        @functools.wraps(handler)
        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return handler(*args, **kwargs)
            except gr.Error:
                raise
            except Exception as error:
                raise refusal(error) from None

        return call

    return wrap
