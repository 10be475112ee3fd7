"""Access tokens: from the environment or the keyring, or by logging in with an application's key.

Secrets are never written and never logged.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from devkit.errors import SettingsError
from devkit.language import _

SERVICE = "h5-devkit"
TOKEN, APP_KEY, APP_SECRET, OPEN_ID = (
    "DEVKIT_ACCESS_TOKEN",
    "DEVKIT_APP_KEY",
    "DEVKIT_APP_SECRET",
    "DEVKIT_WX_OPEN_ID",
)


@dataclass(frozen=True)
class Credentials:
    """What the user has given; texts that are missing are empty."""

    token: str = field(default="", repr=False)
    app_key: str = ""
    app_secret: str = field(default="", repr=False)
    open_id: str = field(default="", repr=False)

    @property
    def can_log_in(self) -> bool:
        """Tell whether a new token can be had without asking."""
        return bool(self.app_key and self.app_secret and self.open_id)

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None) -> Credentials:
        """Return what the environment and, where it is silent, the keyring hold.

        Errors: SettingsError when there is neither a token nor all that a login needs.
        """
        environ = os.environ if environ is None else environ
        found = cls(
            *(environ.get(name) or from_keyring(name) for name in (TOKEN, APP_KEY, APP_SECRET, OPEN_ID))
        )
        if found.token or found.can_log_in:
            return found
        raise SettingsError(
            _("The cloud transport needs an access token."),
            _(
                f"Set {TOKEN}, or {APP_KEY}, {APP_SECRET} and {OPEN_ID};"
                f" or keep them in the keyring, service {SERVICE}."
            ),
        )


def from_keyring(name: str) -> str:
    """Return a secret of the system's keyring; "" when there is none or the package is not installed."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return ""
    try:
        return keyring.get_password(SERVICE, name) or ""
    except keyring.errors.KeyringError:
        return ""
