"""A stand-in for `devkit test --json` that tells of two tests at once; with a file `stuck` it never ends."""

STUB = """
import json, sys, time
from pathlib import Path

arguments = sys.argv[1:]
chosen = arguments[arguments.index("--") + 1:]
file = Path.cwd() / "tests" / "test_a.py"


def tell(event, **more):
    print(json.dumps({"event": event, **more}), flush=True)


def outcome(test):
    if test["line"] == 1:
        return {"outcome": "passed"}
    picture = "picture.png" if Path("picture.png").exists() else "/etc/passwd"
    files = {"picture": picture, "trace": "trace.zip"}
    said = {"step": "assert lamp.on", "message": "the lamp is off", "story": "0.1 s report", "line": 9}
    return {"outcome": "failed", **said, **files, "device": {"P/D": {"online": True, "properties": values}}}


values = {f"value_{n}": n for n in range(40)}
every = [
    {"id": f"tests/test_a.py::test_{n}", "path": str(file), "line": n, "name": f"test_{n}"} for n in (1, 2)
]
outside = {"id": "../x.py::test_x", "path": "/etc/x.py", "line": 1, "name": "test_x"}
told = [test for test in every if not chosen or f"{file}::{test['name']}" in chosen]
tell("collected", tests=[*told, *([] if chosen else [outside])])
print("not JSON", flush=True)
tell("broken", id="tests/test_b.py", message="SyntaxError: invalid syntax")
print("said", file=sys.stderr)
if "--collect-only" not in arguments:
    for test in told:
        tell("started", id=test["id"])
        if Path("stuck").exists():
            time.sleep(60)
        tell("finished", id=test["id"], seconds=0.1, **outcome(test))
tell("ended", code=0)
"""
