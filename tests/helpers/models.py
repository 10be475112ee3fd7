"""Thing models for tests: one property of each type, and hypothesis strategies for models and values."""

from __future__ import annotations

import json
from typing import Any

LAMP: dict[str, Any] = {
    "version": "1.0",
    "profile": {"ProductId": "K7M2QX9D4A", "CategoryId": "141"},
    "properties": [
        {"id": "power", "name": "电源", "desc": "", "mode": "rw", "required": True,
         "define": {"type": "bool", "mapping": {"0": "off", "1": "on"}}},
        {"id": "brightness", "name": "亮度", "mode": "rw",
         "define": {"type": "int", "min": "0", "max": "100", "start": "1", "step": "1", "unit": "%"}},
        {"id": "heat", "name": "heat", "mode": "rw",
         "define": {"type": "float", "min": "-25", "max": "60", "start": "0", "step": "0.1", "unit": "°C"}},
        {"id": "color", "name": "颜色", "mode": "rw",
         "define": {"type": "enum", "mapping": {"0": "red", "1": "green", "2": "blue"}}},
        {"id": "scene", "name": "scene", "mode": "rw",
         "define": {"type": "stringenum", "mapping": {"work": "工作", "sleep": "睡眠"}}},
        {"id": "title", "name": "title", "mode": "rw", "define": {"type": "string", "min": "0", "max": "8"}},
        {"id": "cleaned", "name": "cleaned", "mode": "r", "define": {"type": "timestamp"}},
        {"id": "hsv", "name": "hsv", "mode": "rw", "define": {"type": "struct", "specs": [
            {"id": "h", "name": "hue", "dataType": {"type": "int", "min": "0", "max": "360", "start": "0",
                                                    "step": "1", "unit": ""}},
            {"id": "v", "name": "value", "dataType": {"type": "int", "min": "0", "max": "100", "start": "0",
                                                      "step": "1", "unit": ""}}]}},
        {"id": "log", "name": "log", "mode": "rw",
         "define": {"type": "array", "arrayInfo": {"type": "string", "min": "0", "max": "4"}}},
    ],
    "events": [
        {"id": "low_voltage", "name": "low voltage", "type": "alert", "params": [
            {"id": "voltage", "name": "U",
             "define": {"type": "float", "min": "0", "max": "24", "step": "0.1", "unit": "V"}}]},
        {"id": "note", "name": "note", "type": "info", "params": []},
    ],
    "actions": [
        {"id": "blink", "name": "blink",
         "input": [{"id": "times", "name": "times",
                    "define": {"type": "int", "min": "1", "max": "9", "start": "1", "step": "1"}}],
         "output": [{"id": "result", "name": "result",
                     "define": {"type": "bool", "mapping": {"0": "no", "1": "yes"}}}]},
    ],
}  # fmt: skip
LAMP_TEXT = json.dumps(LAMP, ensure_ascii=False, indent=2)
LAMP_ID = "K7M2QX9D4A/lamp01"
