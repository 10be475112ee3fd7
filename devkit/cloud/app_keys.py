"""With what applications log in: the documents' keys, or keys made for a sandbox in others' reach."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from devkit.cloud.store.schema import APPS, USERS, AppRow
from devkit.cloud.store.work import Work

OWN_NAME = "devkit, for others"


@dataclass(frozen=True)
class AppKeys:
    """What an application signs with, and the WeChat OpenID of the sandbox's user."""

    app_key: str
    app_secret: str
    open_id: str


PUBLISHED = AppKeys("devkitSandboxKey", "devkit-sandbox-secret", "oX3aP0qRs7TuVwXyZ")
"""What every sandbox has that only this machine reaches; the documents name it."""


def settle_keys(work: Work, user_id: str, *, exposed: bool, shared: bool) -> AppKeys:
    """Return the keys of a sandbox: published ones, or made now for one that others reach.

    shared: other workers serve the same database, so that keys which were made for it stay, and the published
    ones do not come back.
    """
    made = work.tx.find(APPS, {"name": OWN_NAME})
    user = work.tx.get(USERS, user_id)
    open_id = user["wx_open_id"] if user else ""
    if not exposed and not (shared and made):
        for app in made:
            work.tx.remove(APPS, app["app_key"])
        work.tx.put(APPS, _row(PUBLISHED, "devkit"))
        work.tx.change(USERS, user_id, wx_open_id=PUBLISHED.open_id)
        return PUBLISHED
    work.tx.remove(APPS, PUBLISHED.app_key)
    if shared and made and open_id != PUBLISHED.open_id:
        return AppKeys(made[0]["app_key"], made[0]["app_secret"], open_id)
    for app in made:
        work.tx.remove(APPS, app["app_key"])
    keys = AppKeys(secrets.token_hex(8), secrets.token_urlsafe(24), f"o{secrets.token_urlsafe(20)}")
    work.tx.put(APPS, _row(keys, OWN_NAME))
    work.tx.change(USERS, user_id, wx_open_id=keys.open_id)
    return keys


def _row(keys: AppKeys, name: str) -> AppRow:
    return AppRow(app_key=keys.app_key, app_secret=keys.app_secret, name=name)
