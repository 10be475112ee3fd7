"""One product of the account: what it is, its devices, and what they said.

Source: PyPI tencentcloud-sdk-python-iotexplorer@3.1.194, tencentcloud/iotexplorer/v20190423/models.py
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from devkit.errors import ModelError, TransportError
from devkit.json_types import JSON
from devkit.language import _, marked
from devkit.model import ThingModel, read_model
from devkit.product.client import PAGE, ProductClient

DEVICE_STATES = {0: "offline", 1: "online", 2: "unknown", 3: marked("not activated")}
"""DeviceInfo.Status."""
NOT_LISTENING = 23101
"""pushResult of a device that is offline, or has not subscribed to the topic of controls."""
_IN_SECONDS_BELOW = 10**11


@dataclass(frozen=True)
class CloudProduct:
    """A product at the platform. Each method asks anew.

    Errors: those of ProductClient.call; TransportError for an answer that lacks what it is about.
    """

    client: ProductClient
    product_id: str

    def about(self) -> dict[str, Any]:
        """Return the product's ProductEntry: name, category, NetType, ProductType, state …"""
        answer = self.client.call("DescribeStudioProduct", ProductId=self.product_id)
        return _part(answer, "Product", "DescribeStudioProduct")

    def model(self) -> ThingModel:
        """Return the thing model.

        Errors: ModelError when it is none.
        """
        answer = self.client.call("DescribeModelDefinition", ProductId=self.product_id)
        text = _part(answer, "Model", "DescribeModelDefinition")["ModelDefine"]
        try:
            return read_model(text or "")
        except ModelError as error:
            raise ModelError(
                _(f"The thing model of {self.product_id} at the platform: {error.message}"),
                _("Define it in the console first."),
            ) from error

    def template(self) -> tuple[dict[str, JSON], dict[str, Any]]:
        """Return the data template with facts of the product in its profile, and its ProductEntry."""
        about, raw = self.about(), self.model().raw
        known = {name: about[name] for name in ("CategoryId", "NetType", "ProductType")}
        profile = {**_table(raw.get("profile")), "ProductId": self.product_id}
        profile |= {name: str(value) for name, value in known.items() if value is not None}
        return {"version": "1.0", **raw, "profile": profile}, about

    def firmwares(self) -> Iterator[dict[str, Any]]:
        """Yield a FirmwareInfo for each firmware; that pages count from 1 is unverified."""
        page, seen = 1, 0
        while True:
            answer = self.client.call("ListFirmwares", ProductID=self.product_id, PageNum=page, PageSize=PAGE)
            found = answer["Firmwares"] or []
            yield from found
            page, seen = page + 1, seen + len(found)
            if not found or seen >= (answer["TotalCount"] or 0):
                return

    def devices(self) -> Iterator[dict[str, Any]]:
        """Yield a DeviceInfo for each device."""
        offset = 0
        while True:
            answer = self.client.call("GetDeviceList", ProductId=self.product_id, Offset=offset, Limit=PAGE)
            found = answer["Devices"] or []
            yield from found
            offset += len(found)
            if not found or offset >= (answer["Total"] or 0):
                return

    def data(self, device_name: str) -> dict[str, dict[str, JSON]]:
        """Return {property: {"Value": …, "LastUpdate": ms}} as the device reported last."""
        answer = self.client.call(
            "DescribeDeviceData", ProductId=self.product_id, DeviceName=device_name
        )  # fmt: skip
        read = _json(answer["Data"], "DescribeDeviceData")
        if not isinstance(read, dict) or not all(isinstance(item, dict) for item in read.values()):
            raise TransportError(
                _(f"Data of {device_name} is no object of properties: {answer['Data']!r:.200}")
            )
        return cast("dict[str, dict[str, JSON]]", read)

    def history(
        self, device_name: str, field: str, since: int, until: int, most: int
    ) -> list[tuple[int, str]]:
        """Return at most so many (time in ms, value as a text) of a property, between two times in ms."""
        found = self.client.pages(
            "DescribeDeviceDataHistory",
            "Results",
            ProductId=self.product_id,
            DeviceName=device_name,
            FieldName=field,
            MinTime=since,
            MaxTime=until,
            Limit=min(most, PAGE),
        )
        return [(time_ms(row["Time"]), str(row["Value"] or "")) for row in islice(found, most)]

    def events(self, device_name: str, since: int, until: int, most: int) -> Iterator[dict[str, Any]]:
        """Yield at most so many EventHistoryItems between two times in ms, Data read as JSON.

        That TimeStamp may be in seconds or milliseconds is unverified: both are taken.
        """
        found = self.client.pages(
            "ListEventHistory",
            "EventHistory",
            ProductId=self.product_id,
            DeviceName=device_name,
            StartTime=since // 1000,
            EndTime=-(-until // 1000),
            Size=min(most, PAGE),
        )
        for row in islice(found, most):
            data = _json(row["Data"] or "{}", "ListEventHistory")
            yield {**row, "TimeStamp": time_ms(row["TimeStamp"]), "Data": data}

    def control(self, device_name: str, values: dict[str, JSON]) -> dict[str, Any]:
        """Set properties of a device, checked already; return the platform's answer, its Result read as JSON.

        Result is {"Sent", "pushResult"}: pushResult NOT_LISTENING tells of a device that got nothing.
        """
        answer = self.client.call(
            "ControlDeviceData",
            ProductId=self.product_id,
            DeviceName=device_name,
            Data=json.dumps(values, ensure_ascii=False),
        )
        return {**answer, "Result": _json(answer["Result"] or "{}", "ControlDeviceData")}

    def act(self, device_name: str, action_id: str, params: dict[str, JSON]) -> dict[str, Any]:
        """Have a device perform an action, its inputs checked already; return Status and OutputParams."""
        answer = self.client.call(
            "CallDeviceActionSync",
            ProductId=self.product_id,
            DeviceName=device_name,
            ActionId=action_id,
            InputParams=json.dumps(params, ensure_ascii=False),
        )
        output = _json(answer["OutputParams"] or "{}", "CallDeviceActionSync")
        return {**answer, "OutputParams": output}


def _part(answer: dict[str, Any], name: str, action: str) -> dict[str, Any]:
    part: dict[str, Any] | None = answer[name]
    if part is None:
        raise TransportError(
            _(f"{action} was answered without {name} (request {answer['RequestId']})."),
            _("Check --product-url, and that nothing on the way rewrites answers."),
        )
    return part


def _table(value: JSON) -> dict[str, JSON]:
    return dict(value) if isinstance(value, dict) else {}


def _json(text: object, action: str) -> JSON:
    try:
        return cast(JSON, json.loads(str(text)))
    except (ValueError, RecursionError):
        raise TransportError(_(f"{action} was answered with a text that is no JSON: {text!r:.200}")) from None


def time_ms(time: object) -> int:
    """Return a time of the platform in ms, which gives some in seconds."""
    try:
        number = int(str(time))
    except ValueError:
        raise TransportError(_(f"The platform gave {time!r} as a time.")) from None
    return number * 1000 if 0 < number < _IN_SECONDS_BELOW else number
