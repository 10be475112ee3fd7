"""voiceRecognition and getAsrDownloadUrl.

Source: the platform's H5 panel guide, "SDK / ASR".
"""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

from devkit.errors import SdkMethodError
from devkit.language import _
from devkit.phone.speech import Recording
from devkit.sdk.methods.arguments import Members, RecordingOptions
from devkit.sdk.wire import to_text
from devkit.timeline.kinds import Push

if TYPE_CHECKING:
    from devkit.sdk.session import Session

ASR_PROPERTY = "_sys_asr_response"
OWN_FIELDS = ("DeviceId", "AudioType", "Data", "ResourceName")


async def voice_recognition(session: Session, asked: RecordingOptions) -> object:
    """Take a recording and return {ResourceToken}; the texts follow as asrResponse events."""
    data = asked.get("Data")
    if not isinstance(data, bytes):
        raise SdkMethodError(
            _("voiceRecognition needs Data as a Blob or File."), code="devkit.InvalidArgument"
        )
    extra = {name: item for name, item in asked.items() if name not in OWN_FIELDS}
    recording = session.simulator.asr.take(
        str(asked.get("DeviceId") or session.device_id),
        str(asked.get("AudioType")),
        str(asked.get("ResourceName") or ""),
        data,
        {"EngineType": "16k_zh", **extra},
    )
    session.background(_answer(session, recording))
    return {"ResourceToken": recording.token}


async def _answer(session: Session, recording: Recording) -> None:
    """Tell every page that follows the device: a control, of which the page makes wsControl and asrResponse.

    Source: docs/reference/sdk-members.md row 131, asrResponse; the property is in the platform's C SDK for
    devices.
    """
    simulator = session.simulator
    for shard in simulator.asr.shards(recording):
        payload = {"method": "control", "params": {ASR_PROPERTY: to_text(shard)}}
        now = int(time.time() * 1000)
        for page in list(simulator.sessions.values()):
            if page.subscribed(recording.device_id):
                page.post("push", [recording.device_id, "Property", "Push", now, payload])
        simulator.timeline.record(Push(recording.device_id, "Property", "Push", now, payload))


async def get_asr_download_url(session: Session, asked: RecordingOptions) -> object:
    """Return {ResourceURL} of a recorded file."""
    recording = session.simulator.asr.recordings.get(str(asked.get("ResourceToken")))
    if recording is None or recording.device_id != (asked.get("DeviceId") or session.device_id):
        raise SdkMethodError(
            _(f"There is no recording {asked.get('ResourceToken')!r} of this device."),
            code="ResourceNotFound.AsrResourceNotExist",
        )
    if recording.kind != "file":
        raise SdkMethodError(
            _("getAsrDownloadUrl is for recorded files, not sentences."), code="devkit.InvalidArgument"
        )
    content = base64.b64encode(recording.data).decode("ascii")
    return {"ResourceURL": f"data:application/octet-stream;base64,{content}"}


METHODS: Members = {
    "voiceRecognition": voice_recognition,
    "getAsrDownloadUrl": get_asr_download_url,
}
