"""Manual scenes."""

from __future__ import annotations

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.api.handlers.rules.rule_parts import all_in_family, read_actions, show_parts
from devkit.cloud.api.wire import new_id
from devkit.cloud.store.schema import SCENES, SceneRow
from devkit.language import _


def create_scene(call: Call) -> Answer:
    """Make a scene.

    Source: docs/reference/app-api.yaml actions.AppCreateScene.
    """
    family = call.family()
    scene_id = new_id("s_")
    call.tx.put(
        SCENES,
        SceneRow(
            scene_id=scene_id,
            family_id=family["family_id"],
            user_id=call.user_id,
            name=call.text("SceneName"),
            icon=call.text("SceneIcon"),
            actions=read_actions(call, family),
            status=0,
            created=call.stamp,
            updated=call.now,
        ),
    )
    return {"SceneId": scene_id}


def _scene(call: Call, *, idle: bool = True) -> SceneRow:
    row = call.tx.get(SCENES, call.text("SceneId"))
    if row is None:
        call.refuse("value", _(f"There is no scene {call.text('SceneId')}."))
    if call.role(row["family_id"]) is None:
        call.refuse("permission", _(f"The scene {row['name']} is not of a family of yours."))
    if idle and row["status"]:
        call.refuse("UnsupportedOperation.SceneRuninProgress", _(f"The scene {row['name']} is running."))
    return row


def list_scenes(call: Call) -> Answer:
    """Return the scenes of a family, the oldest first.

    Source: docs/reference/app-api.yaml actions.AppGetSceneList.
    """
    family = call.family()
    total, rows = call.page(SCENES, {"family_id": family["family_id"]}, order="created")
    return {
        "Total": total,
        "SceneList": [
            {
                "SceneId": row["scene_id"],
                "FamilyId": row["family_id"],
                "SceneName": row["name"],
                "SceneIcon": row["icon"],
                "Actions": show_parts(call, row["family_id"], row["actions"], as_sent=False),
                "UserId": row["user_id"],
                "CreateTime": row["created"] // 1000,
                "UpdateTime": row["updated"] // 1000,
                "Flag": int(not all_in_family(call, row["family_id"], row["actions"])),
                "Status": row["status"],
            }
            for row in rows
        ],
    }


def modify_scene(call: Call) -> Answer:
    """Change a scene that does not run.

    Source: docs/reference/app-api.yaml actions.AppModifyScene.
    """
    scene = _scene(call)
    family = call.family(family_id=scene["family_id"])
    call.tx.change(
        SCENES,
        scene["scene_id"],
        name=call.text("SceneName"),
        icon=call.text("SceneIcon"),
        actions=read_actions(call, family),
        updated=call.now,
    )
    return {}


def delete_scene(call: Call) -> Answer:
    """Delete a scene that does not run.

    Source: docs/reference/app-api.yaml actions.AppDeleteScene.
    """
    call.tx.remove(SCENES, _scene(call)["scene_id"])
    return {}


def run_scene(call: Call) -> Answer:
    """Start a scene; the answer does not wait for its end.

    Source: docs/reference/app-api.yaml actions.AppRunScene.
    """
    call.emulator.rules.start_scene(call, _scene(call))
    return {}


ACTIONS = {
    "AppCreateScene": create_scene,
    "AppGetSceneList": list_scenes,
    "AppModifyScene": modify_scene,
    "AppDeleteScene": delete_scene,
    "AppRunScene": run_scene,
}
