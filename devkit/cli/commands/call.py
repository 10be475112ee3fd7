"""devkit call: one cloud action by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import setting_options
from devkit.errors import CloudApiError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.settings import Settings


def _complete_actions(ctx: click.Context, param: click.Parameter, typed: str) -> list[str]:
    from devkit.cloud.api.facts import FACTS

    return [name for name in FACTS if name.startswith(typed)]


@click.command("call")
@click.argument("action", shell_complete=_complete_actions)
@click.argument("params", default="{}")
@setting_options(
    "transport",
    "region",
    "cloud_url",
    "record",
    "replay",
    "product_id",
    "device_name",
    "model",
    "db",
    "sandbox",
)
def command(settings: Settings, action: str, params: str) -> None:
    """Perform ACTION with PARAMS, a JSON object, and print the answer as JSON.

    The local transport works on the project's sandbox; the cloud transport on the real platform.
    """
    import asyncio

    try:
        read = json.loads(params)
    except ValueError as error:
        raise click.BadParameter(_(f"this is not JSON: {error}."), param_hint="PARAMS") from error
    if not isinstance(read, dict):
        raise click.BadParameter(_("must be a JSON object."), param_hint="PARAMS")
    try:
        answer = asyncio.run(_call(settings, action, read))
    except CloudApiError as error:
        from devkit.cloud.api.facts import nearest

        if error.code == "InvalidAction" and (close := nearest(action)):
            hint = _(f"Did you mean {close}?")
            raise CloudApiError(error.code, error.message, error.request_id, error.detail, hint) from error
        raise
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2))


async def _call(settings: Settings, action: str, params: dict[str, Any]) -> dict[str, Any]:
    if settings.transport == "cloud" or settings.given & {"record", "replay"}:
        from devkit.transport import open_transport

        transport = await open_transport(settings)
        try:
            return await transport.call(action, params)
        finally:
            await transport.aclose()
    from devkit.cloud import Emulator
    from devkit.cloud.sandbox import move_in, open_store

    emulator = Emulator(open_store(settings))
    try:
        seed = move_in(emulator, settings, serving=False)
        answer = await emulator.call(action, {"AccessToken": seed.token, **params})
        await emulator.devices.idle()
        return answer
    finally:
        await emulator.aclose()
