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

    def note(self, kind: int, number: int, time: int) -> None:
        """Put a play in front; an earlier one of the same thing goes, and is counted. time: s."""
        same = [play for play in self.plays if (play["Type"], play["Id"]) == (kind, number)]
        count = same[0]["Count"] + 1 if same else 1
        others = [play for play in self.plays if play not in same]
        newest = {"Type": kind, "Id": number, "LastTime": time, "Count": count}
        self.plays = [newest, *others][:MAX_PLAYS]
