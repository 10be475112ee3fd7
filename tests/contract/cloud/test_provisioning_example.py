"""The example of docs/devices.md: from the phone's token on UDP to the device in its family."""

import asyncio
import json
import re
import sys
from pathlib import Path

from tests.helpers.device_side import served_home

PAGE = Path(__file__).parents[3] / "docs" / "devices.md"


class Phone(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, address: object) -> None:
        self.heard.put_nowait(data)


async def test_the_firmware_of_the_page_joins_and_brings_its_token() -> None:
    program = re.search(r"```python\n(# provision\.py.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert program
    async with served_home() as served, asyncio.timeout(30):
        product_id, _, name = served.home.device_id.partition("/")
        device = {"DEVICE_PRODUCT_ID": product_id, "DEVICE_NAME": name, "DEVICE_SECRET": served.secret}
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program[1], stdout=asyncio.subprocess.PIPE,
            env={**device, "DEVICE_HOST": "127.0.0.1", "DEVICE_PORT": str(served.port), "UDP_PORT": "0"},
        )  # fmt: skip
        assert running.stdout
        port = int((await running.stdout.readline()).split()[-1])
        token = (await served.home.call("AppCreateDeviceBindToken"))["Data"]["Token"]
        loop = asyncio.get_running_loop()
        wire, phone = await loop.create_datagram_endpoint(Phone, remote_addr=("127.0.0.1", port))
        wire.sendto(json.dumps({"cmdType": 1, "ssid": "home", "password": "x", "token": token}).encode())
        told = [json.loads(await phone.heard.get()) for _ in range(3)]
        wire.close()
        me = {"cmdType": 2, "productId": product_id, "deviceName": name, "protoVersion": "2.0"}
        assert told == [me] * 3
        answer = json.loads((await running.communicate())[0])
        assert (answer["method"], answer["code"]) == ("app_bind_token_reply", 0)
        state = await served.home.call("AppGetDeviceBindTokenState", Token=token)
        assert (state["Data"], state["DeviceName"]) == ({"State": 2}, name)
