"""The kinds of entries: all that a timeline tells, one class for each; docs/console.md has them as a table.

time is unix ms, ms a duration; fields that only some entries of a kind have are None in the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from devkit.language import _
from devkit.timeline.bulk import JSON
from devkit.timeline.happening import UNSET, Happening, read, rest, wire

Fields = Mapping[str, JSON]


class SdkCall(Happening, kind="sdk", lane="sdk", settled=True):
    """A page's call of the SDK, with its result, or the error that its promise was rejected with."""

    member: str
    args: JSON
    result: JSON = UNSET
    error: JSON = None
    ms: float = 0.0


class ActionCall(Happening, kind="action", lane="cloud"):
    """A call of the cloud, with its response, or the error {code, msg} that it was answered with."""

    action: str
    params: Fields
    response: Fields | None = None
    error: Fields | None = None
    ms: float = 0.0


class Push(Happening, kind="push", lane="push", settled=True):
    """A server message about a device.

    type and sub_type are the platform's words ("Property", "Report"); payload is the decoded JSON of the
    wire's base64 text.
    Source: docs/reference/protocol.md section 3.
    """

    device_id: str = wire("DeviceId")
    type: str = wire("Type")
    sub_type: str = wire("SubType")
    time: int = wire("Time")
    payload: JSON = wire("Payload")


class DeviceReport(Happening, kind="device", act="report", lane="device", settled=True):
    """A device reported properties, {property id: value}."""

    device_id: str = wire("DeviceId")
    values: Fields


class DeviceEvent(Happening, kind="device", act="event", lane="device", settled=True):
    """A device posted an event of the thing model."""

    device_id: str = wire("DeviceId")
    event: str
    params: Fields


class DeviceOnline(Happening, kind="device", act="online", lane="device", settled=True):
    """A device connected."""

    device_id: str = wire("DeviceId")


class DeviceOffline(Happening, kind="device", act="offline", lane="device", settled=True):
    """A device lost its connection."""

    device_id: str = wire("DeviceId")


class UpgradeProgress(Happening, kind="device", act="ota", lane="device", settled=True):
    """A device told how far its upgrade is: downloading, burning, updating, done or fail."""

    device_id: str = wire("DeviceId")
    state: str
    percent: int
    message: str | None = None


class DeviceFailure(Happening, kind="device", act="error", lane="device", settled=True):
    """The script of a virtual device failed."""

    device_id: str = wire("DeviceId")
    message: str


class FirmwareOffer(Happening, kind="device", act="firmware", lane="device", settled=True):
    """A firmware was published for a device's product."""

    device_id: str = wire("DeviceId")
    version: str


class TokenBrought(Happening, kind="device", act="provision", lane="device", settled=True):
    """A device joined Wi-Fi and brought a provisioning token; family: what the token was made for."""

    device_id: str = wire("DeviceId")
    family: str | None = None


class MqttPacket(Happening, kind="mqtt", act="packet", lane="device", settled=True):
    """A message over MQTT: "up" from the device or "down" to it; ms: since the request that it answers."""

    device_id: str = wire("DeviceId")
    what: str
    topic: str
    qos: int
    payload: JSON
    words: str
    ms: float | None = None


class MqttLink(Happening, kind="mqtt", act="link", lane="device", settled=True):
    """A device's connection over MQTT: connected, subscribed, refused, warning or closed, and why."""

    device_id: str = wire("DeviceId")
    state: str
    words: str


class MqttFault(Happening, kind="mqtt", act="fault", lane="device", settled=True):
    """The faults of a device's messages over MQTT changed; fault has all of them as they are now."""

    device_id: str = wire("DeviceId")
    fault: Fields


class TimerRun(Happening, kind="device", act="timer", lane="device", settled=True):
    """A timer of a device went off."""

    device_id: str = wire("DeviceId")
    name: str


class AutomationRun(Happening, kind="device", act="automation", lane="device", settled=True):
    """An automation of a family started."""

    name: str


class FaultChange(Happening, kind="device", act="fault", lane="device", settled=True):
    """The faults of the cloud changed; fault has all of them as they are now."""

    fault: Fields


class ScenarioRefusal(Happening, kind="scenario", lane="device"):
    """A step of a YAML scenario that could not be done."""

    act: str
    value: JSON
    error: str


class SongListSync(Happening, kind="music", lane="device"):
    """A panel sent a device a play list."""

    device: str
    list: Fields


class MiniProgramCall(Happening, kind="miniProgram", lane="mini"):
    """A wx.miniProgram call of a panel; url is "" for APIs without one."""

    api: str
    params: Fields
    time: int
    url: str = ""

    @property
    def path(self) -> str:
        """Return the page of the URL, without its query."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """Return the query of the URL, decoded."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class Navigation(MiniProgramCall, kind="navigation", lane="mini"):
    """A wx.miniProgram call that leads away from the panel."""


