"""Firmware on the platform's own Python SDK, unmodified: python sdk_firmware.py, told where by DEVICE_….

The SDK knows no port and makes its host of the ProductId, so that its connections are led here, as DNS would.
Prints a line for each step: ready, control, reported, installed.
"""

import json
import os
import socket
import time
from pathlib import Path

P, D, SECRET = (os.environ[f"DEVICE_{name}"] for name in ("PRODUCT_ID", "NAME", "SECRET"))
PORT = int(os.environ["DEVICE_PORT"])
connect = socket.create_connection
socket.create_connection = lambda address, *args, **more: connect(
    ("127.0.0.1", PORT) if address[1] == 1883 else address, *args, **more
)

from explorer.explorer import QcloudExplorer  # noqa: E402  after the way is laid
from hub.services.ota.ota import Ota  # noqa: E402


def say(*words: object) -> None:
    print(*words, flush=True)


def upgrade(sdk: QcloudExplorer) -> str:
    """Load the firmware that was offered, as the SDK's own example does; return what became of it."""
    size, _ = sdk.otaIoctlNumber(P, D, Ota.OtaCmdType.IOT_OTAG_FILE_SIZE)
    version, _ = sdk.otaIoctlString(P, D, Ota.OtaCmdType.IOT_OTAG_VERSION, 32)
    if sdk.otaDownloadStart(P, D, 0, size):
        return "nothing"
    while not sdk.otaIsFetchFinished(P, D):
        if sdk.otaFetchYield(P, D, 4096)[1] < 0:
            return "nothing"
    if sdk.otaIoctlNumber(P, D, Ota.OtaCmdType.IOT_OTAG_CHECK_FIRMWARE)[0]:
        return "nothing"
    sdk.otaReportUpgradeSuccess(P, D, None)
    sdk.otaReportVersion(P, D, version)
    return str(version)


def main() -> None:
    info = {  # as its own example has it
        "auth_mode": "KEY", "productId": P, "productSecret": "", "deviceName": D,
        "key_deviceinfo": {"deviceSecret": SECRET},
        "cert_deviceinfo": {"devCaFile": "", "devCertFile": "", "devPrivateKeyFile": ""},
        "region": "china",
    }  # fmt: skip
    Path("device_info.json").write_text(json.dumps(info))
    sdk = QcloudExplorer(device_file="device_info.json", tls=False)
    controls: list[dict[str, object]] = []

    def on_property(topic: str, qos: int, payload: dict[str, object], userdata: object) -> None:
        if payload.get("method") == "control":
            controls.append(payload)
        elif payload.get("method") == "report_reply":
            say("reported", payload["code"])

    def nothing(*_: object) -> None:
        pass

    sdk.registerMqttCallback(nothing, nothing, nothing, nothing, nothing, nothing)
    sdk.connect()
    while not sdk.isMqttConnected():
        time.sleep(0.05)
    sdk.templateInit(P, D, on_property, nothing, nothing, nothing)
    sdk.templateSetup(P, D, None)
    sdk.otaInit(P, D, nothing)
    time.sleep(0.5)
    sdk.otaReportVersion(P, D, "1.0.0")
    say("ready")
    while True:
        time.sleep(0.001)
        if sdk.otaIsFetching(P, D):
            say("installed", upgrade(sdk))
            time.sleep(0.2)  # after a failure the SDK is still fetching
        for payload in controls[:]:
            controls.remove(payload)
            reply = sdk.ReplyPara()
            reply.code, reply.timeout_ms, reply.status_msg = 0, 5000, ""
            sdk.templateControlReply(P, D, reply)
            say("control", json.dumps(payload["params"]))
            sdk.templateReport(P, D, sdk.templateJsonConstructReportArray(P, D, payload["params"]))


main()
