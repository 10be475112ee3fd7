"""Automations: conditions and what they trigger."""

from __future__ import annotations

from typing import Any

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.rules.rule_parts import read_actions, read_conditions, show_parts
from devkit.cloud.api.wire import new_id
from devkit.cloud.rules.engine import next_timer
from devkit.cloud.rules.schedule import read_days, read_time
from devkit.cloud.store.schema import AUTOMATIONS, AutomationRow, FamilyRow
from devkit.language import _

JSON = Any


def create_automation(call: Call) -> Answer:
    """Make an automation.

    Source: docs/reference/app-api.yaml actions.AppCreateAutomation.
    """
    family = call.family()
    if call.tx.count(AUTOMATIONS, {"family_id": family["family_id"]}) >= call.emulator.limits.automations:
        call.refuse("limit", _(f"The family {family['name']} has too many automations."))
    automation_id = new_id("a_")
    row: Any = {
        **_columns(call, family),
        "automation_id": automation_id,
        "family_id": family["family_id"],
        "user_id": call.user_id,
        "created": call.stamp,
    }
    call.tx.put(AUTOMATIONS, row)
    call.after(call.emulator.rules.wake)
    return {"AutomationId": automation_id}


def _columns(call: Call, family: FamilyRow) -> dict[str, JSON]:
    try:
        begin, end = read_time(call.text("EffectiveBeginTime")), read_time(call.text("EffectiveEndTime"))
        days = read_days(call.text("EffectiveDays"))
    except ValueError as error:
        call.refuse("value", _(f"EffectiveBeginTime, EffectiveEndTime or EffectiveDays {error}."))
    conditions = read_conditions(call, family)
    return {
        "name": call.text("Name"),
        "icon": call.text("Icon"),
        "status": call.number("Status"),
        "match_type": call.number("MatchType"),
        "conditions": conditions,
        "actions": read_actions(call, family),
        "begin": begin,
        "end": end,
        "days": days,
        "next_ms": next_timer(conditions, call.now),
        "updated": call.now,
    }


def _automation(call: Call) -> AutomationRow:
    row = call.tx.get(AUTOMATIONS, call.text("AutomationId"))
    if row is None:
        call.refuse("value", _(f"There is no automation {call.text('AutomationId')}."))
    if call.role(row["family_id"]) is None:
        call.refuse("permission", _(f"The automation {row['name']} is not of a family of yours."))
    return row


def list_automations(call: Call) -> Answer:
    """Return the automations of a family, the oldest first.

    Source: docs/reference/app-api.yaml actions.AppGetAutomationList.
    """
    rows = call.tx.find(AUTOMATIONS, {"family_id": call.family()["family_id"]}, order="created")
    return {
        "List": [
            {
                "AutomationId": row["automation_id"],
                "Icon": row["icon"],
                "Name": row["name"],
                "Status": row["status"],
            }
            for row in rows
        ]
    }


def describe_automation(call: Call) -> Answer:
    """Return one automation.

    Source: docs/reference/app-api.yaml actions.AppDescribeAutomation.
    """
    row = _automation(call)
    conditions = [
        {
            **condition,
            "Property": show_parts(call, row["family_id"], [condition["Property"]], as_sent=True)[0],
        }
        if "Property" in condition
        else condition
        for condition in row["conditions"]
    ]
    return {
        "Data": {
            "AutomationId": row["automation_id"],
            "Icon": row["icon"],
            "Name": row["name"],
            "Status": row["status"],
            "MatchType": row["match_type"],
            "Conditions": conditions,
            "Actions": show_parts(call, row["family_id"], row["actions"], as_sent=True),
            "EffectiveBeginTime": row["begin"],
            "EffectiveEndTime": row["end"],
            "EffectiveDays": row["days"],
        }
    }


def delete_automation(call: Call) -> Answer:
    """Delete an automation.

    Source: docs/reference/app-api.yaml actions.AppDeleteAutomation.
    """
    call.tx.remove(AUTOMATIONS, _automation(call)["automation_id"])
    return {}


def modify_automation(call: Call) -> Answer:
    """Change an automation.

    Source: docs/reference/app-api.yaml actions.AppModifyAutomation.
    """
    row = _automation(call)
    columns = _columns(call, call.family(family_id=row["family_id"]))
    call.tx.change(AUTOMATIONS, row["automation_id"], **columns)
    call.after(call.emulator.rules.wake)
    return {}


def switch_automation(call: Call) -> Answer:
    """Switch an automation on or off.

    Source: docs/reference/app-api.yaml actions.AppModifyAutomationStatus.
    """
    row = _automation(call)
    moment = next_timer(row["conditions"], call.now)
    call.tx.change(
        AUTOMATIONS, row["automation_id"], status=call.number("Status"), next_ms=moment, updated=call.now
    )
    call.after(call.emulator.rules.wake)
    return {}


ACTIONS = {
    "AppCreateAutomation": create_automation,
    "AppGetAutomationList": list_automations,
    "AppDescribeAutomation": describe_automation,
    "AppDeleteAutomation": delete_automation,
    "AppModifyAutomation": modify_automation,
    "AppModifyAutomationStatus": switch_automation,
}
