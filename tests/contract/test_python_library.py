"""The samples of docs/python.md run as they stand, in a scaffolded project."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.scaffolded import scaffold

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
SAMPLES = FENCE.findall((ROOT / "docs" / "python.md").read_text("utf-8"))
PRINTED = {
    "run": r"built \d+ bytes in \d+ ms\nopen http://127\.0\.0\.1:\d+/h5panel/developing\?.*\n",
    "simulator": r"1\n",
    "cloud": r".+\n",
}


@pytest.mark.node
@pytest.mark.parametrize("number", range(len(PRINTED)), ids=list(PRINTED))
def test_samples_run(number: int, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAMPLES[number]],
        cwd=scaffold(tmp_path, "react"),
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "*"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(list(PRINTED.values())[number], done.stdout), done.stdout


def test_every_sample_is_run() -> None:
    assert len(SAMPLES) == len(PRINTED)
