"""Parameters of a call: checked against the facts, converted, defaulted and capped."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from devkit.cloud.api.facts import Fact, Param
from devkit.cloud.api.refusals import refusal
from devkit.language import _
from devkit.model.thing_model import show

JSON = Any
MAX_TEXT = 1_000_000
INT64 = 2**63


class _Malformed(Exception):  # noqa: N818  turned into a refusal at once
    """A value of the wrong type; the text follows "must be"."""


def read_params(fact: Fact, sent: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the parameters of a call by name; those left out are absent or hold their default.

    DeviceId and GatewayId are always "productId/deviceName", whichever spelling the client used.
    Errors: CloudApiError.
    """
    read: dict[str, JSON] = {}
    for param in fact.params:
        value = _device(param, sent) if param.type in _PAIRS else sent.get(param.name)
        if value is None or (value == "" and param.required):
            if param.required:
                raise refusal(
                    fact, "missing", _(f"The parameter {_PAIRS.get(param.type, param.name)} is missing.")
                )
            if param.default is None:
                continue
            value = param.default
        try:
            converted = _CONVERT[param.type](value)
        except _Malformed as error:
            raise refusal(fact, "malformed", _(f"{param.name} must be {error}, not {show(value)}.")) from None
        read[_PAIR_NAMES.get(param.type, param.name)] = _bounded(fact, param, converted)
    return read


def _bounded(fact: Fact, param: Param, value: JSON) -> JSON:
    if param.choices and str(value) not in param.choices:
        choices = ", ".join(choice or '""' for choice in param.choices)
        raise refusal(fact, "value", _(f"{param.name} must be one of {choices}, not {show(value)}."))
    if param.type != "int":
        return value
    low = 0 if not param.choices else -INT64
    if not low <= value < INT64:
        raise refusal(fact, "value", _(f"{param.name} must not be below 0, not {value}."))
    if param.maximum is not None and value > param.maximum:
        if param.name == "Limit":
            return param.maximum
        raise refusal(fact, "value", _(f"{param.name} must be at most {param.maximum}, not {value}."))
    return value


def _device(param: Param, sent: Mapping[str, JSON]) -> JSON:
    prefix = "Gateway" if param.type == "gateway" else ""
    product, name = sent.get(f"{prefix}ProductId"), sent.get(f"{prefix}DeviceName")
    product = product if product is not None or prefix else sent.get("ProductID")
    if product not in (None, "") and name not in (None, ""):
        return f"{product}/{name}"
    return sent.get("GatewayDeviceId" if prefix else "DeviceId")


def _text(value: JSON) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _Malformed(_("a text"))
    text = str(value)
    if len(text) > MAX_TEXT:
        raise _Malformed(_(f"a text of at most {MAX_TEXT} characters"))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _Malformed(_("a text without half characters")) from None
    return text


def _int(value: JSON) -> int:
    if isinstance(value, str) and len(value) < 25 and value.removeprefix("-").isascii():
        value = int(value) if value.removeprefix("-").isdigit() else value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Malformed(_("a whole number"))
    return value


def _json(value: JSON) -> JSON:
    if not isinstance(value, str):
        raise _Malformed(_("a JSON text such as '{\"power_switch\":1}'"))
    try:
        parsed = _DECODER.decode(value or "{}")
    except (ValueError, RecursionError):
        raise _Malformed(_("a JSON text such as '{\"power_switch\":1}'")) from None
    if not isinstance(parsed, dict):
        raise _Malformed(_("the JSON text of an object"))
    _text(json.dumps(parsed, ensure_ascii=False) if "\\u" in value else value)
    return parsed


def _no_constant(name: str) -> JSON:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _texts(value: JSON) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _Malformed(_("a list of texts"))
    return [_text(item) for item in value]


def _list(value: JSON) -> list[dict[str, JSON]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise _Malformed(_("a list of objects"))
    return value


def _object(value: JSON) -> dict[str, JSON]:
    if isinstance(value, str):
        return dict(_json(value))
    if not isinstance(value, dict):
        raise _Malformed(_("an object"))
    return value


def _device_id(value: JSON) -> str:
    text = _text(value)
    product, slash, name = text.partition("/")
    if not (slash and product and name):
        raise _Malformed(_('written "productId/deviceName"'))
    return text


_PAIRS = {"device": "DeviceId", "gateway": "GatewayProductId"}
_PAIR_NAMES = {"device": "DeviceId", "gateway": "GatewayId"}
_CONVERT: Mapping[str, Callable[[JSON], JSON]] = {
    "text": _text,
    "int": _int,
    "json": _json,
    "texts": _texts,
    "list": _list,
    "object": _object,
    "device": _device_id,
    "gateway": _device_id,
}
