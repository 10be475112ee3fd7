"""SecretId and SecretKey of a Tencent Cloud account: from the environment or the keyring, never written."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from devkit.errors import SettingsError
from devkit.language import _
from devkit.redaction import MASK, redact
from devkit.transport.credentials import SERVICE, from_keyring

SECRET_ID, SECRET_KEY, TOKEN = "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "TENCENTCLOUD_TOKEN"
"""Source: PyPI tencentcloud-sdk-python-common@3.1.195, tencentcloud/common/credential.py

The SDK names the first two; the variable of a temporary key's token is ours."""
KEY_PAGE = "https://console.cloud.tencent.com/cam/capi"


@dataclass(frozen=True)
class SecretKeys:
    """A key pair of an account; a temporary one has a token, too."""

    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def find(cls, environ: Mapping[str, str] | None = None) -> SecretKeys | None:
        """Return what the environment and, where it is silent, the keyring hold; None without any.

        Errors: SettingsError when half of a pair is missing, or has spaces in it.
        """
        environ = os.environ if environ is None else environ
        found = [environ.get(name) or from_keyring(name) for name in (SECRET_ID, SECRET_KEY, TOKEN)]
        named = dict(zip((SECRET_ID, SECRET_KEY), found, strict=False))
        if not any(named.values()):
            return None
        for name, value in named.items():
            if not value:
                raise SettingsError(
                    _(f"{name} is missing; its other half is there."), _(f"Copy it from {KEY_PAGE}")
                )
            if value != value.strip() or not value.isascii():
                raise SettingsError(
                    _(f"{name} has spaces or signs that no key has."), _(f"Copy it once more: {KEY_PAGE}")
                )
        return cls(*found)

    @classmethod
    def need(cls, environ: Mapping[str, str] | None = None) -> SecretKeys:
        """Return the keys.

        Errors: SettingsError when there are none.
        """
        if found := cls.find(environ):
            return found
        raise SettingsError(
            _("The product's own API needs the keys of its account."),
            _(
                f"Set {SECRET_ID} and {SECRET_KEY} (from {KEY_PAGE}),"
                f" or keep them in the keyring, service {SERVICE}."
            ),
        )

    def hide(self, text: str) -> str:
        """Return a text of the platform or the network without keys in it."""
        for secret in (self.secret_key, self.secret_id, self.token):
            text = text.replace(secret, MASK) if secret else text
        return redact(text)
