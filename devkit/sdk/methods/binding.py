"""What the mini program does for a panel's search page: it registers a device it has found, and binds it.

Source: docs/reference/protocol.md section 4.2; a vendor's own server signs for the mini program, here the
device's key does.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import SdkMethodError
from devkit.language import _
from devkit.sdk.methods.arguments import options, text

if TYPE_CHECKING:
    from devkit.sdk.session import Session

NONCE_BITS = 31


def _device(session: Session, member: str, payload: object) -> tuple[str, str]:
    """Return product and name of a device; pages outside of /developing/ send no product."""
    asked = options(member, payload)
    product_id = str(asked.get("productId") or session.product_id)
    return product_id, text(member, "deviceName", asked.get("deviceName"))


async def register_device(session: Session, payload: object) -> dict[str, Any]:
    """Make a device known to the cloud; where devices are real, their maker has done that.

    Errors: DeviceNotFoundError for an unknown product.
    """
    product_id, device_name = _device(session, "registerDevice", payload)
    bench = session.simulator.transport.bench
    if bench is not None:
        bench.keys(product_id, device_name)
    return {}


async def bind_device(session: Session, payload: object) -> dict[str, Any]:
    """Bind a device to the page's family with a signature of the device's key, which the cloud verifies.

    Errors: those of Transport.call; SdkMethodError when the key is not known here.
    """
    from devkit.ble.llsync.codes import SIGNATURE_LIFE_S
    from devkit.ble.llsync.identity import bind_signature
    from devkit.clock import SystemClock
    from devkit.phone.peripherals import SECRET_VARIABLE, keys_of

    product_id, device_name = _device(session, "bindDevice", payload)
    transport = session.simulator.transport
    keys = await keys_of(transport, product_id, device_name)
    if not keys.secret:
        raise SdkMethodError(
            _(f"{product_id}/{device_name} cannot be bound: its key is not known. Set {SECRET_VARIABLE}."),
            code="devkit.NoDeviceKey",
        )
    clock = transport.bench.clock if transport.bench else SystemClock()
    stamp = clock.now_ms() // 1000
    nonce = secrets.randbits(NONCE_BITS)
    signature = bind_signature(keys.secret, product_id, device_name, nonce, stamp)
    await session.cloud(
        "AppSigBindDeviceInFamily",
        {
            "FamilyId": session.data.get("familyId", ""),
            "RoomId": session.data.get("roomId") or "",
            "DeviceId": f"{product_id}/{device_name}",
            "BindType": "bluetooth_sign",
            "ConnId": str(nonce),
            "DeviceTimestamp": stamp + SIGNATURE_LIFE_S,
            "Signature": signature.hex(),
        },
    )
    return {}


CONTROLS: Mapping[str, Callable[[Session, object], Awaitable[dict[str, Any]]]] = {
    "registryDevice": register_device,
    "bindDevice": bind_device,
}
