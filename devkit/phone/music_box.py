"""What a user of QQ Music has done: lists marked, songs played."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MAX_PLAYS = 100


@dataclass
class MusicBox:
    """favourites: public lists by id, in the order of marking; plays: newest first, at most 100."""

    favourites: dict[int, None] = field(default_factory=dict)
    plays: list[dict[str, Any]] = field(default_factory=list)

    def note(self, play: dict[str, Any]) -> None:
        """Put a play in front; an earlier one of the same thing goes."""
        same = (play["Type"], play["Id"])
        self.plays = [play, *(item for item in self.plays if (item["Type"], item["Id"]) != same)][:MAX_PLAYS]
