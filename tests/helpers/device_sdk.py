"""The platform's device SDK of PyPI, installed beside this environment: it wants an old paho-mqtt."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("tencent-iot-device==1.0.0", "paho-mqtt==1.5.1", "pycryptodome")
FIRMWARE = Path(__file__).parents[1] / "contract" / "cloud" / "sdk_firmware.py"


def install_device_sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder with the SDK; the processes of one run share it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if base.name.startswith("popen-") else base
    target, done = shared / "device-sdk", shared / "device-sdk.done"
    with (shared / "device-sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "pip",
                    "install",
                    "-q",
                    "--no-deps",
                    "--target",
                    str(target),
                    *PACKAGES,
                ],
                check=True,
            )
            done.touch()
    return target
