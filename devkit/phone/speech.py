"""Speech recognition of the simulator: it keeps what panels record, and answers with texts that tests choose.

The platform's own actions for it are not public, so this serves both transports.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from devkit.errors import SdkMethodError
from devkit.language import _

SHARD_BYTES = 128 * 1024
MAX_BYTES = {"file": 100 * 1024 * 1024, "sentence": 3 * 1024 * 1024}
SHARD_SECONDS = 5


@dataclass(frozen=True)
class Recording:
    """What a panel handed in; kind is "file" or "sentence", options holds EngineType, FilterDirty …."""

    token: str
    device_id: str
    kind: str
    name: str
    data: bytes
    options: dict[str, Any]


def default_texts(recording: Recording) -> list[str]:
    """Return one invented text per shard: a sentence has one, a file one per 128 KiB."""
    if recording.kind == "sentence":
        return ["打开客厅的灯"]
    count = max(1, -(-len(recording.data) // SHARD_BYTES))
    return [f"这是第{number}段录音" for number in range(1, count + 1)]


@dataclass
class SpeechRecognition:
    """The recordings, and how they become text; recognise gives the text of each shard, tests replace it."""

    recognise: Callable[[Recording], list[str]] = default_texts
    recordings: dict[str, Recording] = field(default_factory=dict)

    def take(self, device_id: str, kind: str, name: str, data: bytes, options: dict[str, Any]) -> Recording:
        """Keep a recording.

        Errors: SdkMethodError for an unknown kind, nothing, or too much.
        """
        if kind not in MAX_BYTES:
            raise SdkMethodError(
                _(f'voiceRecognition: AudioType must be "file" or "sentence", not {kind!r}.'),
                code="devkit.InvalidArgument",
            )
        if not data or len(data) > MAX_BYTES[kind]:
            raise SdkMethodError(
                _(f"voiceRecognition: Data has {len(data)} bytes; a {kind} has 1 to {MAX_BYTES[kind]}."),
                code="devkit.InvalidArgument",
            )
        recording = Recording(secrets.token_hex(16), device_id, kind, name, data, options)
        self.recordings[recording.token] = recording
        return recording

    def shards(self, recording: Recording) -> Iterator[dict[str, Any]]:
        """Yield the results as they arrive: later shards may overtake earlier ones.

        Source: docs/reference/sdk-members.md row 131, asrResponse; texts of files carry time marks, whose
        form is unverified.
        """
        texts = self.recognise(recording)
        order = list(range(len(texts)))
        order = order[1::2] + order[0::2]
        for index in order:
            yield {
                "resource_token": recording.token,
                "result_code": 0,
                "total_num": len(texts),
                "seq": index + 1,
                "res_text": _marked(index, texts[index]) if recording.kind == "file" else texts[index],
            }


def _marked(index: int, text: str) -> str:
    start, end = index * SHARD_SECONDS, (index + 1) * SHARD_SECONDS
    return f"[{start // 60}:{start % 60}.000,{end // 60}:{end % 60}.000]  {text}\n"
