"""What a run tells: one frozen dataclass for each kind of event."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devkit.errors import DevkitError, Diagnostic


@dataclass(frozen=True)
class Ready:
    """Pages can be opened: the server listens and the first build has ended. proxy and mqtt may be "".

    phone_url: where phones in the network open the panel, "" where they cannot.
    """

    panel_url: str
    console_url: str
    control_token: str
    proxy: str = ""
    mqtt: str = ""
    phone_url: str = ""


@dataclass(frozen=True)
class DevicesReady:
    """Real firmware can connect: where, and as which device.

    files_url and https_url have firmware files, registration and MQTT over WebSocket; notice says what TLS
    cannot do here, "" for nothing.
    """

    url: str
    tls_url: str
    files_url: str
    https_url: str
    product_id: str
    device_name: str
    device_secret: str
    notice: str = ""


@dataclass(frozen=True)
class PanelBuilt:
    """The panel was built. ms is the time of the build; sizes are in bytes; first marks the first build."""

    ms: float
    js_bytes: int
    css_bytes: int
    engine: str
    first: bool = False
    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True)
class RunFailed:
    """Something went wrong that does not end the run: a build, the thing model's file, or the proxy."""

    error: DevkitError


@dataclass(frozen=True)
class PanelFailed:
    """The running panel did not catch an error.

    finding: at the first frame of the panel's own code, with the lines around it; stack: with the places of
    the sources where the map knows them. Message and stack are the page's words.
    """

    finding: Diagnostic
    stack: str = ""

    @property
    def message(self) -> str:
        """Return what the page said."""
        return self.finding.message


@dataclass(frozen=True)
class PageUpdated:
    """A page shows the newest script; what tells how: "hot: App.jsx", or "restarted: " and why."""

    what: str


@dataclass(frozen=True)
class ModelChanged:
    """The thing model's file was read anew; open pages load again."""

    model: Path


@dataclass(frozen=True)
class ModelFlawed:
    """The thing model has flaws, and runs: each warning has its place, its hint says what is used instead."""

    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class TargetLacks:
    """What the browsers of the target lack of the panel: those that were not told before."""

    warnings: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class InspectorReady:
    """The proxy's inspector can be opened."""

    url: str


@dataclass(frozen=True)
class PhoneReady:
    """A phone on the local network finds the proxy's set-up page at url."""

    url: str


@dataclass(frozen=True)
class BrowserOpened:
    """A browser that uses the proxy was opened on the panel's real page."""

    url: str


@dataclass(frozen=True)
class PanelChosen:
    """The console asks for another panel of the repository; who runs this one starts that in its place."""

    name: str


@dataclass(frozen=True)
class Notice:
    """Something worth one line."""

    message: str


RunEvent = (
    Ready
    | DevicesReady
    | PanelBuilt
    | RunFailed
    | PanelFailed
    | PageUpdated
    | ModelChanged
    | ModelFlawed
    | TargetLacks
    | InspectorReady
    | PhoneReady
    | BrowserOpened
    | PanelChosen
    | Notice
)
