import traceback
from types import SimpleNamespace

import pytest

from devkit.cli.commands.test import _suggest
from devkit.errors import PropertyValueError
from devkit.model import ThingModel
from devkit.testing.run.frames import end_at_the_test
from devkit.testing.run.report import decisive_line


def frames_of(error: BaseException) -> list[str]:
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def test_an_expected_failure_ends_in_the_test() -> None:
    def in_the_test() -> None:
        ThingModel().property("nope")

    with pytest.raises(PropertyValueError) as caught:
        in_the_test()
    assert len(frames_of(caught.value)) > 2
    end_at_the_test(caught.value)
    assert frames_of(caught.value)[-1] == "in_the_test"


def test_a_mistake_of_the_library_stays_whole() -> None:
    with pytest.raises(AttributeError) as caught:
        ThingModel(properties=(object(),)).property("nope")  # type: ignore[arg-type]
    whole = frames_of(caught.value)
    end_at_the_test(caught.value)
    assert frames_of(caught.value) == whole


@pytest.mark.parametrize(
    ("message", "line"),
    [
        ("AssertionError: no control reached it.\nWhat happened:", "no control reached it."),
        ('devkit.errors.PropertyValueError: no property "x".\nIts properties: y', 'no property "x".'),
        ("playwright._impl._errors.TimeoutError: Locator.click: too long", "Locator.click: too long"),
        ("assert 5 == 6", "assert 5 == 6"),
    ],
)
def test_the_decisive_line_is_the_first_without_the_class(message: str, line: str) -> None:
    report = SimpleNamespace(longrepr=SimpleNamespace(reprcrash=SimpleNamespace(message=message)))
    assert decisive_line(report) == line  # type: ignore[arg-type]
    assert decisive_line(SimpleNamespace(longrepr=message)) == line  # type: ignore[arg-type]


def test_unknown_options_get_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    _suggest(["tests", "--headles", "--maxfial=2", "--maxfail", "-x"])
    assert capsys.readouterr().err.splitlines() == [
        "There is no option --headles. Did you mean --headed?",
        "There is no option --maxfial. Did you mean --maxfail?",
    ]
