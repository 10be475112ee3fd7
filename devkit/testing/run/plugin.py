"""The pytest plugin: options, the `panel` marker and the fixtures of headless panel tests.

It is loaded by every pytest run of an environment that has devkit, so it imports nothing of devkit until a
test asks for a panel.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from devkit.language import _, marked

if TYPE_CHECKING:
    from devkit.testing.run.session import Labs
    from devkit.testing.world.spec import PanelSpec
    from devkit.testing.world.world import World

MARKER = (
    "panel(js=, css=, model=, product_id=, device=, data=, online=, share=, mock=, ultrafast=, props=, "
    "path=, query=, locale=, timezone=, viewport=, scale=, touch=, user_agent=, color_scheme=, network=, "
    "peripherals=, bluetooth=, errors=, timeout=): how the panel of a test is opened."
)
BLUETOOTH = frozenset({"virtual_peripheral", "new_peripheral", "bluetooth"})
WORLD: pytest.StashKey[World] = pytest.StashKey()
LABS: pytest.StashKey[Labs] = pytest.StashKey()
FAILED: pytest.StashKey[bool] = pytest.StashKey()

OPTIONS = (
    ("browser-path", "PATH", marked("Browser to use: the only one of --browser, else Chromium.")),
    ("browser-ws", "URL[,URL]", marked("Playwright server, or several, whose browsers to use.")),
    ("js", "FILE", marked("Built panel to test, in place of the project's sources.")),
    ("css", "FILE", marked("Style sheet of the built panel.")),
    ("model", "FILE", marked("Thing model, in place of the project's.")),
    (
        "devices",
        "NAME[,NAME]",
        marked("Run every panel test on these devices, such as iphone-15,375x667:dark:en-US."),
    ),
    (
        "timeout",
        "SECONDS",
        marked("How long to wait for the panel and for what a test expects (default: 5)."),
    ),
    ("shard", "PART/PARTS", marked("Run one part of the tests, such as 3/8; its results go to test-shards.")),
    ("report", "FILE", marked("Write an HTML report with screenshots.")),
    ("events", "DESCRIPTOR", marked("Write a JSON object a line to this file descriptor.")),
    ("coverage", "FILE", marked("Write which lines of the sources ran, as lcov, and print a table.")),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, all of which begin with --panel-."""
    group = parser.getgroup("devkit", _("panels (devkit)"))
    for name, metavar, text in OPTIONS:
        group.addoption(f"--panel-{name}", metavar=metavar, default="", help=_(text))
    group.addoption(
        "--panel-trace",
        choices=("off", "on", "retain-on-failure"),
        default="off",
        help=_("Keep Playwright traces of panels in the folder of --output."),
    )
    group.addoption(
        "--panel-durations", action="store_true", help=_("Keep how long each test took, for --panel-shard.")
    )
    group.addoption(
        "--panel-update-snapshots", action="store_true", help=_("Keep the screenshots as they are now.")
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and the report and coverage when they are asked for."""
    config.addinivalue_line("markers", MARKER)
    if timeout := config.getoption("--panel-timeout"):
        _let_playwright_wait(_seconds(timeout))
    if (engines := _engines(config)) != ("chromium",):
        from devkit.testing.run.browsers import check_engines

        check_engines(config, engines)
    is_worker = hasattr(config, "workerinput")
    if any(map(config.getoption, ("--panel-shard", "--panel-browser-ws", "--panel-durations"))):
        from devkit.testing.farm.sharing import share_out

        share_out(config, is_worker=is_worker)
    if config.getoption("--panel-report") and not is_worker:
        from devkit.testing.run.report import RunReport

        config.pluginmanager.register(RunReport(Path(config.getoption("--panel-report"))), "devkit-report")
    if config.getoption("--panel-events") and not is_worker:
        from devkit.testing.tools.events import RunEvents

        config.pluginmanager.register(RunEvents(int(config.getoption("--panel-events"))), "devkit-events")
    if config.getoption("--panel-coverage"):
        from devkit.testing.run.coverage import Coverage

        config.pluginmanager.register(Coverage(config), "devkit-coverage")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run panel tests once per device of --panel-devices, and per browser when there are several."""
    names = [name for name in metafunc.config.getoption("--panel-devices").split(",") if name]
    if names and "panel_preset" in metafunc.fixturenames:
        metafunc.parametrize("panel_preset", names, indirect=True)
    engines = _engines(metafunc.config)
    if len(engines) > 1 and "panel_engine" in metafunc.fixturenames:
        metafunc.parametrize("panel_engine", engines, indirect=True, scope="session")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse wrong arguments of the marker before anything is started for the test."""
    if item.get_closest_marker("panel") is not None:
        with _plain_errors():
            _marked_spec(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test whose panel did what panels must not do, even when the test saw nothing of it."""
    try:
        result = yield
    except Exception as error:
        if not item.config.getoption("fulltrace"):
            from devkit.testing.run.frames import end_at_the_test

            end_at_the_test(error)
        raise
    world = item.stash.get(WORLD, None)
    if world is not None:
        from devkit.testing.expect.expectations import hold_problems

        with _plain_errors():
            world.lab.run(hold_problems(world))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the timeline, a busy panel's stack and a screenshot to a failed test."""
    report = yield
    world = item.stash.get(WORLD, None)
    if world is not None and call.when in ("setup", "call"):
        item.stash[FAILED] = report.failed
        from devkit.testing.run.artifacts import attach

        attach(world, item, report)
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Close what fixtures of the session have left open."""
    labs = session.config.stash.get(LABS, None)
    if labs is not None:
        labs.close()


@pytest.fixture(scope="session")
def panel_labs(request: pytest.FixtureRequest) -> Iterator[Labs]:
    """The browser and the built panels of this run."""
    from devkit.testing.run.session import Labs, Options

    def playwright() -> Any:
        return request.getfixturevalue("playwright")

    def launch_args() -> Any:
        return request.getfixturevalue("browser_type_launch_args")

    labs = Labs(Options.read(request.config, _engines(request.config)), playwright, launch_args)
    with _plain_errors():
        playwright()  # so that it is torn down after the labs
    request.config.stash[LABS] = labs
    yield labs
    labs.close()


@pytest.fixture(scope="session")
def panel_engine(request: pytest.FixtureRequest) -> str:
    """Name of the browser that the panel is shown in; set by --browser."""
    return str(getattr(request, "param", "")) or _engines(request.config)[0]


@pytest.fixture
def panel_preset(request: pytest.FixtureRequest) -> str:
    """Name of the device that the panel is shown on; set by --devices."""
    return str(getattr(request, "param", ""))


@pytest.fixture
def panel_world(
    request: pytest.FixtureRequest, panel_labs: Labs, panel_engine: str, panel_preset: str
) -> Iterator[World]:
    """Everything around the panels of one test: cloud, devices, users."""
    from devkit.testing.expect.expectations import enter, leave
    from devkit.testing.run.project import find_project

    with _plain_errors():
        spec = _marked_spec(request.node, panel_preset)
        lab = panel_labs.lab(find_project(request.path.parent), panel_engine)
        world: World = lab.run(lab.world(spec, travels="clock" in request.fixturenames))
        if BLUETOOTH.intersection(request.fixturenames):
            world.open_air()
    world.test = request.node.nodeid
    world.folder = request.path.parent
    request.node.stash[WORLD] = world
    enter(world)
    yield world
    leave(world)
    lab.run(world.aclose(failed=request.node.stash.get(FAILED, False)))


@pytest.fixture
def panel(panel_world: World) -> Any:
    """The panel, loaded in a fresh page; whatever it lacks itself is Playwright's Page."""
    with _plain_errors():
        return panel_world.lab.view(panel_world.lab.run(panel_world.open_panel()))


@pytest.fixture
def virtual_device(panel_world: World) -> Any:
    """The device that the panel controls."""
    return panel_world.lab.view(panel_world.device)


@pytest.fixture
def virtual_devices(panel_world: World) -> dict[str, Any]:
    """Every device of the home by productId/deviceName: a gateway's sub-devices and those of a group, too."""
    return {name: panel_world.lab.view(device) for name, device in panel_world.devices.items()}


@pytest.fixture
def real_device(panel_world: World) -> Callable[..., Any]:
    """Let firmware be the device: real_device(sys.executable, "lamp.py") starts a program.

    real_device(host="192.168.1.20", port=1883) waits for a board. wait: seconds until it listens to controls.
    """

    def connect(
        *program: str,
        device: object = None,
        host: str = "127.0.0.1",
        port: int = 0,
        wait: float = 20,
        **more: Any,
    ) -> Any:
        from devkit.testing.page.handle import core_of
        from devkit.testing.world.firmware import real_device

        async def connected() -> Any:
            found = await real_device(panel_world, core_of(device) or panel_world.device, host, port)
            await (found.start(*program, wait=wait, **more) if program else found.wait(wait))
            return found

        with _plain_errors():
            return panel_world.lab.view(panel_world.lab.run(connected()))

    return connect


@pytest.fixture
def virtual_peripheral(panel_world: World) -> Any:
    """The Bluetooth device around: the first of devkit.toml, or of the panel marker's peripherals=[...]."""
    with _plain_errors():
        return panel_world.lab.view(panel_world.air.first())


@pytest.fixture
def new_peripheral(panel_world: World) -> Callable[..., Any]:
    """Put another Bluetooth device on the air: new_peripheral(Thermometer), an object, or file.py:Class."""

    def add(kind: Any, **about: Any) -> Any:
        with _plain_errors():
            return panel_world.lab.view(panel_world.lab.run(panel_world.air.add(kind, **about)))

    return add


@pytest.fixture
def bluetooth(panel_world: World) -> Any:
    """The Bluetooth of the phones: bluetooth.set_power(False)."""
    return panel_world.lab.view(panel_world.air.phones)


@pytest.fixture
def cloud_emulator(panel_world: World) -> Any:
    """The cloud: faults on demand, and what was asked of it."""
    return panel_world.lab.view(panel_world.cloud)


@pytest.fixture
def mini_program(panel: Any) -> Any:
    """The mini program around the panel."""
    return panel.mini_program


@pytest.fixture
def sdk_calls(panel: Any) -> Callable[..., list[Any]]:
    """The SDK calls of the panel: sdk_calls() is every (member, arguments), sdk_calls(name) the arguments."""

    def calls(member: str = "") -> list[Any]:
        panel.settle()
        made = panel.sdk_calls
        return [args for name, args in made if name == member] if member else made

    return calls


@pytest.fixture
def clock(panel_world: World) -> Any:
    """Time: clock.advance(minutes=5) moves pages, emulator and devices together."""
    return panel_world.lab.view(panel_world.clock)


@pytest.fixture
def new_panel(panel_world: World) -> Callable[..., Any]:
    """Open the panel on another phone: new_panel(), new_panel(user="anna"), new_panel(device=lamp)."""

    def open_panel(*, device: object = None, user: str = "") -> Any:
        from devkit.testing.page.handle import core_of

        with _plain_errors():
            lab = panel_world.lab
            return lab.view(lab.run(panel_world.open_panel(device=core_of(device), user=user)))

    return open_panel


@pytest.fixture
def new_device(panel_world: World) -> Callable[..., Any]:
    """Put another device into the home: new_device("lamp2", data={"power_switch": 1})."""

    def add(name: str, **about: Any) -> Any:
        with _plain_errors():
            return panel_world.lab.view(panel_world.lab.run(panel_world.add_device(name, **about)))

    return add


class _plain_errors:  # noqa: N801  used as a statement
    """Turn devkit's own errors into failures without a traceback: the message says it all."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        __tracebackhide__ = True
        from devkit.errors import DevkitError

        if isinstance(error, DevkitError):
            raise pytest.fail.Exception(str(error), pytrace=False) from None


def _marked_spec(item: Any, preset_name: str = "") -> PanelSpec:
    """Return what the markers of a test ask for; the nearest marker wins, then the device of the matrix.

    Errors: SettingsError.
    """
    from devkit.errors import SettingsError
    from devkit.testing.run.presets import preset
    from devkit.testing.world.spec import PanelSpec

    spec = PanelSpec()
    timeout = item.config.getoption("--panel-timeout")
    if timeout:
        spec = spec.replace(timeout=_seconds(timeout))
    for marker in reversed(list(item.iter_markers("panel"))):
        if marker.args:
            raise SettingsError(
                _(f"panel(): arguments need names, and {marker.args[0]!r} has none."),
                _('Write for example @pytest.mark.panel(data={"power_switch": 1}).'),
            )
        spec = spec.replace(**marker.kwargs)
    return spec.replace(**preset(preset_name)) if preset_name else spec


def _let_playwright_wait(seconds: float) -> None:
    """Let its `expect` wait as long as devkit's do."""
    from playwright import async_api, sync_api

    for expect in (async_api.expect, sync_api.expect):
        expect.set_options(timeout=seconds * 1000)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise pytest.UsageError(_(f"--panel-timeout must be a number of seconds, not {text!r}.")) from None


def _engines(config: pytest.Config) -> tuple[str, ...]:
    """Return the browsers of --browser, which pytest-playwright adds; Chromium when there are none."""
    return tuple(dict.fromkeys(config.getoption("--browser", default=()))) or ("chromium",)
