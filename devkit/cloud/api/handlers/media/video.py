"""Video cloud storage: every event that a device posts has a clip of 30 seconds and a thumbnail.

Addresses point at example hosts: there is no video behind them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from urllib.parse import quote

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.wire import CHINA, decode_cursor, encode_cursor
from devkit.cloud.store.schema import EVENTS, PRODUCTS, DeviceRow, EventRow
from devkit.json_types import JSON
from devkit.language import _

BEFORE_S, AFTER_S = 5, 25
DAY_S = 86_400
MOST = 100
SIGNED_S = 3600


def list_events(call: Call) -> Answer:
    """Return the clips of a time span, the newest first; 0 means the last 24 hours and now.

    Source: docs/reference/app-api.yaml actions.IotVideoDescribeCloudStorageEvents.
    """
    device = call.usable_device()
    end = call.number("EndTime") or call.now_s
    start = call.number("StartTime") or call.now_s - DAY_S
    if start > end:
        call.refuse("value", _(f"StartTime {start} is after EndTime {end}."))
    where = {"device_id": device["device_id"]}
    if call.text("EventId"):
        where["event_id"] = call.text("EventId")
    offset = 0
    if call.text("Context"):
        try:
            (offset,) = decode_cursor("clips", call.text("Context"))
        except ValueError:
            call.refuse("value", _(f"Context {call.text('Context')!r} is none that this list gave."))
    size = min(max(call.number("Size"), 1), MOST)
    between = {"time": (start * 1000, end * 1000 + 999)}
    rows = call.tx.find(
        EVENTS, where, between=between, order="time", descending=True, offset=offset, limit=size + 1
    )
    more = len(rows) > size
    return {
        "Events": [_clip(row) for row in rows[:size]],
        "Context": encode_cursor("clips", offset + size) if more else "",
        "Listover": not more,
        "Total": len(call.tx.find(EVENTS, where, between=between)),
        "VideoURL": _video_url(device),
    }


def _clip(row: EventRow) -> dict[str, JSON]:
    moment = row["time"] // 1000
    return {
        "StartTime": moment - BEFORE_S,
        "EndTime": moment + AFTER_S,
        "Thumbnail": f"{row['event_id']}_{moment}.jpg",
        "EventId": row["event_id"],
    }


def _video_url(device: DeviceRow) -> str:
    return f"https://video.example.com/timeshift/live/{quote(device['device_id'])}/timeshift.m3u8"


def get_thumbnail(call: Call) -> Answer:
    """Return the address of a thumbnail, signed for an hour.

    Source: docs/reference/app-api.yaml actions.IotVideoDescribeCloudStorageThumbnail.
    """
    device = call.usable_device()
    name = call.text("Thumbnail")
    event_id, _rest, moment = name.removesuffix(".jpg").rpartition("_")
    between: dict[str, tuple[int | None, int | None]] = {"time": (0, 0)}
    if moment.isascii() and moment.isdigit() and len(moment) < 13:
        between = {"time": (int(moment) * 1000, int(moment) * 1000 + 999)}
    where = {"device_id": device["device_id"], "event_id": event_id}
    if not call.tx.find(EVENTS, where, between=between, limit=1):
        call.refuse("value", _(f"The device {device['device_id']} has no thumbnail {name}."))
    span = f"{call.now_s}%3B{call.now_s + SIGNED_S}"
    return {"ThumbnailURL": f"https://img.example.com/{quote(name)}?q-sign-time={span}"}


def list_days(call: Call) -> Answer:
    """Return the days (YYYY-MM-DD, China's) that have clips, the oldest first.

    Source: docs/reference/app-api.yaml actions.IotVideoDescribeCloudStorageDate.
    """
    device = call.usable_device()
    rows = call.tx.find(EVENTS, {"device_id": device["device_id"]})
    days = {datetime.fromtimestamp(row["time"] / 1000, CHINA).strftime("%Y-%m-%d") for row in rows}
    return {"Data": sorted(days)}


def list_times(call: Call) -> Answer:
    """Return the clips of one day, the oldest first.

    Source: docs/reference/app-api.yaml actions.IotVideoDescribeCloudStorageTime.
    """
    device = call.usable_device()
    try:
        begin = datetime.strptime(call.text("Date"), "%Y-%m-%d").replace(tzinfo=CHINA)
        end = begin + timedelta(days=1)
    except (ValueError, OverflowError):
        call.refuse("value", _(f"Date must be YYYY-MM-DD, not {call.text('Date')!r}."))
    low = max(call.number("StartTime"), round(begin.timestamp()))
    high = min(call.number("EndTime") or 2**40, round(end.timestamp()) - 1)
    rows = call.tx.find(
        EVENTS,
        {"device_id": device["device_id"]},
        between={"time": (low * 1000, high * 1000 + 999)},
        order="time",
    )
    clips = [_clip(row) for row in rows]
    times = [{"StartTime": clip["StartTime"], "EndTime": clip["EndTime"]} for clip in clips]
    return {"Data": {"VideoURL": _video_url(device), "TimeList": times}}


def sign_url(call: Call) -> Answer:
    """Return a playback address that works until ExpireTime; DeviceName may be left out.

    Source: docs/reference/app-api.yaml actions.IotVideoGenerateSignedVideoURL.
    """
    product_id, url, expires = call.text("ProductId"), call.text("VideoURL"), call.number("ExpireTime")
    if call.tx.get(PRODUCTS, product_id) is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    if call.text("DeviceName"):
        call.usable_device(f"{product_id}/{call.text('DeviceName')}")
    if expires <= call.now_s:
        call.refuse("value", _(f"ExpireTime {expires} is past."))
    if not url.startswith(("https://", "http://")):
        call.refuse("value", _(f"VideoURL must be a web address, not {url!r}."))
    mark = hashlib.sha256(f"{url}{expires}".encode()).hexdigest()[:16]
    joint = "&" if "?" in url else "?"
    return {"SignedVideoURL": f"{url}{joint}sign={mark}&t={expires:x}"}


def get_streams(call: Call) -> Answer:
    """Return the addresses of a picture and a sound stream.

    Source: docs/reference/app-api.yaml actions.IotVideoDescribeCloudStorageStreamData.
    """
    device = call.usable_device()
    base = f"https://video.example.com/stream/{quote(device['device_id'])}/{call.number('StartTime')}"
    return {"VideoStream": f"{base}/v.flv", "AudioStream": f"{base}/a.flv"}


ACTIONS = {
    "IotVideoDescribeCloudStorageEvents": list_events,
    "IotVideoDescribeCloudStorageThumbnail": get_thumbnail,
    "IotVideoDescribeCloudStorageDate": list_days,
    "IotVideoDescribeCloudStorageTime": list_times,
    "IotVideoGenerateSignedVideoURL": sign_url,
    "IotVideoDescribeCloudStorageStreamData": get_streams,
}
