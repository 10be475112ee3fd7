"""The document as a test: each example request is sent as it stands, each example answer compared by field.

Ids, tokens and the session are adapted, since the emulator draws its own; names, nesting and types are not.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest

from tests.contract.cloud import document
from tests.contract.cloud.document import BO, Document, actions, documented_world

JSON = Any
# action: {how its answer differs from the document's example: why it may}
_TOP = "the binding chapter's tables have it at the top, its examples in Data; real clients read the top"
_DEVICE = "structures.AppDeviceInfo and DeviceList have it, if not each example; the SDK tells gateways by it"
_SDK = "the SDK reads it of the product: structures.Product and npm qcloud-iotexplorer-h5-panel-sdk@1.2.11"
ALLOWED: Mapping[str, Mapping[str, str]] = {
    "AppCreateDeviceBindToken": {".Token is not documented": _TOP},
    "AppGetDeviceBindTokenState": {
        ".State is not documented": _TOP,
        ".ProductId is not documented": "wificonf-core reads which device has brought the token",
        ".DeviceName is not documented": "wificonf-core reads which device has brought the token",
    },
    "AppGetProducts": {
        ".Products[0].Services is not documented": _SDK,
        ".Products[0].IconUrl is not documented": _SDK,
    },
    "AppGetFamilyDeviceList": {
        ".DeviceList[0].FamilyId is not documented": "the SDK's README has it in this list",
        ".DeviceList[0].DeviceType is not documented": _DEVICE,
    },
    "AppUpdateDeviceInFamily": {".Data.DeviceType is not documented": _DEVICE},
    "AppBindSubDeviceInFamily": {".Data.AppDeviceInfo.DeviceType is not documented": _DEVICE},
    "AppSigBindDeviceInFamily": {".Data.AppDeviceInfo.DeviceType is not documented": _DEVICE},
    "AppDescribeAutomation": {
        ".Data.Actions[0].AliasName is not documented": "structures.Action: the server fills it on reading"
    },
}
BEFORE: Mapping[str, Callable[[Document], Awaitable[None]]] = {
    "AppGetDeviceBindTokenState": document.token_used,
    "AppTokenBindDeviceFamily": document.token_used,
    "AppSigBindDeviceInFamily": document.lamp_of_nobody,
    "AppGetFamilySubDeviceList": document.sub_in_family,
    "AppGetGatewayBindDeviceList": document.sub_in_family,
    "AppDescribeShareDeviceToken": document.share_token,
    "AppBindUserShareDevice": document.share_token,
    "AppListUserShareDevices": document.shared,
    "AppRemoveUserShareDevice": document.shared,
    "AppListShareDeviceUsers": document.shared,
    "AppRemoveShareDeviceUser": document.shared,
    "AppJoinFamily": document.invitation,
    "AppDeleteFamilyMember": document.bo_joins,
    "AppExitFamily": document.bo_leads,
    "AppGetMessages": document.bo_joins,
    "AppDeleteMessage": document.message,
}
CALLER = dict.fromkeys(
    ("AppBindUserShareDevice", "AppListUserShareDevices", "AppRemoveUserShareDevice", "AppJoinFamily"), BO
)


@pytest.mark.parametrize("action", actions())
async def test_an_example_is_answered_as_documented(action: str) -> None:
    documented = actions()[action]["example"]["response"]["Response"]
    async with documented_world() as world:
        if action in BEFORE:
            await BEFORE[action](world)
        answer = await world.send(action, as_=CALLER.get(action, document.MEI))
    assert "Error" not in answer, answer
    assert answer["RequestId"] == documented["RequestId"]
    assert set(compare(answer, documented)) == ALLOWED.get(action, {}).keys()


def compare(answer: JSON, documented: JSON, place: str = "") -> Iterator[str]:
    """Yield how an answer differs in names, nesting and types; a text that holds JSON is looked into."""
    if isinstance(documented, str) and documented.startswith("{") and isinstance(answer, str):
        answer, documented = json.loads(answer), json.loads(documented)
    if type(answer) is not type(documented):
        yield f"{place} is {type(answer).__name__}, not {type(documented).__name__}"
    elif isinstance(documented, dict):
        yield from (f"{place}.{name} is missing" for name in documented.keys() - answer.keys())
        yield from (f"{place}.{name} is not documented" for name in answer.keys() - documented.keys())
        for name in documented.keys() & answer.keys():
            yield from compare(answer[name], documented[name], f"{place}.{name}")
    elif isinstance(documented, list):
        if len(answer) < len(documented):
            yield f"{place} has {len(answer)} rows, not {len(documented)}"
        for index, (row, example) in enumerate(zip(answer, documented, strict=False)):
            yield from compare(row, example, f"{place}[{index}]")


def test_no_allowance_is_for_an_action_that_has_no_example() -> None:
    assert ALLOWED.keys() | BEFORE.keys() | CALLER.keys() <= actions().keys()
    assert len(actions()) == 84
