"""The invented songs, singers, lists and videos of music.json, as records of the document's types."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

Record = dict[str, Any]
QUALITIES = ("", "Standard", "Hq", "Sq", "Xq", "Dolby", "Pq")
LEVELS = ("FQ", "STANDARD", "HQ", "SQ", "XQ", "DOLBY", "FLYRA", "ATMOS")
TRIAL, BLOCKED = 2, 3


@functools.cache
def _data() -> Any:
    return json.loads((resources.files("devkit.phone") / "music.json").read_text("utf-8"))


def rows(name: str) -> list[Record]:
    """Return the rows of a table of music.json."""
    found: list[Record] = _data()[name]
    return found


def free_zone() -> Record:
    """Return the row of the songs that need no login."""
    found: Record = _data()["free"]
    return found


def find(name: str, number: object) -> Record | None:
    """Return the row with an id."""
    return next((row for row in rows(name) if row["id"] == number), None)


def record(template: str, values: Mapping[str, Any]) -> Record:
    """Return a record of a template of music.json with values in it.

    A field that is nothing but {name} takes the value itself, {name}! its text.
    """
    filled: Record = _fill(_data()["templates"][template], values)
    return filled


def _fill(part: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(part, dict):
        return {name: _fill(inner, values) for name, inner in part.items()}
    if isinstance(part, list):
        return [_fill(inner, values) for inner in part]
    if not isinstance(part, str) or "{" not in part:
        return part
    if part.startswith("{") and part.find("}") in (len(part) - 1, len(part) - 2):
        value = values[part.strip("{}!")]
        return str(value) if part.endswith("!") else value
    return part.format_map(values)


def shaped(kind: str, whole: Mapping[str, Any]) -> Record:
    """Return the fields that a type of music.json has, of a record that has at least these."""
    pairs = (word.partition("=") for word in str(_data()["types"][kind]).split())
    return {name: whole[old or name] for name, _, old in pairs}


def singer_values(index: int) -> Record:
    """Return what templates take of a singer."""
    songs = [row for row in rows("songs") if row["singer"] == index]
    row = rows("singers")[index]
    identity = {"singer_id": 4100 + index, "singer_mid": f"singer{index}", "singer_name": row["name"]}
    return {**row, **identity, "songs": len(songs), "albums": 2}


@functools.cache
def song_values(index: int) -> Record:
    """Return what templates take of song number index, from 0; times in s."""
    row = rows("songs")[index]
    mid, host, state = f"0{index:02d}Inv3ntedSong", _data()["host"], row["state"]
    video = next((number for number, item in enumerate(rows("videos")) if item["song"] == index), None)
    best = 0 if state else row["best"] + 1
    values: Record = {**row, **singer_values(row["singer"])}
    for level, name in enumerate(QUALITIES):
        has = level < best
        values[f"url{name}"] = f"{host}/play/{mid}{'.' * bool(name)}{name.lower()}.m4a" if has else ""
        values[f"size{name}"] = (level + 1) * 1_600_000 + index * 1000 if has else 0
    album = index // (len(rows("songs")) // len(_data()["albums"]))
    return {
        **values,
        **{f"play_{name}": int(level < best) for level, name in enumerate(LEVELS)},
        "id": 100_001 + index,
        "mid": mid,
        "vip": int(state == TRIAL),
        "playable": int(state != BLOCKED),
        "sample": int(state != BLOCKED),
        "sample_url": "" if state == BLOCKED else f"{host}/try/{mid}.m4a",
        "message": _data()["states"].get(str(state), ""),
        "album_id": 7000 + album,
        "album_mid": f"album{album}",
        "album_name": _data()["albums"][album],
        "mv_id": 0 if video is None else 9000 + video,
        "mv_vid": "" if video is None else f"v{video:04d}inv",
    }


@functools.cache
def songs() -> tuple[Record, ...]:
    """Return every song with all its fields."""
    return tuple(record("song", song_values(index)) for index in range(len(rows("songs"))))


def short_song(song: Mapping[str, Any]) -> Record:
    """Return a song as lists have it."""
    return {**shaped("QQMusicSongInDiss", song), "QQMusicFlag": 1, "OpiPlayFlag": 0, "SongType": 0}


def part_of(row: Mapping[str, Any]) -> Sequence[Record]:
    """Return the songs of a list or ranking."""
    first, end = row["songs"]
    return songs()[first:end]


def list_values(row: Mapping[str, Any]) -> Record:
    """Return what templates take of a list or ranking."""
    count = len(part_of(row))
    return {**row, "count": count, "listened": count * 31, "own": int(row in rows("lists"))}


def video_values(index: int) -> Record:
    """Return what templates take of video number index."""
    row = rows("videos")[index]
    return {**singer_values(row["singer"]), **row, "id": 9000 + index, "vid": f"v{index:04d}inv"}
