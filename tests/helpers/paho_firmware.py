"""A lamp on paho-mqtt that does all that is asked of firmware, but for the defects that a test names.

python paho_firmware.py [DEFECT …] runs it as a program, told where and who by DEVICE_….
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection
from typing import Any

from paho.mqtt import client as paho

from devkit.errors import PropertyValueError
from devkit.model import read_model
from tests.helpers.models import LAMP_TEXT

MODEL = read_model(LAMP_TEXT)
WAIT_S = 0.55
PROPERTY, ACTION, EVENT, OTA = "$thing/up/property", "$thing/up/action", "$thing/up/event", "$ota/report"
SERVICES = ("$thing/down/property", "$thing/down/action", "$ota/update", "$sys/operation/result")


class PahoFirmware:
    """The lamp. environment is what a program gets."""

    def __init__(self, environment: dict[str, str], defects: Collection[str] = ()) -> None:
        self.environment, self.defects = environment, set(defects)
        self.product, self.name = environment["DEVICE_PRODUCT_ID"], environment["DEVICE_NAME"]
        self.id = f"{self.product}/{self.name}"
        self.version, self.busy, self.dead = "1.0.0", False, False
        self.connects = 0
        self.token: object = ""
        self.client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, self.product + self.name, protocol=paho.MQTTv311
        )
        wait = 0.02 if "hammers" in self.defects else WAIT_S
        self.client.reconnect_delay_set(wait, 4)  # type: ignore[arg-type]
        self.client.on_connect, self.client.on_message = self.connected, self.heard
        self.client.on_subscribe = self.subscribed
        self.client.on_disconnect = lambda *_: self.sign()
        self.sign(wrong="wrong-secret" in self.defects)

    def sign(self, *, wrong: bool = False) -> None:
        """Make user name and password."""
        user = f"{self.product}{self.name};21010406;abcde;2147483647"
        key = b"wrong" if wrong else base64.b64decode(self.environment["DEVICE_SECRET"])
        self.client.username_pw_set(
            user, hmac.new(key, user.encode(), hashlib.sha1).hexdigest() + ";hmacsha1"
        )

    def start(self) -> PahoFirmware:
        """Run in a thread."""
        keepalive = 0 if "no-keepalive" in self.defects else 1 if "short-keepalive" in self.defects else 60
        port = int(self.environment["DEVICE_PORT"])
        self.client.connect_async(self.environment["DEVICE_HOST"], port, keepalive=keepalive)
        self.client.loop_start()
        return self

    def stop(self) -> None:
        """End it."""
        self.dead = True
        self.client.disconnect()
        self.client.loop_stop()

    def say(self, service: str, message: dict[str, Any]) -> None:
        self.client.publish(f"{service}/{self.id}", json.dumps(message), qos=1)

    def report(self, values: dict[str, Any]) -> None:
        self.say(PROPERTY, {"method": "report", "clientToken": "r", "params": values})

    def connected(self, *args: Any) -> None:
        if args[3] != 0:
            return
        self.connects += 1
        left_out = {"no-action-topic": "$thing/down/action"}
        wanted = [item for item in SERVICES if item not in {left_out.get(word) for word in self.defects}]
        if self.connects > 1 and "forgets-topics" in self.defects:
            wanted = wanted[1:]
        self.client.subscribe([(f"{service}/{self.id}", 1) for service in wanted])

    def subscribed(self, *_: Any) -> None:
        if "no-get-status" not in self.defects:
            self.say(PROPERTY, {"method": "get_status", "clientToken": "s"})
        if "no-version" not in self.defects:
            self.say(OTA, {"type": "report_version", "report": {"version": self.version}})
        asked = {"type": "get", "resource": "time" if "odd-time" in self.defects else ["time"]}
        self.say("$sys/operation", {"type": "time"} if "odd-time" in self.defects else asked)
        kind = "info" if "odd-event" in self.defects else "alert"
        event = {"eventId": "low_voltage", "type": kind, "timestamp": 0, "params": {"voltage": 3.3}}
        self.say(EVENT, {"method": "event_post", "clientToken": "e", **event})
        self.report(
            {"cleaned": 1_700_000_000, **({"brightness": 500} if "reports-nonsense" in self.defects else {})}
        )
        if "chatters" in self.defects and self.connects == 1:
            threading.Thread(target=self.chatter, daemon=True).start()

    def chatter(self) -> None:
        while not self.dead:
            self.report({"power": 1})
            time.sleep(0.002)

    def heard(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        try:
            told = json.loads(message.payload)
            method = str(told.get("method") or told.get("type") or "")
        except (ValueError, AttributeError):
            self.dead = self.dead or "dies-of-garbage" in self.defects
            return
        take: dict[str, Callable[[dict[str, Any]], None]] = {
            "control": self.control, "get_status_reply": self.status, "action": self.action,
            "update_firmware": self.offered,
        }  # fmt: skip
        if self.dead:
            return
        if method in take:
            take[method](told)
        elif "answers-answers" in self.defects and "code" in told:
            self.say(PROPERTY, {"method": "control_reply", "clientToken": told.get("clientToken"), "code": 0})

    def control(self, told: dict[str, Any]) -> None:
        params, reply = (
            told.get("params"),
            {"method": "control_reply", "clientToken": told.get("clientToken")},
        )
        if not isinstance(params, dict):
            return
        if "one-token" in self.defects:
            self.token = self.token or told.get("clientToken")
            if str(told.get("clientToken")).startswith("burst"):
                reply["clientToken"] = self.token
        try:
            values = params if "no-bounds" in self.defects else MODEL.validate(params)
        except PropertyValueError as error:
            self.say(PROPERTY, {**reply, "code": 400, "status": error.message})
            return
        if "never-answers" in self.defects:
            return
        self.say(PROPERTY, {**reply, "code": 0})
        if "first-param-only" in self.defects:
            values = dict(list(values.items())[:1])
        if "stops-at-99" in self.defects and values.get("brightness") == 100:
            values["brightness"] = 99
        self.report(values)

    def status(self, told: dict[str, Any]) -> None:
        missed = (told.get("data") or {}).get("control")
        if missed:
            self.report(missed)
            if "no-clear" not in self.defects:
                self.say(PROPERTY, {"method": "clear_control", "clientToken": told["clientToken"]})

    def action(self, told: dict[str, Any]) -> None:
        if "no-action-reply" in self.defects:
            return
        known = told.get("actionId") == "blink" and "times" in (told.get("params") or {})
        code = 0 if known or "acts-blindly" in self.defects else 404
        response = {} if "no-output" in self.defects else {"result": 1}
        reply = {"method": "action_reply", "clientToken": told.get("clientToken"), "code": code}
        self.say(ACTION, {**reply, "response": response})

    def offered(self, told: dict[str, Any]) -> None:
        same = told["version"] == self.version and "installs-same" not in self.defects
        if not self.busy and not same:
            self.busy = True
            threading.Thread(target=self.install, args=(told,), daemon=True).start()

    def progress(self, told: dict[str, Any], state: str, percent: int, code: int = 0) -> None:
        step = {"state": state, "percent": str(percent), "result_code": str(code), "result_msg": ""}
        report = {"progress": step, "version": told["version"]}
        self.say(OTA, {"type": "report_progress", "report": report})

    def install(self, told: dict[str, Any]) -> None:
        try:
            self.progress(told, "downloading", 0)
            data = self.download(told)
            self.progress(told, "downloading", 100)
            if hashlib.md5(data).hexdigest() != told["md5sum"] and "no-md5" not in self.defects:
                self.progress(told, "fail", 0, -4)
                return
            self.progress(told, "done", 100)
            if "keeps-version" not in self.defects:
                self.version = told["version"]
            self.say(OTA, {"type": "report_version", "report": {"version": self.version}})
        except urllib.error.HTTPError as error:
            self.progress(told, "fail", 0, -2 if error.code == 404 else -3)
        finally:
            self.busy = False

    def download(self, told: dict[str, Any]) -> bytes:
        data = b""
        for _ in range(3):
            wanted = {"Range": f"bytes={len(data)}-{told['file_size']}"}
            with urllib.request.urlopen(urllib.request.Request(told["url"], headers=wanted)) as answer:
                while piece := answer.read1(16384):
                    data += piece
            if len(data) >= told["file_size"]:
                break
        return data


if __name__ == "__main__":
    PahoFirmware(dict(os.environ), sys.argv[1:]).start()
    threading.Event().wait()
