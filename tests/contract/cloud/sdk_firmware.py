"""Firmware on the platform's own Python SDK, unmodified: python sdk_firmware.py, told where by DEVICE_….

The SDK knows no port and makes its host of the ProductId, so that its connections are led here, as DNS would.
Prints a line for each step: ready, control, reported.
"""

import json
import os
import socket
import time
from pathlib import Path

P, D, SECRET = (os.environ[f"DEVICE_{name}"] for name in ("PRODUCT_ID", "NAME", "SECRET"))
PORT = int(os.environ["DEVICE_PORT"])
connect = socket.create_connection
socket.create_connection = lambda address, *args, **more: connect(("127.0.0.1", PORT), *args, **more)

from explorer.explorer import QcloudExplorer  # noqa: E402  after the way is laid


def say(*words: object) -> None:
    print(*words, flush=True)


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
    time.sleep(0.5)
    say("ready")
    while True:
        time.sleep(0.02)
        for payload in controls[:]:
            controls.remove(payload)
            reply = sdk.ReplyPara()
            reply.code, reply.timeout_ms, reply.status_msg = 0, 5000, ""
            sdk.templateControlReply(P, D, reply)
            say("control", json.dumps(payload["params"]))
            sdk.templateReport(P, D, sdk.templateJsonConstructReportArray(P, D, payload["params"]))


main()
