"""`$gateway`: sub-devices that come and go, are bound and unbound, on their gateway's connection.

Source: docs/reference/device-side.md section 4, Gateway.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping

from devkit.cloud.api.handlers.devices.devices import sub_view
from devkit.cloud.api.handlers.devices.gateways import GATEWAY, SUB_DEVICE
from devkit.cloud.api.rights import proof_is_new
from devkit.cloud.api.signing import METHODS, same
from devkit.cloud.devices.mqtt.exchange import Exchange
from devkit.cloud.store.schema import DEVICES, DeviceRow
from devkit.cloud.store.work import Work
from devkit.json_types import JSON
from devkit.language import _, marked

FINE, NOT_ATTACHED = 0, -1  # -2 is the C SDK's own word for "no answer yet"
BAD_PARAMETER, NO_DEVICE, BAD_SIGNATURE, BAD_METHOD, EXPIRED = 801, 802, 803, 804, 805
ELSEWHERE, NOT_ALLOWED, BOUND = 806, 807, 809
WORDS = {
    NOT_ATTACHED: marked("it is not attached to this gateway"),
    BAD_PARAMETER: marked("a field is missing or of another type"),
    NO_DEVICE: marked("there is no such device"),
    BAD_SIGNATURE: marked(
        "the signature does not match: the sub-device's secret is used as text, not decoded"
    ),
    BAD_METHOD: marked("signmethod is hmacsha1 or hmacsha256"),
    EXPIRED: marked("the time of the signature is too far from now"),
    ELSEWHERE: marked("it is attached to another gateway"),
    NOT_ALLOWED: marked("only a gateway has sub-devices, and a gateway is none"),
    BOUND: marked("it is attached already"),
}
MOST_DEVICES = 100


def take_gateway(exchange: Exchange) -> None:
    """Take a message on `$gateway/operation`, and answer for each device of it."""
    kind = exchange.message.get("type")
    if kind == "describe_sub_devices":
        _describe(exchange)
        return
    act = _ACTS.get(str(kind))
    payload = exchange.message.get("payload")
    devices = payload.get("devices") if isinstance(payload, Mapping) else None
    if act is None:
        exchange.complain(_(f"There is no type {kind!r:.60} on $gateway/operation."))
    elif not isinstance(devices, list) or not 0 < len(devices) <= MOST_DEVICES:
        exchange.complain(_(f"Its {kind} has no list payload.devices of 1 to {MOST_DEVICES} devices."))
    else:
        results: list[JSON] = [_result(exchange, str(kind), act, device) for device in devices]
        exchange.say({"type": str(kind), "payload": {"devices": results}})


Act = Callable[[Exchange, str, Mapping[str, JSON]], int]


def _result(exchange: Exchange, kind: str, act: Act, device: JSON) -> dict[str, JSON]:
    fields = device if isinstance(device, dict) else {}
    product_id, name = fields.get("product_id"), fields.get("device_name")
    result = BAD_PARAMETER
    if isinstance(product_id, str) and isinstance(name, str):
        result = act(exchange, f"{product_id}/{name}", fields)
    if result != FINE:
        exchange.complain(_(f"Its {kind} of {product_id}/{name} has result {result}: {WORDS[result]}."))
    return {"product_id": product_id, "device_name": name, "result": result}


def _describe(exchange: Exchange) -> None:
    with exchange.emulator.work() as work:
        rows = work.tx.find(DEVICES, {"gateway_id": exchange.device_id}, order="created")
    devices: list[JSON] = [
        {"product_id": row["product_id"], "device_name": row["device_name"]} for row in rows
    ]
    exchange.say({"type": "describe_sub_devices", "payload": {"devices": devices}})


def _online(exchange: Exchange, device_id: str, fields: Mapping[str, JSON]) -> int:
    with exchange.emulator.work() as work:
        row = work.tx.get(DEVICES, device_id)
    if row is None:
        return NO_DEVICE
    if row["gateway_id"] != exchange.device_id:
        return NOT_ATTACHED
    exchange.broker.join(exchange.connection, device_id)
    return FINE


def _offline(exchange: Exchange, device_id: str, fields: Mapping[str, JSON]) -> int:
    if device_id == exchange.device_id or device_id not in exchange.connection.own:
        return NOT_ATTACHED
    exchange.broker.leave(device_id, _("Its gateway told that it is offline."))
    return FINE


def _bind(exchange: Exchange, device_id: str, fields: Mapping[str, JSON]) -> int:
    def store(work: Work) -> int:
        gateway, device = exchange.row(work), work.tx.get(DEVICES, device_id)
        result = _why_not(work, gateway, device, fields)
        if result == FINE and device is not None:
            changes = {"gateway_id": exchange.device_id, "gateway_bound": 1, "device_type": SUB_DEVICE}
            work.tx.change(DEVICES, device_id, **changes, updated=work.now)
            work.push(exchange.device_id, "Gateway", "bind", [sub_view(device)])
        return result

    return exchange.emulator.perform(store)


def _why_not(work: Work, gateway: DeviceRow, device: DeviceRow | None, fields: Mapping[str, JSON]) -> int:
    """Return why a sub-device may not be attached, FINE when it may."""
    if device is None:
        return NO_DEVICE
    if gateway["device_type"] != GATEWAY or device["device_type"] == GATEWAY:
        return NOT_ALLOWED
    if device["gateway_id"]:
        mine = device["gateway_id"] == gateway["device_id"]
        if mine:
            _why_not_proven(work, device, fields)  # a signature that is sent again has served, too
        return BOUND if mine else ELSEWHERE
    return _why_not_proven(work, device, fields)


def _why_not_proven(work: Work, device: DeviceRow, fields: Mapping[str, JSON]) -> int:
    """Return why a sub-device's signature does not count, FINE for a good one, which then has served."""
    if fields.get("signmethod") not in METHODS:
        return BAD_METHOD
    random, stamp = fields.get("random"), fields.get("timestamp")
    if not isinstance(random, int) or not isinstance(stamp, int) or fields.get("authtype") != "psk":
        return BAD_PARAMETER
    if abs(work.now_s - stamp) > work.emulator.limits.signature_s:
        return EXPIRED
    right = sign_sub_device(device["psk"], device["device_id"], random, stamp, str(fields["signmethod"]))
    if same(str(fields.get("signature")), right) and proof_is_new(work, device, right, stamp):
        return FINE
    return BAD_SIGNATURE


def sign_sub_device(secret: str, device_id: str, random: int, stamp: int, method: str = "hmacsha1") -> str:
    """Return the signature with which a gateway attaches a sub-device; its secret is used as text."""
    text = f"{device_id.replace('/', '', 1)};{random};{stamp}"
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), METHODS[method]).digest()).decode()


def _unbind(exchange: Exchange, device_id: str, fields: Mapping[str, JSON]) -> int:
    def store(work: Work) -> int:
        row = work.tx.get(DEVICES, device_id)
        if row is None:
            return NO_DEVICE
        if row["gateway_id"] != exchange.device_id:
            return NOT_ATTACHED
        work.tx.change(DEVICES, device_id, gateway_id="", gateway_bound=0, updated=work.now)
        work.push(exchange.device_id, "Gateway", "unbind", [sub_view(row)])
        return FINE

    result = exchange.emulator.perform(store)
    if result == FINE and device_id in exchange.connection.own:
        exchange.broker.leave(device_id, _("It was detached from its gateway."))
    return result


_ACTS: Mapping[str, Act] = {"online": _online, "offline": _offline, "bind": _bind, "unbind": _unbind}
