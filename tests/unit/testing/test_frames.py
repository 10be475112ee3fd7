import traceback

import pytest

from devkit.cli.commands.test import _suggest
from devkit.errors import PropertyValueError
from devkit.model import ThingModel
from devkit.testing.run.frames import end_at_the_test


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


def test_unknown_options_get_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    _suggest(["tests", "--headles", "--maxfial=2", "--maxfail", "-x"])
    assert capsys.readouterr().err.splitlines() == [
        "There is no option --headles. Did you mean --headed?",
        "There is no option --maxfial. Did you mean --maxfail?",
    ]