class MiniProgramFailure(Happening, kind="miniProgram", lane="mini"):
    """A wx.miniProgram call that failed in the page, where the SDK swallows it."""

    api: str
    params: JSON
    error: str


class MiniProgramState(Happening, kind="miniProgram", lane="mini"):
    """The page or the mini program came to the front or went to the back: pageShow, appHide."""

    event: str
    payload: JSON


class Vibration(Happening, kind="vibrate", lane="mini"):
    """A panel let the phone vibrate."""

    type: str | None


class ShareCard(Happening, kind="share", lane="mini"):
    """A panel set what a shared card shows: title, imgUrl."""

    config: Fields = rest()


class AirFrame(Happening, kind="ble.frame", lane="ble"):
    """A value on the air, in hex and, where it is known, in words; what: write, read, notify or lost."""

    address: str
    what: str = wire("kind")
    service: str
    characteristic: str
    value: str
    words: str


class BleCall(Happening, kind="ble.call", lane="ble"):
    """A page's call of WeChat's Bluetooth; a failure is an answer, too."""

    api: str
    params: JSON
    answer: Fields
    session: str
    ms: float


class BleChange(Happening, kind="ble.event", lane="ble"):
    """A change of a phone's adapter or of a connection."""

    event: str
    state: Fields = rest()
    session: str


class BleFound(Happening, kind="ble.found", lane="ble"):
    """Devices that a phone heard for the first time."""

    devices: list[JSON]
    session: str


class HandAct(Happening, kind="ble.hand", lane="ble"):
    """What a person did to a peripheral in the console, and what came of it."""

    address: str
    act: str
    more: Fields = rest()


class LinkChange(Happening, kind="link", lane="page"):
    """A page opened or closed its link, or was refused."""

    state: str
    session: str | None = None
    page: JSON = None
    reason: str | None = None


class ConsoleLine(Happening, kind="console", lane="page"):
    """A page's console: levels error, warn, exception (uncaught) and rejection (unhandled).

    The place is that of the source where its map knows it; frame holds the lines around it.
    """

    level: str
    text: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    frame: str | None = None


class TipShown(Happening, kind="tip", lane="page"):
    """A panel showed a tip."""

    message: str
    type: str


class InsightReport(Happening, kind="insight", lane="page"):
    """A panel reported something to the platform's statistics; it stays on this machine."""

    event: str
    more: Fields = rest()


class Touch(Happening, kind="touch", lane="page"):
    """A person clicked, filled or selected something, while a test is recorded.

    It is the nth (from 0) of so many elements with role and name; else text or css finds it.
    """

    act: str
    role: str | None = None
    name: str | None = None
    nth: int | None = None
    of: int | None = None
    text: str | None = None
    css: str | None = None
    value: str | None = None


class BuildDone(Happening, kind="build", lane="page"):
    """The panel was built; js and css tell which of them changed, sizes are in bytes."""

    js: bool
    css: bool
    bytes: int
    css_bytes: int
    ms: float


class BuildFailure(Happening, kind="build-error", lane="page"):
    """The panel could not be built."""

    message: str


class BlockedRequest(Happening, kind="network", lane="page"):
    """A test kept a panel from the network."""

    blocked: str


class DialogShown(Happening, kind="dialog", lane="page"):
    """A panel in a test opened a dialog: alert, confirm, prompt or beforeunload."""

    type: str
    message: str


class PanelProblem(Happening, kind="problem", lane="page"):
    """A panel in a test did what fails the test: exception, crash or navigation."""

    what: str = wire("kind")
    text: str


class ClockAdvance(Happening, kind="clock", lane="page"):
    """A test let time pass."""

    advance_ms: int


class Note(Happening, kind="note", lane="page"):
    """What a program wants to have said, and what a page told in a shape that no kind has."""

    message: str
    data: JSON = None


KINDS: tuple[type[Happening], ...] = tuple(
    item for item in tuple(vars().values()) if isinstance(item, type) and issubclass(item, Happening)
)[1:]
FROM_PAGES = {
    kind.kind: kind for kind in (ConsoleLine, TipShown, InsightReport, Touch, MiniProgramFailure, Note)
}


def read_note(name: str, data: JSON) -> Happening:
    """Return what a page adds to the timeline; a Note that says what is wrong with it when no kind fits."""
    if name not in FROM_PAGES:
        return Note(_(f"The page noted something of no kind that it may: {name:.100}."), data)
    try:
        return read(FROM_PAGES[name], data)
    except ValueError as error:
        return Note(_(f"The page noted a {name} that is none: {error}."), data)
