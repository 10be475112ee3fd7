"""Users of a team's sandbox: each has a name, an access token of his own, kept as a hash, and quotas."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass

from devkit.cloud.api.call import ADMIN, MEMBER
from devkit.cloud.api.handlers.homes.families import add_member
from devkit.cloud.api.handlers.homes.users import create_user
from devkit.cloud.store.schema import ACCOUNTS, SESSIONS, USERS, AccountRow, SessionRow
from devkit.cloud.store.work import Work
from devkit.errors import SettingsError
from devkit.language import _

TOKEN = "dk_"  # noqa: S105  what the tokens of accounts begin with
HASHED = "sha256:"
FOR_EVER_S = 2**40
FIRST_ID = 300_000_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")


def session_key(token: str) -> str:
    """Return by what the session of a token is kept; "" for a text that is no token, though a key."""
    if token.startswith(TOKEN):
        return HASHED + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
    return "" if token.startswith(HASHED) else token


@dataclass(frozen=True)
class NewAccount:
    """A user that is to be added; 0 is no limit."""

    name: str
    calls_s: int = 0
    sockets: int = 0
    admin: bool = False


def add_account(work: Work, new: NewAccount, family_id: str) -> str:
    """Add a user, who joins a family; return the access token, which nobody can tell later.

    Errors: SettingsError for a name that is taken, or is none.
    """
    if not _NAME.fullmatch(new.name):
        raise SettingsError(
            _(f"{new.name!r} is no name of a user."),
            _("Use up to 32 small letters, digits, dots, dashes and underscores, a letter or digit first."),
        )
    if work.tx.get(ACCOUNTS, new.name):
        raise SettingsError(
            _(f"There is a user {new.name} already."),
            _(f"Take another name, or give this one a new token: devkit cloud user renew {new.name}."),
        )
    user_id = create_user(work, user_id=_free_id(work), nick_name=new.name)
    row = AccountRow(
        name=new.name, user_id=user_id, calls_s=new.calls_s, sockets=new.sockets, created=work.now
    )
    work.tx.put(ACCOUNTS, row)
    if family_id:
        add_member(work, family_id, user_id, ADMIN if new.admin else MEMBER)
    return _give_token(work, user_id)


def renew_token(work: Work, name: str) -> str:
    """Return a new token of a user; those before end.

    Errors: SettingsError for an unknown user.
    """
    user_id = _account(work, name)["user_id"]
    for session in work.tx.find(SESSIONS, {"user_id": user_id}):
        work.tx.remove(SESSIONS, session["token"])
    work.rights_changed()
    return _give_token(work, user_id)


def remove_account(work: Work, name: str) -> None:
    """Remove a user with all that is his.

    Errors: SettingsError for an unknown user.
    """
    work.tx.remove(USERS, _account(work, name)["user_id"])
    work.rights_changed()


def accounts(work: Work) -> list[AccountRow]:
    """Return the users that were added, by name."""
    return work.tx.find(ACCOUNTS, {}, order="name")


def _account(work: Work, name: str) -> AccountRow:
    account = work.tx.get(ACCOUNTS, name)
    if account is None:
        known = ", ".join(row["name"] for row in accounts(work)) or _("nobody")
        raise SettingsError(_(f"There is no user {name!r}."), _(f"This sandbox has: {known}."))
    return account


def _free_id(work: Work) -> str:
    """Return an id that no user has had: users that log in are numbered from below."""
    while True:
        user_id = str(FIRST_ID + secrets.randbelow(10**11))
        if work.tx.get(USERS, user_id) is None:
            return user_id


def _give_token(work: Work, user_id: str) -> str:
    token = TOKEN + secrets.token_urlsafe(32)
    work.tx.put(SESSIONS, SessionRow(token=session_key(token), user_id=user_id, expire_s=FOR_EVER_S))
    return token
