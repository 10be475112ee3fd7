"""Where a cloud is: the two regions of the platform, or an emulator that is served."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from devkit.errors import SettingsError
from devkit.language import _
from devkit.web.hosts import REGIONS, is_loopback


@dataclass(frozen=True)
class Endpoint:
    """A base URL without a path, such as https://iot.cloud.tencent.com; path leads to a sandbox there."""

    base: str
    path: str = ""

    @classmethod
    def of(cls, region: str, url: str = "", sandbox: str = "") -> Endpoint:
        """Return the endpoint of a region, or of a URL when one is given, and of a sandbox there.

        Errors: SettingsError for a URL that is none, or that is not encrypted and not on this machine, and
        for a sandbox of the platform, which has none.
        """
        path = f"/sandbox/{quote(sandbox, safe='')}" if sandbox not in ("", "main") else ""
        if path and not url:
            raise SettingsError(
                _(f"The platform has no sandbox {sandbox!r}; a served emulator may."),
                _("Name it with --cloud-url."),
            )
        if not url:
            return cls(REGIONS[region])
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise SettingsError(
                _(f"cloud_url must be a web address without a path, not {url!r}."),
                _("Use for example http://127.0.0.1:9100, as devkit cloud serve prints it."),
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise SettingsError(
                _(f"cloud_url {url!r} would send the access token unencrypted."), _("Use https.")
            )
        return cls(url.rstrip("/"), path)

    @property
    def loopback(self) -> bool:
        """Tell whether the cloud is on this machine; then no proxy is used."""
        return is_loopback(urlsplit(self.base).hostname or "")

    def api(self, kind: str) -> str:
        """Return the URL of tokenapi or appapi."""
        return f"{self.base}{self.path}/api/exploreropen/{kind}"

    def pushes(self, user_id: str) -> str:
        """Return the URL of the push websocket."""
        return f"ws{self.base.removeprefix('http')}{self.path}/iotstudio_v2_weapp_1?uin={quote(user_id)}"
