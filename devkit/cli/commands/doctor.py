"""`devkit doctor`: what is missing or wrong on this machine, each with its fix."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import setting_options
from devkit.errors import DevkitError
from devkit.extras import install_command
from devkit.language import _
from devkit.web.hosts import PANEL_SITE

if TYPE_CHECKING:
    from devkit.settings import Settings

MARKS = {"ok": "✓", "note": "·", "warning": "!", "blocks": "✗"}
COLORS = {"ok": "green", "note": "bright_black", "warning": "yellow", "blocks": "red"}
CLOCK_LIMIT_S = 120.0
NETWORK_S = 3.0
WECHAT_PLACES = {
    "darwin": ("/Applications/wechatwebdevtools.app",),
    "win32": (
        r"%ProgramFiles(x86)%\Tencent\微信web开发者工具\cli.bat",
        r"%ProgramFiles%\Tencent\微信web开发者工具\cli.bat",
    ),
}


@dataclass(frozen=True)
class Checkup:
    """One result. state: ok, note (nothing to do), warning, or blocks (devkit dev will not work)."""

    name: str
    state: str
    text: str
    fix: str = ""


Check = Callable[["Settings"], Iterator[Checkup]]


@click.command("doctor")
@setting_options("port", "proxy_port", "upstream", "browser_path")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(settings: Settings, as_json: bool) -> None:
    """Check ports, certificates, proxies, browsers, Node and the clock. Exit with 1 when something blocks."""
    findings: list[Checkup] = []
    for finding in (finding for check in CHECKS for finding in _run(check, settings)):
        findings.append(finding)
        if not as_json:
            mark = click.style(MARKS[finding.state], fg=COLORS[finding.state], bold=True)
            click.echo(f"{mark} {_(finding.name)}{_(': ')}{finding.text}")
            if finding.fix:
                click.echo(f"    {finding.fix}")
    blocked = any(finding.state == "blocks" for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not blocked, "findings": [asdict(item) for item in findings]}))
    sys.exit(1 if blocked else 0)


def _run(check: Check, settings: Settings) -> Iterator[Checkup]:
    """Turn an expected error of a check into a finding."""
    try:
        yield from check(settings)
    except DevkitError as error:
        name = check.__name__.removeprefix("check_").replace("_", " ")
        yield Checkup(name, "blocks", error.message, error.hint)


def check_node(settings: Settings) -> Iterator[Checkup]:
    """Find Node, which every build but the simplest needs."""
    from devkit.build import node

    found = node.find_node()
    if found is None:
        old = shutil.which("node")
        text = _(f"{old} is too old") if old else _("not found")
        yield Checkup(
            "Node", "warning", _(f"{text}: only import-free JSX panels build"), f"{node.how_to_install()}."
        )
        return
    yield Checkup("Node", "ok", _(f"version {node.major_version(found)}, {found}"))
    if node.npm_command(found) is None:
        yield Checkup(
            "npm",
            "warning",
            _("not found next to Node"),
            _(f"Install npm, or run: {install_command('node')}"),
        )


def check_python(settings: Settings) -> Iterator[Checkup]:
    """Tell which mitmproxy the inspector, HAR and local-cloud mode get: 3.11 keeps them on an old one."""
    version = ".".join(map(str, sys.version_info[:3]))
    missing = find_spec("mitmproxy") is None
    if missing:
        text = _("not installed; --launch, --phone, --inspect, --har and [mirror] need it")
        yield Checkup("mitmproxy", "note", text, _(f"Install it with: {install_command('proxy')}"))
    if missing or sys.version_info >= (3, 12):
        yield Checkup("Python", "ok", version)
        return
    text = _(
        f"{version}: --inspect, --har and local-cloud mode get mitmproxy 11, which pins old h11 and tornado"
    )
    yield Checkup("Python", "note", text, _("Use Python 3.12 or later for them; SECURITY.md says more."))


def check_toolchain(settings: Settings) -> Iterator[Checkup]:
    """Look for the npm packages that builds use."""
    from devkit.build import toolchain

    if toolchain.installed():
        yield Checkup("toolchain", "ok", str(toolchain.path()))
    else:
        text = _("not installed yet; the first `devkit dev` installs it (needs the npm registry)")
        yield Checkup("toolchain", "note", text)


def check_ports(settings: Settings) -> Iterator[Checkup]:
    """See whether the dev server and the proxy can listen."""
    from devkit.errors import PortTakenError
    from devkit.web.binding import bind, port_owner

    ports = ((_("port"), "--port", settings.port), (_("proxy port"), "--proxy-port", settings.proxy_port))
    for name, flag, port in ports:
        if not port:
            yield Checkup(name, "ok", _("takes a free one"))
            continue
        try:
            bind("127.0.0.1", port).close()
        except PortTakenError as error:
            owner = port_owner(port)
            by = _(f" by {owner}") if owner else ""
            fix = (
                _(f"End that process, or use {flag} {error.free}.") if error.free else _("End that process.")
            )
            yield Checkup(name, "blocks", _(f"{port} is taken{by}"), fix)
        else:
            yield Checkup(name, "ok", _(f"{port} is free"))


def check_certificate_authority(settings: Settings) -> Iterator[Checkup]:
    """Read the authorities, and ask each trust store about them."""
    from devkit.proxy import trust
    from devkit.proxy.authority import RENEW_BEFORE, load_authority

    names = trust.known_names()
    if "panel" not in names:
        text = _("none yet; `devkit dev` makes one")
        yield Checkup(
            "certificate authority", "note", text, _("Trust it with `devkit ca install`, or use --launch.")
        )
    for name in names:
        authority = load_authority(name)
        if authority is None:
            continue
        left = authority.expires.timestamp() - time.time()
        if authority.expired(margin=RENEW_BEFORE):
            text = _(f"{authority.label} ends in {max(0, left) / 86400:.0f} days")
            yield Checkup("certificate authority", "warning", text, _("Renew it with `devkit ca install`."))
        else:
            yield Checkup(
                "certificate authority", "ok", _(f"{authority.label}, {left / 86400:.0f} days left")
            )
        flag = " --local-cloud" if name == "local-cloud" else ""
        for store in trust.stores():
            place = f"{authority.label}{_(', ')}{_(store.title)}"
            if not store.usable and not store.admin:
                yield Checkup(
                    "trust", "note", _(f"{place}: cannot tell, {store.tool} is missing"), store.package
                )
            elif trust.is_trusted(store, authority):
                yield Checkup("trust", "ok", place)
            else:
                fix = _(f"Run `devkit ca install{flag}`; --launch needs no trust.")
                yield Checkup("trust", "note", _(f"{place}: not trusted"), fix)


def check_proxy_variables(settings: Settings) -> Iterator[Checkup]:
    """Read the proxy variables as the proxy will."""
    from devkit.proxy.options import PROXY_VARIABLES, ProxyOptions, Upstream, find_upstream

    options = ProxyOptions(port=settings.proxy_port, upstream=settings.upstream)
    upstream = find_upstream(options, os.environ)
    given = [name for name in PROXY_VARIABLES if os.environ.get(name)]
    if upstream:
        source = "--upstream" if settings.upstream else given[0]
        yield Checkup("upstream proxy", "ok", _(f"{upstream.host}:{upstream.port}, from {source}"))
    elif given:
        itself = Upstream.parse(os.environ[given[0]], given[0])
        text = _(f"{given[0]} names devkit's own proxy ({itself.host}:{itself.port}); it is left out")
        yield Checkup(
            "upstream proxy", "warning", text, _(f"Unset {given[0]} in the shell that runs devkit.")
        )
    else:
        yield Checkup("upstream proxy", "note", _("none"))
    auto = os.environ.get("AUTO_PROXY") or os.environ.get("auto_proxy")  # noqa: SIM112
    if auto:
        text = _("automatic configuration (PAC) is not supported")
        yield Checkup("upstream proxy", "warning", text, _("Give the proxy itself with --upstream."))


def check_browser(settings: Settings) -> Iterator[Checkup]:
    """Find a browser for --launch, and certutil that makes it trust the proxy."""
    from devkit.errors import ProxyError
    from devkit.proxy.launch import find_browser

    try:
        yield Checkup("browser", "ok", str(find_browser(settings.browser_path)))
    except ProxyError as error:
        yield Checkup("browser", "warning", error.message, error.hint)
    if sys.platform.startswith("linux"):
        if shutil.which("certutil"):
            yield Checkup("certutil", "ok", str(shutil.which("certutil")))
        else:
            fix = _("Install libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch).")
            yield Checkup(
                "certutil", "warning", _("missing: browsers cannot be made to trust the proxy"), fix
            )


def check_wechat_devtools(settings: Settings) -> Iterator[Checkup]:
    """Look for WeChat DevTools where it is usually installed."""
    places = [Path(os.path.expandvars(place)) for place in WECHAT_PLACES.get(sys.platform, ())]
    found = next((place for place in places if place.exists()), None)
    if found:
        proxy = f"127.0.0.1:{settings.proxy_port}"
        fix = _(f"Settings > Proxy: set manually to {proxy}; trust the certificate with `devkit ca install`.")
        yield Checkup("WeChat DevTools", "ok", str(found), fix)
    else:
        yield Checkup("WeChat DevTools", "note", _("not found (needed only to debug in a mini program)"))


def check_clock(settings: Settings) -> Iterator[Checkup]:
    """Compare the clock with the platform's: certificates and signed calls need the right time."""
    import email.utils

    import httpx

    try:
        answer = httpx.head(PANEL_SITE, timeout=NETWORK_S, follow_redirects=False)
        there = email.utils.parsedate_to_datetime(answer.headers["date"]).timestamp()
    except (httpx.HTTPError, KeyError, ValueError):
        yield Checkup("clock", "note", _("not compared: the platform cannot be reached"))
        return
    skew = time.time() - there
    if abs(skew) > CLOCK_LIMIT_S:
        text = f"{abs(skew):.0f} s {'ahead' if skew > 0 else 'behind'}"
        yield Checkup("clock", "blocks", text, _("Set the clock: switch automatic time on."))
    else:
        yield Checkup("clock", "ok", "right")


CHECKS: tuple[Check, ...] = (
    check_python,
    check_node,
    check_toolchain,
    check_ports,
    check_browser,
    check_certificate_authority,
    check_proxy_variables,
    check_wechat_devtools,
    check_clock,
)
