"""Where a cloud is: the two regions of the platform, or an emulator that is served."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from devkit.errors import SettingsError

# Source: docs/reference/app-api.yaml common.transport.urls and websocket.urls; the overseas websocket is
# unverified.
REGIONS = {
    "mainland": "https://iot.cloud.tencent.com",
    "overseas": "https://oversea.iotcloud.tencentiotcloud.com",
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Endpoint:
    """A base URL without a path, such as https://iot.cloud.tencent.com."""

    base: str

    @classmethod
    def of(cls, region: str, url: str = "") -> Endpoint:
        """Return the endpoint of a region, or of a URL when one is given.

        Errors: SettingsError for a URL that is none, or that is not encrypted and not on this machine.
        """
        if not url:
            return cls(REGIONS[region])
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise SettingsError(
                f"cloud_url must be a web address without a path, not {url!r}.",
                "Use for example http://127.0.0.1:9100, as devkit cloud serve prints it.",
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise SettingsError(f"cloud_url {url!r} would send the access token unencrypted.", "Use https.")
        return cls(url.rstrip("/"))

    @property
    def loopback(self) -> bool:
        """Tell whether the cloud is on this machine; then no proxy is used."""
        return urlsplit(self.base).hostname in LOOPBACK

    def api(self, kind: str) -> str:
        """Return the URL of tokenapi or appapi."""
        return f"{self.base}/api/exploreropen/{kind}"

    def pushes(self, user_id: str) -> str:
        """Return the URL of the push websocket."""
        return f"ws{self.base.removeprefix('http')}/iotstudio_v2_weapp_1?uin={quote(user_id)}"
