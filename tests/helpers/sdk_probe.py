"""What the SDK answers to each of its members, to be compared between SDKs and between browsers."""

import re
from pathlib import Path
from typing import Any

PROBE = (Path(__file__).parent / "sdk_probe.js").read_text("utf-8").partition("\n;")[2]
VOLATILE = {"RequestId", "reqId", "LastUpdate", "lastUpdate", "stack", "UpdateTime", "CreateTime", "Token"}
RANDOM_IDS = re.compile(r"\b[fr]_[0-9a-f]{32}")


def steady(value: Any) -> Any:
    """Return value without what differs from run to run."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, str):
        return RANDOM_IDS.sub("id", value)
    return [steady(item) for item in value] if isinstance(value, list) else value
