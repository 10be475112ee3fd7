"""Who may use which device, and what ends when someone may not any more."""

from __future__ import annotations

from collections.abc import Iterable

from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.schema import (
    DEVICES,
    FAMILY_INVITES,
    MEMBERS,
    PROOFS,
    SHARE_TOKENS,
    SHARES,
    TIMERS,
    DeviceRow,
    ProofRow,
)
from devkit.cloud.store.work import Work


def may_use(tx: Transaction, user_id: str, device_id: str) -> bool:
    """Tell whether a device is in a family of a user, or shared with him."""
    device = tx.get(DEVICES, device_id)
    if device is None:
        return False
    family_id = device["family_id"]
    return bool((family_id and tx.get(MEMBERS, family_id, user_id)) or tx.get(SHARES, device_id, user_id))


def end_membership(work: Work, family_id: str, user_id: str) -> None:
    """Take a member out of a family, with what he may do there: invitations, offers to share, timers."""
    work.tx.remove(MEMBERS, family_id, user_id)
    for invite in work.tx.find(FAMILY_INVITES, {"family_id": family_id, "from_user": user_id}):
        work.tx.remove(FAMILY_INVITES, invite["token"])
    devices = [row["device_id"] for row in work.tx.find(DEVICES, {"family_id": family_id})]
    for device_id in devices:
        for token in work.tx.find(SHARE_TOKENS, {"device_id": device_id, "from_user": user_id}):
            work.tx.remove(SHARE_TOKENS, token["token"])
    end_use(work, user_id, devices)


def end_use(work: Work, user_id: str, device_ids: Iterable[str]) -> None:
    """End what a user has set up on devices that he may not use any more, and the pushes to him."""
    for device_id in device_ids:
        if not may_use(work.tx, user_id, device_id):
            for timer in work.tx.find(TIMERS, {"device_id": device_id, "user_id": user_id}):
                work.tx.remove(TIMERS, timer["timer_id"])
    work.rights_changed()


def proof_is_new(work: Work, device: DeviceRow, signature: str, stamp_s: int) -> bool:
    """Remember that a device's signature has served; False when it had done so before.

    Old ones are stale, and forgotten.
    """
    device_id = device["device_id"]
    if work.tx.get(PROOFS, device_id, signature):
        return False
    stale = (None, work.now_s - work.emulator.limits.signature_s - 1)
    for old in work.tx.find(PROOFS, {"device_id": device_id}, between={"stamp_s": stale}):
        work.tx.remove(PROOFS, device_id, old["signature"])
    work.tx.put(PROOFS, ProofRow(device_id=device_id, signature=signature, stamp_s=stamp_s))
    return True
