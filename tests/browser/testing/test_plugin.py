"""The plugin as its users meet it: pytest in a process of its own, with a real Chromium."""

import pytest

from tests.browser.testing.conftest import EACH_ENGINE, Project
from tests.browser.testing.panels import MODEL_JSON

pytestmark = pytest.mark.browser


@EACH_ENGINE
def test_a_story_reads_and_passes(project: Project) -> None:
    project.tests(
        """
        def test_switch(panel, virtual_device, sdk_calls):
            power = panel.get_by_role("switch")
            expect(power).to_have_attribute("aria-checked", "false")
            power.click()
            expect_control(virtual_device, power_switch=1)
            expect(power).to_have_attribute("aria-checked", "true")
            assert sdk_calls("controlDeviceData") == [[{"power_switch": 1}]]
            power.click()
            expect_control(virtual_device, power_switch=0)
            expect_no_control(virtual_device)
            assert virtual_device.controls == [{"power_switch": 1}, {"power_switch": 0}]

        def test_report_and_status(panel, virtual_device):
            virtual_device.report(brightness=42)
            expect(panel.locator("#bright")).to_have_text("42")
            virtual_device.go_offline()
            expect(panel.locator("#status")).to_have_text("离线")
            assert not virtual_device.online and virtual_device.properties["brightness"] == 42

        def test_action_navigation_and_tip(panel, virtual_device, mini_program):
            panel.locator("#blink").click()
            expect_action(virtual_device, "blink", times=3)
            panel.locator("#detail").click()
            expect_navigation(mini_program, "goDeviceDetailPage", reload=True)
            mini_program.back()
            panel.locator("#tip").click()
            expect_tip("已保存")

        def test_cloud_failure(panel, cloud_emulator, virtual_device):
            cloud_emulator.fail("AppControlDeviceData", code="InternalError", msg="the cloud is down")
            panel.get_by_role("switch").click()
            expect_tip("the cloud is down")
            expect_no_control(virtual_device)
            cloud_emulator.recover()
            panel.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=1)
            assert len(cloud_emulator.calls("AppControlDeviceData")) == 2

        @pytest.mark.panel(data={"power_switch": 1, "brightness": 7}, online=False, locale="en-US",
                           viewport=(320, 568), color_scheme="dark", query={"from": "test"})
        def test_marker(panel, virtual_device):
            expect(panel.get_by_role("switch")).to_have_attribute("aria-checked", "true")
            expect(panel.locator("#status")).to_have_text("离线")
            look = "[navigator.language, innerWidth, location.search.includes('from=test')]"
            assert panel.evaluate(look) == ["en-US", 320, True]
            assert panel.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")

        @pytest.mark.panel(ultrafast=True, share=True)
        def test_ultrafast_share(panel):
            expect(panel.locator("#status")).to_have_text("在线")
            assert panel.evaluate("h5PanelSdk.isShareDevice") is True

        def test_two_phones_one_lamp(panel, new_panel, virtual_device):
            other = new_panel(user="anna")
            other.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=1)
            expect(panel.get_by_role("switch")).to_have_attribute("aria-checked", "true")
            assert panel.sdk_calls != other.sdk_calls

        def test_two_lamps(panel, new_device, new_panel, virtual_device):
            second = new_device("lamp2", data={"brightness": 9})
            other = new_panel(device=second)
            expect(other.locator("#bright")).to_have_text("9")
            other.get_by_role("switch").click()
            expect_control(second, power_switch=1)
            expect_no_control(virtual_device)

        def test_clock(panel, clock, virtual_device):
            before = clock.now_ms
            clock.advance(minutes=5)
            assert int(panel.locator("#time").inner_text()) >= 300
            assert clock.now_ms - before >= 300_000
            assert abs(panel.evaluate("Date.now()") - clock.now_ms) < 2000

        def test_scripted_device(panel, virtual_device):
            virtual_device.ignore_controls()
            panel.get_by_role("switch").click()
            expect_control(virtual_device, power_switch=1)
            assert virtual_device.properties["power_switch"] == 0

        def test_pages_of_the_mini_program(panel, mini_program):
            panel.evaluate("() => { h5PanelSdk.on('pageShow', () => { document.title = 'shown' }) }")
            mini_program.hide_page()
            mini_program.show_page()
            expect(panel.page).to_have_title("shown")
        """
    )
    project.run().assert_outcomes(passed=11)


