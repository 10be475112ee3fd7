"""With the declarations of a thing model a wrong id or value is an error of tsc."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from devkit.cli.main import main

TSC = Path(__file__).parents[2] / "devkit" / "sdk" / "client" / "node_modules" / ".bin" / "tsc"
MARK = "// wrong"
SOURCE = f"""\
const sdk = window.h5PanelSdk;
export const on: 0 | 1 = sdk.deviceData.power_switch;
sdk.controlDeviceData({{ power_switch: 1, scene: 'work' }});
sdk.callDeviceAction({{ times: 3 }}, 'blink').then(({{ OutputParams }}) => OutputParams.done === 1);
sdk.on('wsReport', ({{ deviceData }}) => deviceData.brightness?.Value.toFixed());
sdk.on('wsEventReport', ({{ Payload }}) => Payload.eventId === 'overheat' && Payload.params.temperature > 3);
sdk.deviceData.power_swich; {MARK}
sdk.controlDeviceData({{ power_switch: 2 }}); {MARK}
sdk.controlDeviceData({{ scene: 'wrok' }}); {MARK}
sdk.controlDeviceData({{ temperature: 3 }}); {MARK}
sdk.callDeviceAction({{ times: 3 }}, 'blnk'); {MARK}
sdk.callDeviceAction({{ time: 3 }}, 'blink'); {MARK}
sdk.getDeviceDataHistory({{ FieldName: 'x', MinTime: 0, MaxTime: 1, Limit: 1 }}); {MARK}
sdk.on('wsEventReport', ({{ Payload }}) => Payload.eventId === 'overheated'); {MARK}
sdk.deviceData.network.sid; {MARK}
sdk.deviceData["a'b*/"]['x y'][0].toFixed();
"""
NASTY = {
    "id": "a'b*/",
    "name": "*/ `${x}`\nnext",
    "mode": "rw",
    "define": {
        "type": "struct",
        "specs": [
            {"id": "x y", "name": "*/", "dataType": {"type": "array", "arrayInfo": {"type": "int"}}},
            {
                "id": "e",
                "name": "e",
                "dataType": {"type": "enum", "mapping": {"0": "*/", "5": "line\nbreak"}},
            },
        ],
    },
}


@pytest.mark.parametrize(
    ("template", "config"), [("vanilla-ts", "tsconfig.json"), ("react", "jsconfig.json")]
)
def test_wrong_ids_are_errors(
    template: str, config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    assert run(main, ["new", "lamp", "--template", template, "--yes"]).exit_code == 0
    project = tmp_path / "lamp"
    monkeypatch.chdir(project)
    model = json.loads((project / "thing-model.json").read_text("utf-8"))
    model["properties"].append(NASTY)
    (project / "thing-model.json").write_text(json.dumps(model), "utf-8")
    assert run(main, ["types"]).exit_code == 0
    source = project / "src" / ("tried.ts" if template == "vanilla-ts" else "tried.js")
    text = SOURCE if source.suffix == ".ts" else "// @ts-check\n" + SOURCE.replace(": 0 | 1", "")
    source.write_text(text, "utf-8")
    done = subprocess.run([TSC, "-p", config, "--noEmit"], capture_output=True, text=True, check=False)
    wrong = {number for number, line in enumerate(text.splitlines(), 1) if MARK in line}
    found = re.findall(r"^(\S+)\((\d+),", done.stdout, re.MULTILINE)
    assert {(file, int(line)) for file, line in found} == {(f"src/{source.name}", line) for line in wrong}, (
        done.stdout
    )
