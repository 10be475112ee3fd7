"""Provisioning: a device has joined Wi-Fi and brings the token that an app gave it on the way.

Source: docs/reference/device-side.md section 5; npm qcloud-iotexplorer-appdev-plugin-wificonf-core@1.9.6
queryTokenStateAndBind, which binds with a plain token by itself and leaves that to the cloud with one that
was made for a family.
"""

from __future__ import annotations

from devkit.cloud.api.handlers.devices.devices import unbind
from devkit.cloud.api.handlers.devices.gateways import VIRTUAL
from devkit.cloud.store.schema import (
    BIND_TOKENS,
    DEVICES,
    MEMBERS,
    TOKEN_DEVICES,
    BindTokenRow,
    DeviceRow,
    TokenDeviceRow,
)
from devkit.cloud.store.work import Work
from devkit.errors import CloudApiError, DeviceNotFoundError
from devkit.language import _
from devkit.timeline.kinds import TokenBrought

FRESH, USABLE = 1, 2
_VALUE = "InvalidParameterValue"


def bring_token(work: Work, product_id: str, device_name: str, token: str = "") -> None:
    """Let a device bring a provisioning token, by default the newest that no device has brought.

    The token is usable from then on. One made for a family takes any number of devices into it, others are
    for one device, which its user binds.

    Errors: DeviceNotFoundError; CloudApiError TokenNotExist, TokenIsExpire, NoPermissionToFamily,
    FamilyDeviceExceedLimit.
    """
    device_id = f"{product_id}/{device_name}"
    device = work.tx.get(DEVICES, device_id)
    if device is None or device_name == VIRTUAL:
        raise DeviceNotFoundError(_(f"There is no device {device_id} that could join a network."))
    row = work.tx.get(BIND_TOKENS, token) if token else _newest(work)
    if row is None:
        message = _(f"There is no provisioning token {token[:40] or _('that no device has brought')}.")
        raise CloudApiError(f"{_VALUE}.TokenNotExist", message)
    if row["expire_s"] <= work.now_s:
        raise CloudApiError(
            f"{_VALUE}.TokenIsExpire", _("The provisioning token has expired; make a new one.")
        )
    brought_by = f"{row['product_id']}/{row['device_name']}"
    if row["state"] != FRESH and not row["family_id"] and brought_by != device_id:
        message = _(f"The provisioning token was brought by {brought_by} already; make one for each device.")
        raise CloudApiError(f"{_VALUE}.TokenNotExist", message)
    if row["family_id"]:
        _join(work, device, row)
    work.tx.change(BIND_TOKENS, row["token"], state=USABLE, product_id=product_id, device_name=device_name)
    work.tx.put(TOKEN_DEVICES, TokenDeviceRow(token=row["token"], device_id=device_id, brought=work.stamp))
    work.after(lambda: work.emulator.observe(TokenBrought(device_id, row["family_id"] or None)))


def _newest(work: Work) -> BindTokenRow | None:
    rows = work.tx.find(BIND_TOKENS, {"state": FRESH}, order="expire_s", descending=True, limit=1)
    return rows[0] if rows else None


def _join(work: Work, device: DeviceRow, token: BindTokenRow) -> None:
    """Put a device into the family that a token was made for."""
    family_id = token["family_id"]
    if work.tx.get(MEMBERS, family_id, token["user_id"]) is None:
        message = _("Who made the provisioning token has left the family that it is for.")
        raise CloudApiError("UnauthorizedOperation.NoPermissionToFamily", message)
    if device["family_id"] == family_id:
        return
    if work.tx.count(DEVICES, {"family_id": family_id}) >= work.emulator.limits.family_devices:
        raise CloudApiError("LimitExceeded.FamilyDeviceExceedLimit", _("The family holds too many devices."))
    place(work, device, family_id=family_id, room_id=token["room_id"] or "0", user_id=token["user_id"])


def place(work: Work, device: DeviceRow, *, family_id: str, room_id: str, user_id: str) -> None:
    """Bind a device to a family.

    It has taken part, so it was reset: a binding in another family ends with all that belongs to it.
    """
    if device["family_id"]:
        unbind(work, device)
    changes = {"family_id": family_id, "room_id": room_id, "user_id": user_id}
    work.tx.change(DEVICES, device["device_id"], **changes, created=work.stamp, updated=work.now)
    work.push(device["device_id"], "StatusChange", "Bind", {"UserId": user_id, "FamilyId": family_id})
