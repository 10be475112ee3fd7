"""What `--host` lets others reach, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devkit.language import _
from devkit.web.hosts import is_loopback

if TYPE_CHECKING:
    from devkit.cloud.app_keys import AppKeys
    from devkit.cloud.device_secrets import DeviceSecrets
    from devkit.settings import Settings


def panel_warning(settings: Settings) -> str:
    """Return what a dev server of these settings exposes; "" when it listens on loopback."""
    if is_loopback(settings.host):
        return ""
    return _(
        f"Warning: everyone who can reach {settings.host}:{settings.port} can load this panel with its "
        "source map, use the simulated device and cloud through its page and at the platform's paths, see "
        "the console without its controls, and call the control API if they know the control token. The "
        "console that controls stays on this machine."
    )


def cloud_warning(host: str, url: str) -> str:
    """Return what an emulator at host exposes; "" when it listens on loopback."""
    if is_loopback(host):
        return ""
    return _(
        f"Warning: everyone who can reach {host}:{url.rpartition(':')[2]} can call the emulator's actions "
        "with its keys or a token, listen to its pushes, and read the firmware and resource files it serves."
    )


def keys_text(keys: AppKeys, secrets: DeviceSecrets) -> str:
    """Return the keys of a sandbox that others reach."""
    own = f"ProductSecret {secrets.product_secret}, DeviceSecret {secrets.device_secret}"
    return _(
        f"Keys of this run: AppKey {keys.app_key}, AppSecret {keys.app_secret}, WxOpenID {keys.open_id} "
        f"(the published ones of a sandbox do not work in it). {own}."
    )
