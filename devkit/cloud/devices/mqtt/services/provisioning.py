"""`$thing/up/service`: a device that has joined Wi-Fi brings the token of the phone that set it up; files.

Source: docs/reference/device-side.md sections 4 and 5. bind_device and unbind_device are never pushed: C
firmware with the resource service ends at a service method that it does not know.
"""

from __future__ import annotations

from devkit.cloud.devices.mqtt.exchange import BAD_VALUE, Exchange
from devkit.cloud.devices.mqtt.services import resources
from devkit.cloud.devices.provisioning import bring_token
from devkit.errors import CloudApiError
from devkit.language import _

BIND = "app_bind_token"


def take_service(exchange: Exchange) -> None:
    """Take a provisioning token or what is about files; other services get no answer."""
    if exchange.method in resources.METHODS:
        resources.take_resource_method(exchange)
        return
    if exchange.method != BIND:
        exchange.complain(_(f"The emulator has no service {exchange.method!r:.60}; it gets no answer."))
        return
    params = exchange.message.get("params")
    token = params.get("token") if isinstance(params, dict) else None
    if not isinstance(token, str) or not token:
        exchange.complain(_("Its app_bind_token has no text params.token."))
        exchange.answer(f"{BIND}_reply", BAD_VALUE, _("params.token must be a text."))
        return
    product_id, _rest, name = exchange.device_id.partition("/")
    try:
        exchange.emulator.perform(lambda work: bring_token(work, product_id, name, token))
    except CloudApiError as error:
        exchange.complain(_(f"Its provisioning token is not taken: {error.message}"))
        exchange.answer(f"{BIND}_reply", BAD_VALUE, error.message)
        return
    exchange.answer(f"{BIND}_reply")
