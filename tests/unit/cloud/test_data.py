"""Device data, its history and events."""

import json

from tests.helpers.home import Home

ALL = {"MinTime": 0, "MaxTime": 2_000_000_000_000}


async def _report(home: Home, *values: int) -> None:
    device = home.emulator.devices.device(home.device_id)
    for value in values:
        await device.report({"brightness": value})
        await home.settle(1000)


async def test_data_is_a_json_text_with_times(home: Home) -> None:
    await _report(home, 30)
    data = json.loads((await home.lamp("AppGetDeviceData"))["Data"])
    assert data["brightness"] == {"Value": 30, "LastUpdate": home.clock.now_ms() - 1000}
    assert data["scene"]["Value"] == "work"


async def test_history_pages_newest_first_without_loss(home: Home) -> None:
    device = home.emulator.devices.device(home.device_id)
    for value in range(25):
        await device.report({"brightness": value, "scene": "sleep"})
        await home.settle(0 if value % 2 else 500)
    seen, context, pages = [], "", 0
    while True:
        page = await home.lamp(
            "AppGetDeviceDataHistory", FieldName="brightness", Limit=10, Context=context, **ALL
        )
        seen += [int(row["Value"]) for row in page["Results"]]
        pages += 1
        context = page["Context"]
        assert page["Listover"] is (context == "")
        if page["Listover"]:
            break
    assert seen == list(reversed(range(25)))
    assert pages == 3
    assert all(isinstance(row["Time"], str) for row in page["Results"])


async def test_history_keeps_to_its_range_and_refuses_foreign_cursors(home: Home) -> None:
    start = home.clock.now_ms()
    await _report(home, 1, 2, 3)
    page = await home.lamp(
        "AppGetDeviceDataHistory", FieldName="brightness", MinTime=start + 1, MaxTime=start + 1000, Limit=9
    )
    assert [row["Value"] for row in page["Results"]] == ["2"]
    query = {"DeviceId": home.device_id, "FieldName": "brightness", "Limit": 5}
    for context in ("x", "ZXZlbnRzOjE6MQ==", "aGlzdG9yeQ=="):
        assert (
            await home.code("AppGetDeviceDataHistory", Context=context, **query, **ALL)
            == "InvalidParameterValue"
        )
    backwards = {"MinTime": 5, "MaxTime": 1}
    assert await home.code("AppGetDeviceDataHistory", **query, **backwards) == "InvalidParameterValue"


async def test_texts_stay_texts_in_history(home: Home) -> None:
    await home.emulator.devices.device(home.device_id).report({"title": "台灯", "hsv": {"h": 1}})
    for field, text in (("title", "台灯"), ("hsv", '{"h":1}')):
        page = await home.lamp("AppGetDeviceDataHistory", FieldName=field, Limit=1, **ALL)
        assert page["Results"][0]["Value"] == text


async def test_history_can_be_forgotten(home: Home) -> None:
    await _report(home, 1, 2)
    await home.lamp("AppDeleteDeviceDataHistory", FieldName="brightness")
    page = await home.lamp("AppGetDeviceDataHistory", FieldName="brightness", Limit=5, **ALL)
    assert page["Results"] == []


async def test_the_oldest_history_goes_when_there_is_too_much(home: Home) -> None:
    object.__setattr__(home.emulator.limits, "history", 300)
    device = home.emulator.devices.device(home.device_id)
    for value in range(1024):
        await device.report({"brightness": value % 100, "power": value % 2})
        await device.post_event("note")
    with home.emulator.work() as work:
        for field in ("brightness", "power"):
            left = work.tx.find("history", {"device_id": home.device_id, "field": field})
            assert len(left) == 300
        assert left[-1]["value"] == 1
        assert work.tx.count("events", {"device_id": home.device_id}) == 300


async def test_an_alert_is_a_message_to_the_family(home: Home) -> None:
    device = home.emulator.devices.device(home.device_id)
    await device.post_event("note")
    await device.post_event("low_voltage", {"voltage": 2.5})
    await home.lamp("AppReportDeviceEvent", EventId="low_voltage", Params={"voltage": 2})
    messages = (await home.call("AppGetMessages", Category=1, Limit=10))["Data"]["Msgs"]
    assert [(message["MsgType"], message["MsgContent"]) for message in messages] == [
        (100, "床头灯: low voltage")
    ] * 2
    assert messages[0]["DeviceName"] == "lamp01"


async def test_aggregates(home: Home) -> None:
    start = home.clock.now_ms()
    await _report(home, 10, 20, 30, 40)
    span = {"MinTime": start, "MaxTime": start + 10_000, "Interval": 2000, "FieldName": "brightness"}
    page = await home.lamp("AppGetDeviceAggsData", **span)
    assert [float(row["Value"]) for row in page["Results"]] == [15.0, 35.0]
    page = await home.lamp("AppGetDeviceAggsData", Agg="max", **span)
    assert [row["Value"] for row in page["Results"]] == ["20", "40"]
    assert await home.code("AppGetDeviceAggsData", DeviceId=home.device_id, Agg="x", **span)


async def test_events_are_listed_by_type_id_and_time(home: Home) -> None:
    device = home.emulator.devices.device(home.device_id)
    for number in range(12):
        await device.post_event("low_voltage", {"voltage": number})
        await home.settle(1000)
    await device.post_event("note")
    everything = await home.lamp("AppListEventHistory", StartTime=0, EndTime=0)
    assert everything["Total"] == 13
    assert len(everything["EventHistory"]) == 10
    rest = await home.lamp("AppListEventHistory", Context=everything["Context"])
    assert rest["Listover"] is True
    assert len(rest["EventHistory"]) == 3
    notes = await home.lamp("AppListEventHistory", Type="info")
    assert [row["EventId"] for row in notes["EventHistory"]] == ["note"]
    first = await home.lamp("AppListEventHistory", EventId="low_voltage", EndTime=1_750_000_000)
    assert json.loads(first["EventHistory"][0]["Data"]) == {"voltage": 0}
    assert await home.code("AppListEventHistory", DeviceId=home.device_id, Type="joke")
