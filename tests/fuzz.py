"""Fuzz one reader of input from outside with atheris: python -m tests.fuzz TARGET [libFuzzer's options].

`make fuzz` installs atheris and gives the front of the proxy, the link and the MQTT broker five minutes each.
What makes a target fail is written to a file crash-…: try it again by its name as an option, add it to SEEDS.
"""

import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]

with atheris.instrument_imports(include=["devkit"]):
    from tests.helpers.outside import SEEDS, TARGETS


def main() -> None:
    """Run until a time limit among the options, or a failure."""
    if len(sys.argv) < 2 or sys.argv[1] not in TARGETS:
        sys.exit(f"Which target? One of {', '.join(TARGETS)}.")
    name = sys.argv.pop(1)
    corpus = Path(".fuzz") / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup([*sys.argv, str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
