"""How a run talks: to a person in a terminal, or to a program in JSON lines."""

from __future__ import annotations

import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, assert_never
from urllib.parse import urlsplit

import click

from devkit.errors import BuildError, DevkitError, Diagnostic, PlacedError
from devkit.language import _, marked
from devkit.web.hosts import is_loopback

if TYPE_CHECKING:
    from devkit.app.events import DevicesReady, PanelBuilt, PanelFailed, Ready, RunEvent


def size_text(size: int) -> str:
    """Return bytes as text: 812 B, 12.3 kB, 1.20 MB."""
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:.2f} MB"


def say(line: str) -> None:
    """Tell a person, or who reads the log, how far something is; stdout is for results."""
    click.echo(line, err=True)


def working(text: str) -> None:
    """Tell a person who waits at a terminal what takes a while."""
    if sys.stderr.isatty():
        click.secho(text, dim=True, err=True)


class Printer(ABC):
    """Print the events of a run."""

    def show(self, event: RunEvent) -> None:
        """Print one event."""
        from devkit.app import events

        match event:
            case events.Ready():
                self.ready(event)
            case events.DevicesReady():
                self.devices(event)
            case events.PanelBuilt():
                self.built(event)
            case events.RunFailed():
                self.failed(event.error)
            case events.PanelFailed():
                self.panel_failed(event)
            case events.PageUpdated():
                self.updated(event.what)
            case events.ModelChanged():
                self.notice(_(f"{event.model} changed: pages load again."))
            case events.ModelFlawed() | events.TargetLacks():
                self.warned(event.warnings)
            case events.InspectorReady():
                self.inspector(event.url)
            case events.PhoneReady():
                self.phone(event.url)
            case events.BrowserOpened():
                self.notice(_(f"Opened {event.url}"))
            case events.PanelChosen():
                self.notice(_(f"Panel {event.name} comes in its place."))
            case events.Notice():
                self.notice(event.message)
            case _:
                assert_never(event)

    @abstractmethod
    def ready(self, ready: Ready) -> None:
        """Print where pages can be opened."""

    @abstractmethod
    def devices(self, devices: DevicesReady) -> None:
        """Print how firmware connects."""

    @abstractmethod
    def built(self, built: PanelBuilt) -> None:
        """Print a good build."""

    @abstractmethod
    def failed(self, error: DevkitError) -> None:
        """Print an error."""

    @abstractmethod
    def warned(self, warnings: Sequence[Diagnostic]) -> None:
        """Print warnings."""

    @abstractmethod
    def panel_failed(self, failed: PanelFailed) -> None:
        """Print an error of the running panel."""

    def updated(self, what: str) -> None:
        """Print how open pages took a save."""
        self.notice(_(what))

    @abstractmethod
    def notice(self, message: str) -> None:
        """Print a line."""

    def inspector(self, url: str) -> None:
        """Print where the inspector is."""
        self.notice(_(f"Inspector: {url}"))

    def phone(self, url: str) -> None:
        """Print where a phone finds the proxy."""
        from devkit.proxy.phone import qr_code

        self.notice(_(f"{qr_code(url)}\nScan, or open {url} on the phone."))


def make_printer(*, as_json: bool) -> Printer:
    """Return the printer that the flags ask for."""
    return JsonPrinter() if as_json else TerminalPrinter()


