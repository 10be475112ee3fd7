"""devkit product: the real product on the platform, by the keys of its account."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from devkit.cli.options import option, setting_options
from devkit.errors import WrongUsageError
from devkit.language import _

if TYPE_CHECKING:
    from devkit.product.differences import Difference
    from devkit.product.product import CloudProduct
    from devkit.settings import Settings

Command = Callable[..., Any]
_JSON = option("json", is_flag=True, help="Print one JSON object a line.")


@click.group("product")
def command() -> None:
    """Look at the real product, with SecretId and SecretKey of its account: see docs/product.md."""


def _settings(*names: str) -> Callable[[Command], Command]:
    return setting_options("product_id", *names, "model", "lang", "product_region", "product_url")


def _span(function: Command) -> Command:
    """Add the options that say when, and how many."""
    for name, default, text in (
        ("until", "now", _("Where the time ends.")),
        ("since", "24h", _("Where it begins: 90m, 24h, 7d (ago), or 2026-03-01T08:00.")),
    ):
        function = option(name, default=default, show_default=True, help=text)(function)
    limit = option(
        "limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="At most so many."
    )
    return limit(function)


def _changes(function: Command) -> Command:
    """Add the options of what changes something."""
    function = option("dry_run", is_flag=True, help="Check and say what would be done; do nothing.")(function)
    return option("yes", is_flag=True, help="Do not ask.")(function)


@command.command("devices")
@_settings()
@_JSON
def devices(settings: Settings, json: bool) -> None:
    """List the product's devices; keys of devices are not shown."""
    from devkit.product.moments import moment_text
    from devkit.product.product import DEVICE_STATES, time_ms
    from devkit.redaction import redacted

    found = list(opened(settings).devices())
    rows = [
        (
            row["DeviceName"],
            DEVICE_STATES.get(row["Status"], str(row["Status"])),
            row["Version"] or "-",
            moment_text(time_ms(row["LoginTime"] or 0)),
        )
        for row in found
    ]
    _show(("DEVICE", "STATE", "VERSION", _("LAST ONLINE")), rows, redacted(found) if json else None)


@command.command("data")
@_settings("device_name")
@_JSON
def data(settings: Settings, json: bool) -> None:
    """Print what the device reported last."""
    from devkit.product.moments import moment_text

    found = opened(settings).data(settings.device_name)
    rows = [
        (name, _text(item.get("Value")), moment_text(item.get("LastUpdate"))) for name, item in found.items()
    ]
    given = [{"property": name, **item} for name, item in found.items()]
    _show(("PROPERTY", "VALUE", "REPORTED"), rows, given if json else None)


@command.command("history")
@click.argument("field", metavar="PROPERTY")
@_settings("device_name")
@_span
@_JSON
def history(settings: Settings, field: str, since: str, until: str, limit: int, json: bool) -> None:
    """Print the values that a PROPERTY of the device had, newest first."""
    from devkit.product.moments import moment_text

    begin, end = _between(since, until)
    found = opened(settings).history(settings.device_name, field, begin, end, limit)
    rows = [(moment_text(at), value) for at, value in found]
    _show(("TIME", "VALUE"), rows, [{"time": at, "value": value} for at, value in found] if json else None)


@command.command("events")
@_settings("device_name")
@_span
@_JSON
def events(settings: Settings, since: str, until: str, limit: int, json: bool) -> None:
    """Print the events that the device posted."""
    from devkit.product.moments import moment_text

    found = list(opened(settings).events(settings.device_name, *_between(since, until), limit))
    rows = [
        (moment_text(row["TimeStamp"]), str(row["EventId"]), str(row["Type"]), _text(row["Data"]))
        for row in found
    ]
    _show(("TIME", "EVENT", "TYPE", "DATA"), rows, found if json else None)


@command.command("control")
@click.argument("values")
@_settings("device_name")
@_changes
def control(settings: Settings, values: str, yes: bool, dry_run: bool) -> None:
    """Set properties of the real device: VALUES is a JSON object, checked by the platform's thing model."""
    from devkit.product.product import NOT_LISTENING

    product = opened(settings)
    checked = product.model().validate(_object(values, "VALUES"))
    device = f"{product.product_id}/{settings.device_name}"
    if _sure(_(f"Set {_text(checked)} on the real device {device}"), yes, dry_run):
        answer = product.control(settings.device_name, checked)
        _show((), (), [answer])
        result = answer["Result"]
        if isinstance(result, dict) and result.get("pushResult") == NOT_LISTENING:
            raise click.ClickException(
                _(f"{device} did not get it: it is offline, or does not listen for controls.")
            )


@command.command("action")
@click.argument("action_id", metavar="ACTION")
@click.argument("params", default="{}")
@_settings("device_name")
@_changes
def action(settings: Settings, action_id: str, params: str, yes: bool, dry_run: bool) -> None:
    """Have the real device perform an ACTION with PARAMS, a JSON object, and print what it gave back."""
    product = opened(settings)
    checked = product.model().validate_input(action_id, _object(params, "PARAMS"))
    device = f"{product.product_id}/{settings.device_name}"
    if _sure(_(f"Call {action_id} with {_text(checked)} on the real device {device}"), yes, dry_run):
        _show((), (), [product.act(settings.device_name, action_id, checked)])