def test_wrong_arguments_are_told_with_the_nearest_name(project: Project) -> None:
    project.tests(
        """
        @pytest.mark.panel(dta={"power_switch": 1})
        def test_name(panel): pass

        @pytest.mark.panel(viewport="375x812")
        def test_value(panel): pass

        @pytest.mark.panel({"power_switch": 1})
        def test_position(panel): pass

        @pytest.mark.panel(data={"power_swich": 1})
        def test_property(panel): pass

        @pytest.mark.panel(data={"brightness": 101})
        def test_property_value(panel): pass

        def test_expectation(panel, virtual_device):
            expect_control(virtual_device, brightnes=1)

        def test_fault(panel, cloud_emulator):
            cloud_emulator.fail("AppControlDeviceDat")

        def test_the_rest_goes_on(panel): pass
        """
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=2, errors=5)
    result.stdout.fnmatch_lines_random(
        [
            "*there is no argument dta=.*",
            "*Did you mean data=?*",
            "*viewport= must be (width, height), not '375x812'.*",
            "*arguments need names*",
            "*The thing model has no property*power_swich*",
            "*Did you mean power_switch?*",
            "*brightness must be a whole number from 0 to 100, not 101.*",
            "*Did you mean brightness?*",
            "*Did you mean AppControlDeviceData?*",
        ]
    )
    assert "Traceback" not in result.stdout.str()


def test_does_nothing_where_there_is_no_panel(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys
        def test_plain():
            loaded = [name for name in sys.modules if name.startswith(("devkit.", "playwright."))]
            own = {"devkit.language", *(name for name in loaded if "testing" in name)}
            assert not [name for name in loaded if name.startswith("devkit.") and name not in own]
            assert "devkit.testing.page.panel" not in loaded
        """
    )
    pytester.runpytest_subprocess("-p", "no:playwright", "-p", "no:asyncio").assert_outcomes(passed=1)


def test_names_of_pytest_playwright_stay_its_own(project: Project) -> None:
    project.tests(
        """
        def test_both(panel, page):
            page.set_content("<h1>mine</h1>")
            expect(page.get_by_role("heading")).to_have_text("mine")
            expect(panel.get_by_role("heading")).to_have_text("灯")
        """
    )
    (project.path / "conftest.py").write_text(
        "import pytest\n@pytest.fixture(scope='session')\n"
        "def browser_type_launch_args(browser_type_launch_args):\n"
        "    from devkit.testing.run.browsers import launch_options\n"
        "    return launch_options('', extra=browser_type_launch_args)\n"
    )
    project.run().assert_outcomes(passed=1)


def test_a_device_matrix_runs_every_test_on_each(project: Project) -> None:
    project.tests("def test_wide(panel): assert panel.evaluate('innerWidth') in (393, 820)")
    project.run("--panel-devices", "iphone-15,ipad:dark:en-US").assert_outcomes(passed=2)
    result = project.run("--panel-devices", "iphone-51")
    result.stdout.fnmatch_lines_random(["*Did you mean iphone-15?*"])


def test_another_model_may_be_a_mapping(project: Project) -> None:
    (project.path / "other.json").write_text(MODEL_JSON.replace("brightness", "level"), "utf-8")
    project.tests(
        """
        import json
        @pytest.mark.panel(model="other.json", data={"level": 3}, errors="allow")
        def test_file(panel, virtual_device):
            assert virtual_device.properties["level"] == 3

        @pytest.mark.panel(model=json.load(open("other.json")), data={"level": 4}, errors="allow")
        def test_mapping(panel, virtual_device):
            assert virtual_device.properties["level"] == 4
        """
    )
    project.run().assert_outcomes(passed=2)
