"""devkit pull: the thing model of a product from the real cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import setting_options
from devkit.errors import SettingsError, WrongUsageError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.json_types import JSON
    from devkit.settings import Settings


@click.command("pull")
@setting_options("product_id", "model", "region", "cloud_url", "product_region", "product_url")
def command(settings: Settings) -> None:
    """Fetch the thing model of a product and write it to the project's thing-model.json.

    Needs the key pair of the product's account (docs/product.md), or the access token of an application
    (docs/cloud.md), which --cloud-url always takes.
    """
    if not settings.product_id:
        raise WrongUsageError(
            _("Which product?"), _("Name it with --product-id, or product_id in devkit.toml.")
        )
    from devkit.cli.output import working

    working(_(f"Asking the cloud for {settings.product_id} …"))
    from devkit.product.keys import SecretKeys

    by_keys = not settings.cloud_url and SecretKeys.find() is not None
    raw, about = _by_keys(settings) if by_keys else (_by_token(settings), "")
    file = settings.path("model")
    before = _ids(file.read_text("utf-8")) if file.is_file() else set()
    partial = file.with_name(f"{file.name}.partial")
    partial.write_text(json.dumps(raw, ensure_ascii=False, indent=2) + "\n", "utf-8")
    partial.replace(file)
    after = _ids(json.dumps(raw))
    click.echo(
        _(f"Wrote {file}: {len(after)} properties, {len(after - before)} new, {len(before - after)} gone.")
    )
    if about:
        click.echo(about)


def _by_token(settings: Settings) -> Mapping[str, JSON]:
    import asyncio

    from devkit.model import read_model

    return read_model(asyncio.run(_fetch(settings))).raw


def _by_keys(settings: Settings) -> tuple[Mapping[str, JSON], str]:
    """Return the thing model with what the platform says of the product, and that in words."""
    from devkit.cli.output import printable
    from devkit.product.client import ProductClient
    from devkit.product.product import CloudProduct

    product = CloudProduct(ProductClient.of(settings), settings.product_id)
    raw, about = product.template()
    firmwares = ", ".join(str(row["Version"]) for row in product.firmwares()) or _("none")
    return raw, printable(
        _(
            f"{about['ProductName']}: category {about['CategoryId']}, {about['NetType'] or _('no net type')},"
            f" {about['DeviceCount'] or 0} devices, state {about['DevStatus']}; firmware: {firmwares}."
        )
    )


async def _fetch(settings: Settings) -> str:
    """Return the data template text of the product."""
    from devkit.transport import open_transport

    transport = await open_transport(settings.replace(transport="cloud"))
    try:
        answer = await transport.call("AppGetProducts", {"ProductIds": [settings.product_id]})
    finally:
        await transport.aclose()
    products: list[dict[str, Any]] = answer.get("Products") or []
    if not products:
        raise SettingsError(
            _(f"The cloud has no product {settings.product_id} for this account."),
            _("Check the product id and the region."),
        )
    return str(products[0]["DataTemplate"])


def _ids(text: str) -> set[str]:
    """Return the property ids of a file that may be anything."""
    from devkit.errors import ModelError
    from devkit.model import read_model

    try:
        return {prop.id for prop in read_model(text).properties}
    except ModelError:
        return set()