@command.command("seed")
@_settings("device_name", "display_name", "db")
@_span
@_changes
def seed(settings: Settings, since: str, until: str, limit: int, yes: bool, dry_run: bool) -> None:
    """Put what the real device said into the project's sandbox, in place of what is there for that time.

    At most --limit values of each property. The platform is only read.
    """
    from devkit.cli.output import printable
    from devkit.product.seeding import ask_past, settle_past

    product = opened(settings)
    past = ask_past(product, settings, *_between(since, until), limit)
    for reason in dict.fromkeys(past.strange):
        times = past.strange.count(reason)
        told = printable(reason)
        click.echo(_(f"Left out, {times} times: {told}") if times > 1 else _(f"Left out: {told}"), err=True)
    plan = _(f"Put {len(past.values)} values and {len(past.events)} events since {since} into the sandbox")
    if _sure(plan, yes, dry_run):
        device_id = settle_past(settings, product.product_id, past)
        click.echo(_(f"The sandbox has the past of {device_id}."))


@command.group("ota")
def ota() -> None:
    """Publish firmware."""


@ota.command("publish")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("version")
@_settings()
@option("name", default="", help="Name that the console shows.")
@option("description", default="", help="What is new.")
@option(
    "module", default="", help="Upgrade module (FwType), such as mcu; the platform's default if not given."
)
@_changes
def publish(settings: Settings, file: Path, version: str, yes: bool, dry_run: bool, **about: str) -> None:
    """Upload FILE as firmware VERSION of the product; no device is upgraded by that."""
    from devkit.cli.output import printable, size_text
    from devkit.product.firmware import Firmware, publish, refuse_known

    firmware = Firmware(file, version, **about)
    data = firmware.read()
    product = opened(settings)
    refuse_known(product, firmware)
    if _sure(
        _(f"Publish {file} ({size_text(len(data))}) as firmware {version} of {product.product_id}"),
        yes,
        dry_run,
    ):
        digest = publish(product, firmware, data)
        click.echo(printable(_(f"{product.product_id} has firmware {version}, MD5 {digest}.")))


@command.command("diff")
@_settings()
@_JSON
def diff(settings: Settings, json: bool) -> None:
    """Compare the project's thing model with the platform's; exit code 1 when they differ."""
    from dataclasses import asdict

    from devkit.model import load_model
    from devkit.product.differences import differences

    here = load_model(settings.path("model"))
    found = differences(here, opened(settings).model())
    if json:
        _show((), (), map(asdict, found))
    elif not found:
        click.echo(_(f"{settings.model} is what the platform has."))
    for one in [] if json else found:
        _tell(one)
    if found:
        sys.exit(1)


def _tell(one: Difference) -> None:
    from devkit.cli.output import printable
    from devkit.model.thing_model import show

    if not one.where:
        sign, place = (
            ("+", _("only at the platform")) if one.here is None else ("-", _("only in the project"))
        )
        text = f"{sign} {one.part} {one.id}: {place}"
    else:
        text = _(
            f"~ {one.part} {one.id}: {one.where} is {show(one.here)} here, {show(one.there)} at the platform"
        )
    click.echo(printable(text))


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(_(f"this is not JSON: {error}."), param_hint=name) from error
    if not isinstance(read, dict):
        raise click.BadParameter(_("must be a JSON object."), param_hint=name)
    return read


def _sure(plan: str, yes: bool, dry_run: bool) -> bool:
    """Say what would be done, and tell whether to do it: --dry-run says no, --yes says yes, else ask."""
    from devkit.cli.output import printable

    click.echo(f"{printable(plan)}.", err=True)
    if dry_run:
        click.echo(_("Nothing was done (--dry-run)."), err=True)
        return False
    return yes or click.confirm(_("Do it?"), abort=True, err=True)


def opened(settings: Settings) -> CloudProduct:
    """Return the product that the settings name, or the project's thing model.

    Errors: WrongUsageError when neither does; SettingsError without keys.
    """
    from devkit.cli.output import working
    from devkit.model import load_model
    from devkit.product.client import ProductClient
    from devkit.product.product import CloudProduct

    file = settings.path("model")
    product_id = settings.product_id or (load_model(file).product_id if file.is_file() else "")
    if not product_id:
        raise WrongUsageError(
            _("Which product?"), _("Name it with --product-id, or product_id in devkit.toml.")
        )
    client = ProductClient.of(settings)
    working(_(f"Asking the platform for {product_id} …"))
    return CloudProduct(client, product_id)


def _between(since: str, until: str) -> tuple[int, int]:
    from devkit.product.moments import moment_ms

    now = time.time_ns() // 1_000_000
    begin, end = moment_ms(since, now), moment_ms(until, now)
    if begin >= end:
        raise WrongUsageError(
            _(f"--since {since} is not before --until {until}."), _("Swap them, or leave out --until.")
        )
    return begin, end


def _show(heads: Sequence[str], rows: Sequence[Sequence[str]], given: Iterable[Any] | None) -> None:
    """Print a table, or what it was made of as JSON lines."""
    from devkit.cli.output import printable

    if given is not None:
        for row in given:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(heads), *shown]) for column in range(len(heads))]
    for line in (heads, *shown):
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
    if not rows:
        click.echo(_("There are none."), err=True)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
