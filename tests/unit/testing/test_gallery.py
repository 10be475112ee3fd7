"""The gallery: frames of a file that changes, each with a device of its own."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devkit.errors import DevkitError, ProjectFileError, ServeError
from devkit.settings import load_settings
from devkit.testing.tools.gallery import LiveGallery
from tests.helpers.console_server import MODEL


class Project:
    """A project whose shots.yaml a test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "thing-model.json").write_text(json.dumps(MODEL), "utf-8")
        self.gallery = LiveGallery(load_settings(folder, {"product_id": "CONSOLE001"}, {}))

    def write(self, text: str) -> None:
        (self.folder / "shots.yaml").write_text(text, "utf-8")

    def frames(self) -> dict[str, str]:
        return {f"{item['state']} {item['device']}": item["id"] for item in self.gallery.describe()["frames"]}


@pytest.fixture
async def project(tmp_path: Path) -> AsyncIterator[Project]:
    project = Project(tmp_path)
    yield project
    await project.gallery.aclose()


async def test_each_frame_has_a_device_of_its_own(project: Project) -> None:
    project.write(
        "devices: [ipad, 320x568:dark:en-US]\n"
        "states:\n- {name: a, data: {brightness: 7}}\n- {name: b, online: false}\n"
    )
    told = project.gallery.describe()["frames"]
    assert [(item["width"], item["dark"]) for item in told] == [(820, False), (320, True)] * 2
    assert [f"lang={lang}" in item["url"] for item, lang in zip(told, ("zh", "en") * 2, strict=True)] == [
        True
    ] * 4
    one, other, gone, _ = [await project.gallery.open(item["id"]) for item in told]
    assert one.simulator.transport.bench is not None
    assert other.simulator.transport.bench is not None
    assert gone.simulator.transport.bench is not None
    await one.simulator.transport.bench.report(one.device_id, {"brightness": 9})
    assert one.simulator.transport.bench.snapshot()["devices"][one.device_id]["properties"]["brightness"] == 9
    assert (
        other.simulator.transport.bench.snapshot()["devices"][other.device_id]["properties"]["brightness"]
        == 7
    )
    assert gone.simulator.transport.bench.snapshot()["devices"][gone.device_id]["online"] is False
    assert await project.gallery.open(told[0]["id"]) is one
    assert await project.gallery.open(told[0]["id"], anew=True) is not one


async def test_a_save_keeps_the_frames_that_stay_and_a_broken_one_keeps_all(project: Project) -> None:
    project.write("states:\n- {name: a}\n- {name: b}\n")
    version, before = project.gallery.version, project.frames()
    page = await project.gallery.open(before["a iphone-x"])
    project.write("states:\n- {name: a}\n- {name: b, data: {brig")
    assert project.gallery.version > version
    assert project.frames() == before
    problem = project.gallery.describe()["problem"]
    assert "not YAML" in problem["findings"][0]["message"]
    assert problem["findings"][0]["file"].endswith("shots.yaml")
    assert problem["findings"][0]["line"] == 3
    project.write("states:\n- {name: a}\n- {name: b, data: {brightness: 5}}\n")
    assert project.gallery.describe()["problem"] is None
    after = project.frames()
    assert after["a iphone-x"] == before["a iphone-x"]
    assert after["b iphone-x"] != before["b iphone-x"]
    assert await project.gallery.open(after["a iphone-x"]) is page
    with pytest.raises(ServeError, match="There is no frame"):
        await project.gallery.open(before["b iphone-x"])


async def test_what_cannot_be_shown_says_why(project: Project) -> None:
    project.write(
        "states:\n- {name: a, data: {brightnes: 1}}\n- {name: b, data: {brightness: 999}}\n"
        "- {name: c, model: none.json}\n- {name: d, peripherals: [evil.py:Device]}\n"
    )
    frames = project.frames()
    for name, words in {"a": "brightnes", "b": "from 0 to 100, not 999", "c": "none.json"}.items():
        with pytest.raises(ProjectFileError, match=words) as error:
            await project.gallery.open(frames[f"{name} iphone-x"])
        assert error.value.line == "abcd".index(name) + 2
    assert project.gallery.describe()["frames"][3]["problem"] == "peripherals= is for devkit shots alone."
    with pytest.raises(ServeError, match="for devkit shots alone"):
        await project.gallery.open(frames["d iphone-x"])


@pytest.mark.parametrize("model", ["../secret.json", "link.json", "/etc/hostname"])
async def test_no_file_outside_the_project_reaches_a_frame(project: Project, model: str) -> None:
    (project.folder / "link.json").symlink_to("/etc/hostname")
    project.write(f"states: [{{name: a, model: {model}}}]")
    frame = project.gallery.describe()["frames"][0]
    assert frame["problem"].startswith("model= must be a file of the project")
    with pytest.raises(ServeError, match="must be a file of the project"):
        await project.gallery.open(frame["id"])


async def test_another_thing_model_gives_new_devices(project: Project) -> None:
    project.write("states: [{name: a}]")
    frame = project.frames()["a iphone-x"]
    page = await project.gallery.open(frame)
    (project.folder / "thing-model.json").write_text(
        json.dumps({**MODEL, "properties": MODEL["properties"][:1]}), "utf-8"
    )
    other = await project.gallery.open(frame)
    assert other is not page
    assert other.simulator.transport.bench is not None
    assert len(other.simulator.transport.bench.snapshot()["devices"][other.device_id]["properties"]) == 1


async def test_five_hundred_states_and_none(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devkit.testing.tools.gallery.MOST_WORLDS", 3)
    project.write(
        "states:\n" + "".join(f"- {{name: s{at}, data: {{brightness: {at % 100}}}}}\n" for at in range(500))
    )
    frames = list(project.frames().values())
    assert len(frames) == 500
    pages = [await project.gallery.open(frame) for frame in frames[:6]]
    assert await project.gallery.open(frames[5]) is pages[5]
    assert await project.gallery.open(frames[0]) is not pages[0]
    project.write("states: []")
    assert "list of states" in project.gallery.describe()["problem"]["findings"][0]["message"]
    (project.folder / "shots.yaml").unlink()
    told = project.gallery.describe()
    assert (told["exists"], told["frames"], told["problem"]) == (False, [], None)


async def test_states_are_saved_and_a_first_file_written(project: Project) -> None:
    project.gallery.write_first()
    frame = project.frames()["colour 2 Blue iphone-x"]
    page = await project.gallery.open(frame)
    assert page.simulator.transport.bench is not None
    await page.simulator.transport.bench.report(page.device_id, {"heat": 3.5})
    assert project.gallery.save(page.simulator.transport.bench, page.device_id, "mine") == "mine"
    text = (project.folder / "shots.yaml").read_text("utf-8")
    assert text.endswith("  - name: mine\n    data: {colour: 2, heat: 3.5}\n")
    assert "mine iphone-x" in project.frames()
    with pytest.raises(DevkitError, match="no device"):
        project.gallery.save(page.simulator.transport.bench, "a/b", "x")
    with pytest.raises(DevkitError, match="real device"):
        project.gallery.save(None, "a/b", "x")
