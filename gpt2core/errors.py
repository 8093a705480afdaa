"""What is wrong with a value from outside, as plain data that a sentence in any language is made of."""

from __future__ import annotations

import json
import math
from typing import TypeAlias, TypedDict

Param: TypeAlias = int | float | str  # what an error sentence may hold besides field and value


class ErrorData(TypedDict):
    """A ConfigError as plain data."""

    code: str
    field: str
    value: str
    params: dict[str, Param]


class ConfigError(ValueError):
    """A value that is not allowed: which field, which value, and what would be. Where a request as a
    whole cannot be served (now), `field` is ''.

    `code` names the rule that was broken; `params` holds what is allowed. The sentence a
    visitor reads is made from these in their own language (assets/text, `error.<code>`).
    """

    def __init__(self, code: str, field: str, value: object, **params: Param) -> None:
        self.code, self.field, self.value, self.params = code, field, shown(value), params
        rule = ", ".join(f"{name}={allowed}" for name, allowed in params.items())
        super().__init__(f"{field}={self.value} is not allowed ({code}{': ' if rule else ''}{rule})")

    def __reduce__(self) -> tuple[object, ...]:  # crosses process borders on ZeroGPU
        return (_rebuild_error, (self.code, self.field, self.value, self.params))

    def as_dict(self) -> ErrorData:
        """The error as plain data; `ConfigError.from_dict` reads it back."""
        return {"code": self.code, "field": self.field, "value": self.value, "params": self.params}

    @staticmethod
    def from_dict(data: ErrorData) -> ConfigError:
        return _rebuild_error(data["code"], data["field"], data["value"], data["params"])


class _Verbatim(str):
    """A value already made fit to show."""


def _rebuild_error(code: str, field: str, value: str, params: dict[str, Param]) -> ConfigError:
    return ConfigError(code, field, _Verbatim(value), **params)


def shown(value: object, limit: int = 40) -> str:
    """`value` as one short printable line, for an error sentence."""
    if isinstance(value, _Verbatim):
        return str(value)
    if isinstance(value, str):
        text = '"' + value[: limit + 1] + '"'
    elif isinstance(value, int) and value.bit_length() > 128:
        text = f"10^{int(value.bit_length() * math.log10(2))}"  # str() of a huge int is slow
    elif value is None or isinstance(value, bool | int | float):
        text = json.dumps(value)  # true, null, NaN: as the caller wrote it
    else:
        text = str(value)[: 2 * limit]
    text = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= limit + 2 else text[:limit] + "…"
