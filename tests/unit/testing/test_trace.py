"""A kept trace has no secret of the panel's traffic and pages, and only its owner reads it."""

import json
import stat
import zipfile
from pathlib import Path

from devkit.testing.run.trace import keep
from devkit.testing.world.record import format_timeline
from devkit.timeline.kinds import BlockedRequest
from devkit.timeline.timeline import Timeline

SECRET = "s3cretvalue"
SNAPSHOT = [
    "INPUT",
    {"__playwright_value_": SECRET, "type": "password"},
    ["P", {}, f'{{"AppSecret":"{SECRET}"}}'],
]
RECORDS = [
    {"type": "before", "callId": "call@1", "params": {"key": "Enter", "url": f"https://a/?Token={SECRET}"}},
    {"type": "frame-snapshot", "snapshot": {"html": SNAPSHOT, "phone": "13812345678"}},
    {"type": "console", "text": f"AccessToken={SECRET}\u2028next"},
    {"snapshot": {"request": {"headers": [{"name": "Cookie", "value": f"a={SECRET}"}], "postData": None}}},
]
PICTURE = bytes(range(256))


def test_a_trace_is_kept_without_secrets(tmp_path: Path) -> None:
    raw, kept = tmp_path / "raw.zip", tmp_path / "results" / "a-trace.zip"
    with zipfile.ZipFile(raw, "w") as file:
        lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
        for name in ("trace.trace", "trace.network", "trace.stacks"):
            file.writestr(name, lines)
        file.writestr("resources/1.json", json.dumps({"Data": json.dumps({"Token": SECRET})}))
        file.writestr("resources/2.html", f'<script>boot = {{"accessToken": "{SECRET}"}}</script>')
        file.writestr("resources/3.js", "const token = 'of the source'")
        file.writestr("resources/4.jpeg", PICTURE)
    keep(raw, kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with zipfile.ZipFile(kept) as file:
        texts = {name: file.read(name) for name in file.namelist()}
    assert len(texts) == 7
    assert not [name for name, text in texts.items() if SECRET.encode() in text or b"13812345678" in text]
    assert texts["resources/4.jpeg"] == PICTURE
    assert texts["resources/3.js"] == b"const token = 'of the source'"
    read = [json.loads(line) for line in texts["trace.trace"].decode().split("\n") if line]
    assert [record.get("type") for record in read] == ["before", "frame-snapshot", "console", None]
    assert read[0]["params"]["key"] == "Enter"


def test_a_story_tells_no_secret() -> None:
    timeline = Timeline()
    timeline.record(BlockedRequest(f"https://a.example/x?AccessToken={SECRET}"))
    assert "a.example" in format_timeline(timeline.since(0))
    assert SECRET not in format_timeline(timeline.since(0))
