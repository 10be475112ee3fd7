"""Expectations of Bluetooth: wait for what should happen between a panel and its peripheral.

As with the others, a value that was met is done with: the next of its kind looks only at what came after.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from devkit.language import _
from devkit.testing.expect.expectations import failure
from devkit.testing.page.handle import core_of
from devkit.testing.world.ble import VirtualPeripheral, short_uuid, to_bytes

if TYPE_CHECKING:
    from devkit.ble import Frame

LOOK_SECONDS = 0.25
SHOWN_BYTES = 24

Wanted = bytes | str | Callable[[bytes], bool] | None


def expect_ble_write(peripheral: object, characteristic: object, value: Wanted = None, /) -> Any:
    """Wait until the panel writes these bytes (or hex, or what a function accepts; anything when None).

    Returns the bytes.
    Errors: AssertionError with the story; SettingsError for a characteristic that it does not have.
    """
    __tracebackhide__ = True
    core: VirtualPeripheral = core_of(peripheral)
    return core.world.lab.run(_frame(core, "write", _("was not written"), characteristic, value))


def expect_notification(peripheral: object, characteristic: object, value: Wanted = None, /) -> Any:
    """Wait until a notification with these bytes (or hex, or what a function accepts) has reached the phone.

    Returns the bytes.
    Errors: as of expect_ble_write.
    """
    __tracebackhide__ = True
    core: VirtualPeripheral = core_of(peripheral)
    return core.world.lab.run(_frame(core, "notify", _("did not notify"), characteristic, value))


def expect_connected(peripheral: object) -> Any:
    """Wait until a panel is connected to the peripheral.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: VirtualPeripheral = core_of(peripheral)
    return core.world.lab.run(_state(core, _("was not connected"), lambda: core.peripheral.connected))


def expect_disconnected(peripheral: object) -> Any:
    """Wait until no panel is connected to the peripheral.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: VirtualPeripheral = core_of(peripheral)
    return core.world.lab.run(_state(core, _("was not disconnected"), lambda: not core.peripheral.connected))


def expect_authorized(peripheral: object) -> Any:
    """Wait until a panel and an LLSync device have authenticated each other.

    Errors: AssertionError with the story.
    """
    __tracebackhide__ = True
    core: VirtualPeripheral = core_of(peripheral)
    return core.world.lab.run(
        _state(core, _("was not authorized"), lambda: bool(getattr(core.peripheral, "authorized", False)))
    )


async def _frame(handle: VirtualPeripheral, kind: str, verb: str, given: Any, value: Wanted) -> bytes:
    __tracebackhide__ = True
    characteristic = handle.characteristic(given)
    wanted = to_bytes(value) if isinstance(value, bytes | bytearray | str) else value
    start = handle.read.get(kind, 0)

    def find() -> int | None:
        for index in range(start, len(handle.frames)):
            frame = handle.frames[index]
            fits = frame.kind == kind and (frame.service_id, frame.characteristic_id) == characteristic.key
            if fits and _accepts(wanted, frame.value):
                return index
        return None

    if await _until(handle, lambda: find() is not None):
        index = find() or 0
        handle.read[kind] = index + 1
        await handle.world.settle()
        return handle.frames[index].value
    came = [_words(frame) for frame in handle.frames[start:] if frame.kind == kind]
    words = (
        wanted.hex().upper() if isinstance(wanted, bytes) else _("such a value") if wanted else _("any value")
    )
    name = type(handle.peripheral).__name__
    text = f"{short_uuid(characteristic.uuid)} of {name} {verb} {words}"
    raise AssertionError(failure(handle.world, text, _("values"), came))


async def _state(handle: VirtualPeripheral, wrong: str, right: Callable[[], bool]) -> None:
    __tracebackhide__ = True
    if not await _until(handle, right):
        text = f"{type(handle.peripheral).__name__} {wrong}"
        came = [_words(frame) for frame in handle.frames]
        raise AssertionError(failure(handle.world, text, _("values"), came))
    await handle.world.settle()


async def _until(handle: VirtualPeripheral, condition: Callable[[], bool]) -> bool:
    """Wait for a condition; not all that changes it is on the timeline, so it is looked at now and then."""
    left = handle.world.spec.timeout
    while not await handle.world.until(condition, min(left, LOOK_SECONDS)):
        left -= LOOK_SECONDS
        if left <= 0:
            return False
    return True


def _accepts(wanted: bytes | Callable[[bytes], bool] | None, value: bytes) -> bool:
    if wanted is None:
        return True
    return value == wanted if isinstance(wanted, bytes) else bool(wanted(value))


def _words(frame: Frame) -> str:
    digits = frame.value.hex().upper()
    shown = digits if len(frame.value) <= SHOWN_BYTES else f"{digits[: 2 * SHOWN_BYTES]}…"
    return f"{short_uuid(frame.characteristic_id)} {shown} {frame.words}".strip()
