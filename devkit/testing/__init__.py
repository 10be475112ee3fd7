"""Headless panel tests: worlds of devices, users and panels, for pytest and for plain Python."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from devkit.testing.expect.ble import expect_authorized as expect_authorized
    from devkit.testing.expect.ble import expect_ble_write as expect_ble_write
    from devkit.testing.expect.ble import expect_connected as expect_connected
    from devkit.testing.expect.ble import expect_disconnected as expect_disconnected
    from devkit.testing.expect.ble import expect_notification as expect_notification
    from devkit.testing.expect.expectations import expect_action as expect_action
    from devkit.testing.expect.expectations import expect_control as expect_control
    from devkit.testing.expect.expectations import expect_navigation as expect_navigation
    from devkit.testing.expect.expectations import expect_no_control as expect_no_control
    from devkit.testing.expect.expectations import expect_screenshot as expect_screenshot
    from devkit.testing.expect.expectations import expect_tip as expect_tip
    from devkit.testing.expect.firmware import expect_event as expect_event
    from devkit.testing.expect.firmware import expect_report as expect_report
    from devkit.testing.expect.firmware import expect_sent as expect_sent
    from devkit.testing.expect.firmware import expect_subscribed as expect_subscribed
    from devkit.testing.run.open import open_lab as open_lab
    from devkit.testing.run.open import open_lab_sync as open_lab_sync
    from devkit.testing.world.spec import PanelSpec as PanelSpec

_HOMES = {
    "expect_action": "expect.expectations",
    "expect_authorized": "expect.ble",
    "expect_ble_write": "expect.ble",
    "expect_connected": "expect.ble",
    "expect_control": "expect.expectations",
    "expect_disconnected": "expect.ble",
    "expect_event": "expect.firmware",
    "expect_navigation": "expect.expectations",
    "expect_no_control": "expect.expectations",
    "expect_notification": "expect.ble",
    "expect_report": "expect.firmware",
    "expect_screenshot": "expect.expectations",
    "expect_sent": "expect.firmware",
    "expect_subscribed": "expect.firmware",
    "expect_tip": "expect.expectations",
    "open_lab": "run.open",
    "open_lab_sync": "run.open",
    "PanelSpec": "world.spec",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module: the pytest plugin is loaded by runs that test no panel."""
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"devkit.testing.{_HOMES[name]}"), name)
