"""Room for connections: as many open files as are needed, or a message that says how to get them."""

import resource
import subprocess
import sys

import pytest

from devkit.errors import SettingsError
from devkit.web.open_files import make_room

ROOM = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 400))
from devkit.web.open_files import make_room, make_room_if_possible
make_room(150)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
make_room_if_possible(10_000)
print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_the_limit_is_raised_as_far_as_needed_and_allowed() -> None:
    done = subprocess.run([sys.executable, "-c", ROOM], capture_output=True, text=True)
    assert done.stdout.split() == ["250", "400"], done.stderr


def test_more_than_is_allowed_is_told() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard == resource.RLIM_INFINITY:
        return
    with pytest.raises(SettingsError, match="open files"):
        make_room(hard)