class JsonPrinter(Printer):
    """One JSON object a line on stdout."""

    def ready(self, ready: Ready) -> None:
        """Write a "ready" line."""
        self._write(
            event="ready",
            panel_url=ready.panel_url,
            console_url=ready.console_url,
            proxy=ready.proxy or None,
            mqtt=ready.mqtt or None,
            phone_url=ready.phone_url or None,
            control_token=ready.control_token,
        )

    def devices(self, devices: DevicesReady) -> None:
        """Write a "devices" line."""
        self._write(event="devices", **asdict(devices))

    def built(self, built: PanelBuilt) -> None:
        """Write a "rebuild" line, and a "warning" line for each warning."""
        self._write(
            event="rebuild",
            ok=True,
            first=built.first,
            ms=round(built.ms, 1),
            bytes=built.js_bytes,
            css_bytes=built.css_bytes,
            engine=built.engine,
        )
        self.warned(built.warnings)

    def warned(self, warnings: Sequence[Diagnostic]) -> None:
        """Write a "warning" line for each."""
        for warning in warnings:
            self._write(event="warning", **diagnostic_fields(warning))

    def failed(self, error: DevkitError) -> None:
        """Write an "error" line, after a "rebuild" line that says so when a build failed."""
        findings = (
            [diagnostic_fields(finding) for finding in error.diagnostics]
            if isinstance(error, BuildError)
            else []
        )
        if findings:
            self._write(event="rebuild", ok=False)
        self._write(
            event="error",
            kind=type(error).__name__,
            message=error.message,
            hint=error.hint,
            **_place(error),
            diagnostics=findings,
        )

    def panel_failed(self, failed: PanelFailed) -> None:
        """Write a "panel-error" line."""
        self._write(event="panel-error", stack=failed.stack, **diagnostic_fields(failed.finding))

    def updated(self, what: str) -> None:
        """Write an "updated" line."""
        self._write(event="updated", what=what)

    def notice(self, message: str) -> None:
        """Write a "notice" line."""
        self._write(event="notice", message=message)

    def _write(self, **fields: object) -> None:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class TerminalPrinter(Printer):
    """Lines for a person; colour when the terminal has it."""

    def __init__(self) -> None:
        self._last_panel_error = ("", "")

    def ready(self, ready: Ready) -> None:
        """Show the URLs, and a code to scan where phones reach the panel."""
        from devkit.cli.chinese import padded

        places = [
            (_("Panel"), click.style(ready.panel_url, fg="cyan")),
            (_("Console"), click.style(ready.console_url, fg="cyan")),
            (_("Proxy"), ready.proxy),
        ]
        click.echo()
        for name, place in places:
            if place:
                click.echo(f"  {click.style(padded(name, 9), bold=True)}{place}")
        click.echo()
        if ready.phone_url:
            self.phone(ready.phone_url)

    def devices(self, devices: DevicesReady) -> None:
        """Show the addresses and the triple that firmware needs."""
        click.echo(device_lines(devices))

    def built(self, built: PanelBuilt) -> None:
        """Show time and size in one line, and the warnings below it."""
        size = size_text(built.js_bytes)
        if built.css_bytes:
            size += _(f" + {size_text(built.css_bytes)} CSS")
        word = marked("Built") if built.first else marked("Rebuilt")
        line = _(f"{click.style('✓', fg='green')} {word} in {built.ms:.0f} ms, {size}")
        if built.first and built.engine != "node":
            line += _(f" (engine {built.engine})")
        click.echo(line)
        self.warned(built.warnings)

    def warned(self, warnings: Sequence[Diagnostic]) -> None:
        """Show each with its code frame."""
        for warning in warnings:
            click.echo(diagnostic_text(warning))

    def failed(self, error: DevkitError) -> None:
        """Show every finding with its code frame."""
        if isinstance(error, BuildError):
            for finding in error.diagnostics:
                click.echo(diagnostic_text(finding))
            if error.hint and error.hint != error.diagnostics[0].hint:
                click.echo(f"  {error.hint}")
            return
        click.echo(f"{click.style('✗', fg='red')} {error}")

    def panel_failed(self, failed: PanelFailed) -> None:
        """Show the message, and where in the panel's script; a repeated error is shown once."""
        finding = failed.finding
        raw = next((line.strip() for line in failed.stack.splitlines() if "/index.js" in line), "")
        place = (finding.short_file and f"{finding.short_file}:{finding.line}:{finding.column}") or raw
        if (failed.message, place) == self._last_panel_error:
            return
        self._last_panel_error = (failed.message, place)
        click.echo(
            _(f"{click.style('!', fg='yellow')} Error in the running panel: {printable(failed.message)}")
        )
        if place:
            click.echo(f"  {click.style(printable(place), fg='cyan')}")
        for line in finding.frame.splitlines():
            click.echo(f"  {_frame_line(printable(line), 'yellow')}")
        if finding.hint:
            click.echo(f"  {finding.hint}")

    def notice(self, message: str) -> None:
        """Show the line."""
        click.echo(message)

    def inspector(self, url: str) -> None:
        """Show where it is, and open it."""
        super().inspector(url)
        if sys.stdout.isatty():
            click.launch(url)


def device_lines(devices: DevicesReady) -> str:
    """Return the lines that say how firmware connects."""
    identity = _(f"ProductId {devices.product_id}  DeviceName {devices.device_name}")
    triple = f"{identity}  DeviceSecret {devices.device_secret}"
    places = {
        devices.url: "MQTT",
        devices.tls_url: _("MQTT over TLS"),
        devices.files_url: _("firmware files, registration, MQTT over WebSocket at /mqtt"),
        devices.https_url: _("the same over TLS"),
    }
    width = max(map(len, places))
    told = [f"{url:<{width}}  {what}" for url, what in places.items()]
    from devkit.cli.chinese import padded

    host = urlsplit(devices.url).hostname or ""
    guide = "devkit device guide" + ("" if is_loopback(host) else f" --host {host}")
    told += [triple, _(f"`{guide}` says how firmware is pointed here, with --qr as a code to scan.")]
    told += [_("Boards cannot reach it without --host.")] if is_loopback(host) else []
    told += [devices.notice] if devices.notice else []
    return "\n".join(f"  {padded(_('Devices') if line is told[0] else '', 9)}{line}" for line in told)


def printable(text: str) -> str:
    """Return text of a page without the control characters that would steer the terminal."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text
    )


def diagnostic_text(finding: Diagnostic) -> str:
    """Return place, message, code frame and hint, in colour."""
    colour = "red" if finding.severity == "error" else "yellow"
    mark = "✗" if finding.severity == "error" else "!"
    parts = (finding.short_file, finding.line, finding.column)
    place = ":".join(str(part) for part in parts if part)
    place = f" {click.style(place, fg='cyan')}" if place else ""
    stage = click.style(f"[{finding.stage}]", dim=True)
    lines = [f"{click.style(mark, fg=colour)}{place} {stage}", f"  {click.style(finding.message, bold=True)}"]
    lines += [f"  {_frame_line(line, colour)}" for line in finding.frame.splitlines()]
    if finding.hint:
        lines.append(f"  {finding.hint}")
    return "\n".join(lines)


def _frame_line(line: str, colour: str) -> str:
    pointed = line.lstrip().startswith(">") or set(line.replace("|", " ").split()) <= {"^"} or "^" in line
    return click.style(line, fg=colour) if pointed else click.style(line, dim=True)


def diagnostic_fields(finding: Diagnostic) -> dict[str, Any]:
    """Return a diagnostic as the fields of a JSON line."""
    return {
        "message": finding.message,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "frame": finding.frame,
        "hint": finding.hint,
        "stage": finding.stage,
    }


def _place(error: DevkitError) -> dict[str, Any]:
    if isinstance(error, PlacedError):
        return {"file": str(error.file or ""), "line": error.line or 0, "column": error.column or 0}
    return {}
