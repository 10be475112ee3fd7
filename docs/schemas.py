"""Write schemas/: JSON Schemas of a project's files, from the tables that devkit reads them by.

python docs/schemas.py; the wheel ships the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devkit.budget import BYTES, SCORE, TIMES, Budget
from devkit.design import WIDEST, PxToViewport
from devkit.model.template_parts import TemplateReader
from devkit.panels import FOLDER, PanelTable
from devkit.phone.scenario import DURATION
from devkit.settings import SETTINGS, Setting
from devkit.testing.tools import sheet
from devkit.testing.world.spec import CHOICES, KINDS
from devkit.transport.acts import STEPS as ACTS
from devkit.transport.acts import ActParam, DeviceAct

Schema = dict[str, Any]
DIALECT = "http://json-schema.org/draft-07/schema#"
TEXT: Schema = {"type": "string"}
TEXTS: Schema = {"type": "array", "items": {"type": "string", "minLength": 1}}
NUMBER_TEXT = {"type": ["string", "number"], "pattern": r"^\s*-?\d+(\.\d+)?\s*$"}
_OF_TYPE: Mapping[type, Schema] = {
    str: TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    dict: {"type": "object"},
    list: {"type": "array"},
    tuple: {"type": "array"},
    Mapping: {"type": "object"},
    Path: TEXT,
}


def devkit_toml() -> Schema:
    """Return the schema of devkit.toml: a line for each setting, and the same lines for each of [panels]."""
    lines = {row.name: _setting(row) for row in SETTINGS}
    panel = {name: line for name, line in lines.items() if name != "panels"}
    row = _object({**panel, FOLDER: {**TEXT, "description": "Folder of the panel."}})
    lines["panels"] |= {"additionalProperties": {"anyOf": [TEXT, row]}}
    return _document("devkit.toml", "Settings of a panel project", _object(lines))


def _setting(row: Setting) -> Schema:
    about: Schema = {"description": row.help}
    if row.kind in (str, int, bool) and row.default != "":
        about["default"] = row.default
    if row.choices:
        about["enum"] = list(row.choices)
    if row.bounds:
        about |= {"minimum": row.bounds[0], "maximum": row.bounds[1]}
    if row.kind is dict:
        return {"type": "object", "additionalProperties": TEXT, **about}
    if row.kind is list:
        return {"anyOf": [TEXT, TEXTS], **about}
    if row.kind is PxToViewport:
        return {"anyOf": [_WIDTH, _object(_VIEWPORT)], **about}
    if row.kind is PanelTable:
        return {"type": "object", **about}
    if row.kind is Budget:
        return {**_object(_BUDGET), **about}
    return {**_OF_TYPE.get(row.kind, {"type": "object"}), **about}


_WIDTH: Schema = {"type": "integer", "minimum": 0, "maximum": WIDEST}
_BUDGET: Schema = {
    **{name: {**TEXT, "pattern": r"^\s*\d+(\.\d+)?\s*([Kk]i?|[Mm]i?)?[Bb]\s*$"} for name in BYTES},
    **{name: {**TEXT, "pattern": r"^\s*\d+(\.\d+)?\s*[Mm]?[Ss]\s*$"} for name in TIMES},
    SCORE: {"type": "integer", "minimum": 0, "maximum": 100},
}
_VIEWPORT: Schema = {
    "width": _WIDTH,
    "packages": {"type": "object", "additionalProperties": _WIDTH},
    "exclude": {"anyOf": [TEXT, TEXTS]},
    "include": {"anyOf": [TEXT, TEXTS]},
}


def thing_model() -> Schema:
    """Return the schema of a thing model: what devkit reads without a warning."""
    word, numbers = (
        {"type": "string", "minLength": 1},
        dict.fromkeys(("min", "max", "step", "start"), NUMBER_TEXT),
    )
    mapping = {"type": "object", "minProperties": 1, "additionalProperties": {"type": ["string", "number"]}}
    integers = {**mapping, "propertyNames": {"pattern": r"^-?\d+$"}}
    own: Mapping[str, tuple[Schema, list[str]]] = {
        "bool": ({"mapping": {**mapping, "propertyNames": {"enum": ["0", "1"]}}}, []),
        "enum": ({"mapping": integers}, ["mapping"]),
        "stringenum": ({"mapping": mapping}, ["mapping"]),
        "int": (numbers, []),
        "float": (numbers, []),
        "string": ({"min": NUMBER_TEXT, "max": NUMBER_TEXT}, []),
        "struct": ({"specs": {"type": "array", "items": {"$ref": "#/definitions/member"}}}, ["specs"]),
        "array": ({"arrayInfo": {"$ref": "#/definitions/define"}}, ["arrayInfo"]),
    }
    define: Schema = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(TemplateReader().readers)}},
    }
    define["allOf"] = [
        {
            "if": {"properties": {"type": {"const": name}}},
            "then": {"properties": properties, "required": required},
        }
        for name, (properties, required) in own.items()
    ]
    names: Schema = {"id": word, "name": TEXT, "desc": TEXT, "required": {"type": "boolean"}}
    ref: Schema = {"$ref": "#/definitions/define"}
    member = {
        "type": "object",
        "properties": {**names, "dataType": ref, "define": ref},
        "required": ["id"],
        "anyOf": [{"required": ["dataType"]}, {"required": ["define"]}],
    }

    def parts(properties: Schema, *required: str) -> Schema:
        item = {"type": "object", "properties": {**names, **properties}, "required": ["id", *required]}
        return {"type": "array", "items": item}

    members: Schema = {"type": "array", "items": {"$ref": "#/definitions/member"}}
    body: Schema = {
        "type": "object",
        "properties": {
            "version": TEXT,
            "profile": {
                "type": "object",
                "properties": {"ProductId": TEXT, "CategoryId": {"type": ["string", "integer"]}},
            },
            "properties": parts({"mode": {"enum": ["r", "rw", "w"]}, "define": ref}, "define"),
            "events": parts({"type": {"enum": ["alert", "fault", "info"]}, "params": members}),
            "actions": parts({"input": members, "output": members}),
        },
        "anyOf": [{"required": [part]} for part in ("properties", "events", "actions")],
        "definitions": {"define": define, "member": member},
    }
    return _document("thing-model.json", "Thing model of a product (物模型)", body)


def shots_yaml() -> Schema:
    """Return the schema of shots.yaml."""
    steps = {
        "click": {"anyOf": [{"type": ["string", "number"]}, _object({"selector": TEXT}, "selector")]},
        **{name: {"type": "object"} for name in ("report", "event", "fault")},
        "wait_for": {"type": ["string", "number"]},
    }
    step = {
        **_object({name: steps.get(name, {}) for name in sheet.STEPS}),
        "minProperties": 1,
        "maxProperties": 1,
    }
    state = {name: _kind(kinds, CHOICES.get(name, ())) for name, (kinds, _) in KINDS.items()}
    state |= dict(zip(sheet.STATE_KEYS, (TEXT, {"type": "array", "items": step}), strict=True))
    states = {"type": "array", "minItems": 1, "items": _object(state)}
    top = dict(zip(sheet.TOP_KEYS, (TEXTS, states, TEXT, {"type": "boolean"}, TEXTS, TEXTS), strict=True))
    return _document("shots.yaml", "States of a panel for `devkit shots`", _object(top, "states"))


def _kind(kinds: tuple[type, ...], choices: tuple[str, ...]) -> Schema:
    found = [_OF_TYPE[kind] for kind in kinds if kind in _OF_TYPE]
    known = list({json.dumps(schema): schema for schema in found}.values())
    schema = known[0] if len(known) == 1 else {"anyOf": known}
    return {**schema, **({"enum": list(choices)} if choices else {})}


def scenario_yaml() -> Schema:
    """Return the schema of a scenario in YAML."""
    after = {
        "anyOf": [
            {"type": "number", "minimum": 0},
            {"type": "string", "pattern": f"^\\s*{DURATION.pattern}\\s*$"},
        ]
    }
    steps = {name: {"description": f"{act.doc}: {act.takes}", **_act(act)} for name, act in ACTS.items()}
    step = {
        **_object({"after": {**after, "description": "How long to wait first: 500ms, 2s, 1 min"}, **steps})
    }
    step["not"] = {"anyOf": [{"required": [one, other]} for one in ACTS for other in ACTS if one < other]}
    body = {"loop": {"type": "boolean"}, "steps": {"type": "array", "minItems": 1, "items": step}}
    return _document("scenario.yaml", "A scenario for `devkit dev --scenario`", _object(body, "steps"))


def _act(act: DeviceAct) -> Schema:
    """Return what the value of a step may be: tried on the act's own reader of it."""
    short = [
        schema
        for value, schema in ((True, {"type": "boolean"}), ("x", TEXT))
        if act.bodies(value) is not None
    ]
    if act.bodies({}) is None:
        return {"anyOf": short} if len(short) > 1 else short[0]
    table: Schema = {"type": "object"}
    if act.params is not None and act.step != "event":
        table = _object(_params(act.params), *(item.name for item in act.params if item.required))
    return {"anyOf": [*short, table]} if short else table


def _params(params: tuple[ActParam, ...]) -> Schema:
    """Return the parameters; in a scenario the bytes of a file come by its name."""
    return {("file" if item.type is bytes else item.name): _OF_TYPE.get(item.type, TEXT) for item in params}


def _object(properties: Mapping[str, Schema], *required: str) -> Schema:
    made: Schema = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**made, "required": list(required)} if required else made


def _document(name: str, title: str, body: Schema) -> Schema:
    return {"$schema": DIALECT, "title": title, "description": f"{name}, as devkit reads it", **body}


SCHEMAS = {
    "devkit.json": devkit_toml,
    "thing-model.json": thing_model,
    "shots.json": shots_yaml,
    "scenario.json": scenario_yaml,
}


def texts() -> dict[str, str]:
    """Return {file name: text} of every schema."""
    return {name: json.dumps(make(), ensure_ascii=False, indent=1) + "\n" for name, make in SCHEMAS.items()}


def write() -> None:
    """Write every schema to its place."""
    for name, text in texts().items():
        (Path(__file__).parents[1] / "schemas" / name).write_text(text, "utf-8")


if __name__ == "__main__":
    write()
