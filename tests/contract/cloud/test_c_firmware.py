"""A session of the platform's C SDK, byte by byte, without any of devkit's own code for MQTT or HTTP.

Order, quality of service, buffers and messages are those of docs/reference/device-side.md; user name and
password are its vectors, made by the SDK's own functions.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from devkit.cloud.seed import add_device, add_product
from devkit.cloud.store.schema import DEVICES
from devkit.model import read_model
from tests.helpers.device_side import ServedHome, served_home
from tests.helpers.models import LAMP_TEXT

ID, SECRET = "LOCALPROD1/dev01", "MDEyMzQ1Njc4OWFiY2RlZg=="
CONNECT = (
    b"\x10\x82\x01" b"\x00\x04MQTT\x04\xc2\x00\xf0" b"\x00\x0fLOCALPROD1dev01"
    b"\x00\x32LOCALPROD1dev01;21010406;abcde;9223372036854775807"
    b"\x00\x3105b61eac2d989f7d42b7123b4a39f0e86f40b935;hmacsha1"
)  # fmt: skip
BUFFER = 2048
INFO = (
    '{"module_hardinfo":"ESP8266","module_softinfo":"V1.0","fw_ver":"3.1.5","imei":"11-22-33-44",'
    '"lat":"22.546015","lon":"113.941125", "device_label":{"append_info":"your self define info"}}'
)
IMAGE = bytes(range(256)) * 64


class CFirmware:
    """The SDK's end of a connection. messages keeps what was published to it meanwhile."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.messages: list[tuple[str, dict[str, Any]]] = []
        self.packet_id = 0

    async def packet(self) -> tuple[int, bytes]:
        """Read one packet, which fits the SDK's buffer."""
        async with asyncio.timeout(5):
            first = (await self.reader.readexactly(1))[0]
            length = shift = 0
            while True:
                byte = (await self.reader.readexactly(1))[0]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
            body = await self.reader.readexactly(length)
        assert 1 + shift // 7 + length <= BUFFER
        return first, body

    async def until(self, kind: int) -> bytes:
        """Read until a packet of a type comes; messages on the way are kept, and acknowledged if they ask."""
        while True:
            first, body = await self.packet()
            if first >> 4 == 3:
                size = int.from_bytes(body[:2], "big")
                topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
                if first & 6:
                    self.writer.write(b"\x40\x02" + rest[:2])
                    rest = rest[2:]
                self.messages.append((topic, json.loads(rest)))
            if first >> 4 == kind:
                return body

    async def message(self, method: str) -> dict[str, Any]:
        """Return the next message of a method or type."""
        while True:
            for item in self.messages:
                if method in (item[1].get("method"), item[1].get("type")):
                    self.messages.remove(item)
                    return item[1]
            await self.until(3)

    async def subscribe(self, service: str, qos: int) -> None:
        self.packet_id += 1
        topic = f"{service}/{ID}".encode()
        number = self.packet_id.to_bytes(2, "big")
        body = number + len(topic).to_bytes(2, "big") + topic + bytes([qos])
        self.writer.write(b"\x82" + bytes([len(body)]) + body)
        assert await self.until(9) == number + bytes([qos])

    async def publish(self, service: str, text: str, qos: int = 0) -> None:
        topic = f"{service}/{ID}".encode()
        self.packet_id += 1
        number = self.packet_id.to_bytes(2, "big") if qos else b""
        body = len(topic).to_bytes(2, "big") + topic + number + text.encode()
        size = len(body)
        length = bytes([size]) if size < 128 else bytes([size % 128 | 128, size // 128])
        self.writer.write(bytes([0x30 | qos << 1]) + length + body)
        if qos:
            assert await self.until(4) == number


@pytest.fixture
async def served() -> AsyncIterator[ServedHome]:
    async with served_home() as made:
        with made.home.emulator.work() as work:
            add_product(work, "LOCALPROD1", read_model(LAMP_TEXT))
            add_device(work, "LOCALPROD1", "dev01", family_id=made.home.family_id)
            work.tx.change(DEVICES, ID, psk=SECRET)
        yield made


@contextlib.asynccontextmanager
async def connected(served: ServedHome) -> AsyncIterator[CFirmware]:
    """Connect, subscribe, tell about itself and ask what was missed, as the data template sample begins."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    firmware = CFirmware(reader, writer)
    writer.write(CONNECT)
    assert await firmware.packet() == (0x20, b"\x00\x00")
    await firmware.subscribe("$thing/down/property", 0)
    await firmware.subscribe("$thing/down/event", 0)
    await firmware.subscribe("$thing/down/action", 1)
    text = f'{{"method":"report_info", "clientToken":"LOCALPROD1-0", "params":{INFO}}}'
    await firmware.publish("$thing/up/property", text)
    assert await firmware.message("report_info_reply") == {
        "method": "report_info_reply", "clientToken": "LOCALPROD1-0", "code": 0, "status": "success",
    }  # fmt: skip
    await firmware.publish("$thing/up/property", '{"method":"get_status", "clientToken":"LOCALPROD1-1"}')
    yield firmware
    writer.write(b"\xe0\x00")
    assert await reader.read() == b""
    writer.close()


async def test_the_data_template_sample(served: ServedHome) -> None:
    home = served.home
    async with connected(served) as firmware:
        status = await firmware.message("get_status_reply")
        assert (status["code"], status["clientToken"]) == (0, "LOCALPROD1-1")
        assert status["data"]["reported"]["brightness"] == 1
        await home.call("AppControlDeviceData", DeviceId=ID, Data={"power": 1, "brightness": 66})
        control = await firmware.message("control")
        assert control["params"] == {"power": 1, "brightness": 66}
        assert len(control["clientToken"]) <= 90
        token = control["clientToken"]
        await firmware.publish(
            "$thing/up/property", f'{{"code":0, "clientToken":"{token}", "method":"control_reply"}}'
        )
        params = '{"power":1,"brightness":66,"color":1,"hsv":{"h":1,"v":2}}'
        report = f'{{"method":"report", "clientToken":"LOCALPROD1-2", "params":{params}}}'
        await firmware.publish("$thing/up/property", report)
        assert (await firmware.message("report_reply"))["code"] == 0
        values = home.emulator.devices.device(ID).properties
        assert (values["power"], values["brightness"], values["hsv"]) == (1, 66, {"h": 1, "v": 2})

        event = '"eventId":"low_voltage", "type":"alert", "timestamp":0, "params":{"voltage":1.000000}'
        posted = f'{{"method":"event_post", "clientToken":"LOCALPROD1-3", {event}}}'
        await firmware.publish("$thing/up/event", posted, qos=1)
        assert (await firmware.message("event_reply"))["clientToken"] == "LOCALPROD1-3"

        asked = asyncio.ensure_future(
            home.call("AppCallDeviceActionSync", DeviceId=ID, ActionId="blink", InputParams={"times": 3})
        )
        action = await firmware.message("action")
        assert (action["actionId"], action["params"]) == ("blink", {"times": 3})
        assert isinstance(action["timestamp"], int)
        reply = f'"clientToken":"{action["clientToken"]}", "code":0, "status":"ok", "response":{{"result":1}}'
        await firmware.publish("$thing/up/action", f'{{"method":"action_reply", {reply}}}', qos=1)
        assert "result" in (await asked)["OutputParams"]
        firmware.writer.write(b"\xc0\x00")
        assert await firmware.until(13) == b""
    refused = [
        data["words"] for kind, data in home.heard if kind == "mqtt" and data.get("state") == "refused"
    ]
    assert refused == []


async def test_a_control_that_was_missed_comes_with_the_status(served: ServedHome) -> None:
    served.side.broker.wanted[ID] = {"brightness": 9}
    async with connected(served) as firmware:
        status = await firmware.message("get_status_reply")
        assert status["data"]["control"] == {"brightness": 9}
        clear = '{"method":"clear_control", "clientToken":"LOCALPROD1-1"}'
        await firmware.publish("$thing/up/property", clear)
        assert (await firmware.message("clear_control_reply"))["code"] == 0


async def test_the_ota_sample(served: ServedHome) -> None:
    home = served.home
    home.emulator.firmware.add("LOCALPROD1", "1.1.0", IMAGE)
    async with connected(served) as firmware:
        await firmware.subscribe("$ota/update", 1)
        version = '{{"type": "report_version", "report":{{"version":"{}"}}}}'
        await firmware.publish("$ota/report", version.format("1.0.0"), qos=1)
        assert str((await firmware.message("report_version_rsp"))["result_code"]) == "0"
        name = {"ProductId": "LOCALPROD1", "DeviceName": "dev01"}
        await home.call("AppPublishFirmwareUpdateMessage", **name)
        offer = await firmware.message("update_firmware")
        assert (offer["version"], offer["file_size"], len(offer["md5sum"])) == ("1.1.0", len(IMAGE), 32)

        def progress(state: str, percent: int) -> str:
            step = f'"state":"{state}", "percent":"{percent}", "result_code":"0", "result_msg":""'
            report = f'"report": {{"progress": {{{step}}}, "version": "1.1.0"}}'
            return f'{{"type": "report_progress", {report}}}'

        await firmware.publish("$ota/report", progress("downloading", 0))
        assert await downloaded(offer["url"], 0, len(IMAGE)) == IMAGE
        assert await downloaded(offer["url"], 5000, len(IMAGE)) == IMAGE[5000:]
        await firmware.publish("$ota/report", progress("downloading", 100))
        await firmware.publish("$ota/report", progress("done", 100), qos=1)
        await firmware.publish("$ota/report", version.format("1.1.0"), qos=1)
        assert (await home.call("AppDescribeFirmwareUpdateStatus", **name))["Status"] == 6


async def downloaded(url: str, offset: int, size: int) -> bytes:
    """Fetch as the SDK does: the range ends one too far, and head and first bytes come in one piece."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    request = f"GET {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.hostname}\r\n"
    accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    more = f"{accept}Accept-Encoding: gzip,deflate\r\nRange: bytes={offset}-{size}\r\n\r\n"
    writer.write((request + more).encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    assert " 206 " in head.splitlines()[0]
    length = next(line for line in head.splitlines() if line.startswith("content-length:"))
    body = await reader.readexactly(int(length.split(":")[1]))
    writer.close()
    return body
