"""Every error that devkit raises on purpose.

DevkitError
    SettingsError           a flag, variable or devkit.toml entry is wrong
    ModelError              a thing model cannot be read or is broken
        PropertyValueError  a value does not fit its property
    TransportError          the cloud, local or real, was not reached
        TransportTimeoutError
        CloudApiError       it answered with an error code
    DeviceNotFoundError     no such device on this account
    FirmwareError           a firmware upgrade failed; its code is that of reportOTAStatus
    SdkMethodError          a panel called a member in a wrong way
    BleError
        GattError           the peripheral answered with an ATT error
    BuildError              the panel does not build
    ToolchainError          Node, or a package that the build needs, is missing
    ScaffoldError           a project cannot be created
    ProxyError              the proxy or its certificate authority cannot work
    ServeError              the dev server cannot start
    BrowserError            Chromium is missing, or went away
    PanelError              a panel under test does not load, or fails while its test runs
        PortTakenError      another process listens on its port
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devkit.language import _, marked


class DevkitError(Exception):
    """An expected failure: what failed with the offending value, and the remedy."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = _(hint)  # where it stands in a table

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SettingsError(DevkitError):
    """A setting is unknown or has a value that cannot be used."""


class WrongUsageError(SettingsError):
    """The command line asks for what there is not, or leaves out what is needed: exit code 2."""


class PlacedError(DevkitError):
    """A file is wrong; `file`, `line` and `column` (from 1) say where when known."""

    def __init__(
        self,
        message: str,
        hint: str = "",
        *,
        file: Path | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.file = file
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{place}: {super().__str__()}" if place else super().__str__()


class ModelError(PlacedError):
    """A thing model is malformed."""


class ProjectFileError(PlacedError, SettingsError):
    """devkit.toml or shots.yaml cannot be read, or has an entry that is unknown or cannot be used."""


class PropertyValueError(ModelError):
    """A value breaks the type, range, step, mapping or mode of its property."""

    def __init__(self, message: str, hint: str = "", *, property_id: str, value: object) -> None:
        super().__init__(message, hint)
        self.property_id = property_id
        self.value = value


class TransportError(DevkitError):
    """The cloud could not be reached or did not speak its protocol; status is that of HTTP, 0 without one."""

    status: int = 0
    reason: str = ""


class StaleError(TransportError):
    """What a transaction has read was changed before its commit; nothing is done. Do it again."""


class TransportTimeoutError(TransportError):
    """No answer came within the time limit."""


class CloudApiError(TransportError):
    """The cloud answered an action with an error code such as `InvalidParameterValue.DeviceNotFound`."""

    def __init__(
        self,
        code: str | int,
        message: str,
        request_id: str = "",
        detail: dict[str, Any] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, hint)
        self.code = code
        self.request_id = request_id
        self.detail = detail or {}

    def __str__(self) -> str:
        return f"{self.code}: {super().__str__()}"


class DeviceNotFoundError(DevkitError):
    """No device of that id belongs to this account."""


class FirmwareError(DevkitError):
    """A firmware upgrade failed; `code` is the platform's result code, -1 to -5 (FIRMWARE_FAILURES)."""

    def __init__(self, code: int, detail: str = "", hint: str = "") -> None:
        text = FIRMWARE_FAILURES[code]
        super().__init__(f"{_(text)}: {detail}" if detail else f"{_(text)}.", hint)
        self.code = code


FIRMWARE_FAILURES = {
    -1: marked("Download timed out"),
    -2: marked("File does not exist"),
    -3: marked("Signature expired"),
    -4: marked("MD5 mismatch"),
    -5: marked("Firmware update failed"),
}
"""Source: docs/reference/sdk-members.md row 33, resultCode."""


class SdkMethodError(DevkitError):
    """A panel called an SDK member in a way that cannot work; `code` reaches the page."""

    def __init__(self, message: str, hint: str = "", *, code: str = "devkit.InvalidCall") -> None:
        super().__init__(message, hint)
        self.code = code


class BleError(DevkitError):
    """A Bluetooth operation failed; `err_code` is WeChat's (10000-10013)."""

    def __init__(self, message: str, hint: str = "", *, err_code: int = 10008) -> None:
        super().__init__(message, hint)
        self.err_code = err_code


class GattError(BleError):
    """The peripheral answered with an ATT error code."""

    def __init__(self, message: str, hint: str = "", *, att_code: int) -> None:
        super().__init__(message, hint)
        self.att_code = att_code


@dataclass(frozen=True)
class Diagnostic:
    """One thing wrong in a source file.

    line and column count from 1; frame holds a few source lines with a marker; stage names the tool that
    found it (esbuild, less, sass, postcss, vue, devkit); severity is "error" or "warning".
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    frame: str = ""
    hint: str = ""
    stage: str = "esbuild"
    severity: str = "error"

    @property
    def place(self) -> str:
        """Return `file:line:column`, as far as it is known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    @property
    def short_file(self) -> str:
        """Return the file as a person writes it: relative to the current folder when it is inside."""
        with contextlib.suppress(ValueError, OSError):
            return str(Path(self.file).relative_to(Path.cwd())) if self.file else ""
        return self.file


class BuildError(DevkitError):
    """The panel does not build; `diagnostics` holds every finding."""

    def __init__(self, diagnostics: Sequence[Diagnostic], hint: str = "") -> None:
        first = diagnostics[0]
        super().__init__(
            f"{first.place}: {first.message}" if first.place else first.message, hint or first.hint
        )
        self.diagnostics = tuple(diagnostics)


class ToolchainError(DevkitError):
    """A tool that the build needs is missing or does not work."""


class ScaffoldError(DevkitError):
    """A project cannot be created as asked."""


class ProxyError(DevkitError):
    """The proxy or its certificate authority cannot work."""


class ServeError(DevkitError):
    """A server cannot start, for example because its port is taken."""


class PortTakenError(ServeError):
    """Another process listens on the port; `free` is the next port that is not taken, 0 when none is near."""

    def __init__(self, message: str, hint: str = "", *, port: int, free: int = 0) -> None:
        super().__init__(message, hint)
        self.port = port
        self.free = free


class BrowserError(DevkitError):
    """Chromium cannot be started, or went away in the middle of a test."""


class PanelError(DevkitError):
    """A panel under test does not load, or fails while its test runs."""
