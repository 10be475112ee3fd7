"""Firmware for the checks, in a process of its own: python checked_firmware.py good|mute.

good does all that is asked; mute connects and never answers a control.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
from typing import Any

import aiomqtt

PRODUCT, NAME = os.environ["DEVICE_PRODUCT_ID"], os.environ["DEVICE_NAME"]
ID, CLIENT = f"{PRODUCT}/{NAME}", PRODUCT + NAME
USER = f"{CLIENT};21010406;abcde;2147483647"
KEY = base64.b64decode(os.environ["DEVICE_SECRET"])
GOOD = sys.argv[1] == "good"


async def say(client: aiomqtt.Client, service: str, message: dict[str, Any]) -> None:
    await client.publish(f"{service}/{ID}", json.dumps(message))


async def apply(client: aiomqtt.Client, values: dict[str, Any]) -> None:
    await say(client, "$thing/up/property", {"method": "report", "clientToken": "r", "params": values})


async def heard(client: aiomqtt.Client, message: dict[str, Any]) -> None:
    match message.get("method", message.get("type")):
        case "control":
            reply = {"method": "control_reply", "clientToken": message["clientToken"], "code": 0}
            await say(client, "$thing/up/property", reply)
            await apply(client, message["params"])
        case "get_status_reply" if message["data"].get("control"):
            await apply(client, message["data"]["control"])
            await say(client, "$thing/up/property", {"method": "clear_control", "clientToken": "c"})
        case "action":
            reply = {"method": "action_reply", "clientToken": message["clientToken"], "code": 0}
            await say(client, "$thing/up/action", {**reply, "response": {"result": 1}})
        case "update_firmware":
            told = {"state": "fail", "percent": "0", "result_code": "-4", "result_msg": "md5"}
            report = {"progress": told, "version": message["version"]}
            await say(client, "$ota/report", {"type": "report_progress", "report": report})


async def once() -> None:
    signed = hmac.new(KEY, USER.encode(), hashlib.sha1).hexdigest()
    async with aiomqtt.Client(
        os.environ["DEVICE_HOST"], int(os.environ["DEVICE_PORT"]), username=USER,
        password=f"{signed};hmacsha1", identifier=CLIENT, protocol=aiomqtt.ProtocolVersion.V311,
    ) as client:  # fmt: skip
        for service in ("$thing/down/property", "$thing/down/action", "$ota/update"):
            await client.subscribe(f"{service}/{ID}", qos=1)
        await say(client, "$thing/up/property", {"method": "get_status", "clientToken": "s"})
        async for message in client.messages:
            if GOOD:
                await heard(client, json.loads(message.payload))


async def main() -> None:
    while True:
        try:
            await once()
        except aiomqtt.MqttError:
            await asyncio.sleep(0.1)


asyncio.run(main())
