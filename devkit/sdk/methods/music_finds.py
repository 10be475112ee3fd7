"""qqMusic: what is searched for: songs and all else by words, singers, videos.

Source: the platform's H5 panel guide, "SDK / Music".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from devkit.errors import CloudApiError
from devkit.language import _
from devkit.phone import music_library as library
from devkit.sdk.methods.arguments import Args

if TYPE_CHECKING:
    from devkit.sdk.session import Session

NOT_FOUND = "ResourceNotFound.MusicResourceNotExist"
SONGS, ALBUMS, VIDEOS, RADIOS = SEARCH_TYPES = (0, 8, 12, 15)
REGIONS = (12, 9, 13, 3, 8)
LATEST, RECOMMENDED, EVERY = 1, 0, -100
AREAS = (EVERY, 200, 2, 3, 4, 5)
SEXES = (EVERY, 0, 1, 2)
GENRES = (EVERY, 1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 19, 20, 25)


def whole(asked: Args, name: str, low: int, high: int, default: int | None = None) -> int:
    """Return a number parameter within bounds."""
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CloudApiError(
            "InvalidParameterValue", _(f"{name} must be a number from {low} to {high}, not {value!r}.")
        )
    return value


def one_of(asked: Args, name: str, choices: Sequence[int], default: int | None = None) -> int:
    """Return a number parameter that is one of some."""
    value = asked.get(name, default)
    if isinstance(value, bool) or value not in choices:
        raise CloudApiError("InvalidParameterValue", _(f"{name} must be one of {choices}, not {value!r}."))
    return int(str(value))


def page_of(items: Sequence[Any], page: int, size: int) -> list[Any]:
    """Return a page, counted from 0."""
    return list(items[page * size : (page + 1) * size])


def newest(items: list[Args]) -> list[Args]:
    """Return songs by their time."""
    return sorted(items, key=lambda item: str(item["PublicTime"]), reverse=True)


def video_list(_session: Session, asked: Args) -> object:
    """Return the videos of a region, or the recommended: the newest (0) or the hottest (1) first."""
    kind = one_of(asked, "MVType", (0, 1), 0)
    tag = one_of(asked, "MVTag", (RECOMMENDED, *REGIONS), RECOMMENDED)
    values = [library.video_values(index) for index in range(len(library.rows("videos")))]
    wanted = [item for item in values if tag in (RECOMMENDED, item["tag"])]
    wanted.sort(key=lambda item: item["plays"] if kind else item["public"], reverse=True)
    return [library.record("video", item) for item in wanted]


def videos(_session: Session, asked: Args) -> object:
    """Return videos by MVVids, else by MVIds."""
    wanted = asked.get("MVVids") or asked.get("MVIds") or []
    field = "MvVid" if asked.get("MVVids") else "MvId"
    infos = [
        library.record("video_info", library.video_values(index))
        for index in range(len(library.rows("videos")))
    ]
    known = {info[field]: info for info in infos}
    return [known[item] for item in wanted if item in known] if isinstance(wanted, list) else []


def _hits(kind: int, word: str) -> list[Args]:
    """Return what a search finds, all in the one record of results.

    That of songs is printed; what the others have in it is unverified.
    Source: docs/reference/sdk-members.md "qqMusic: result types printed in the document", SearchMusicResp.
    """
    hit = library.record("hit", {})
    found = [song for song in library.songs() if word in song["SongName"] + song["SingerName"]]
    if kind == SONGS:
        return [{**hit, **library.short_song(song), "SingerId": str(song["SingerId"])} for song in found]
    if kind == ALBUMS:
        named = {song["AlbumId"]: song for song in library.songs() if word in song["AlbumName"]}
        fields = ("AlbumId", "AlbumMid", "AlbumName", "SingerMid", "SingerName")
        return [{**hit, **{name: song[name] for name in fields}} for song in named.values()]
    if kind == VIDEOS:
        values = [library.video_values(index) for index in range(len(library.rows("videos")))]
        return [
            {**hit, "SongId": item["id"], "SongMid": item["vid"], "SongName": item["title"],
             "SongTitle": item["title"], "SingerName": item["singer_name"], "SongPlayTime": item["seconds"]}
            for item in values if word in item["title"] + item["singer_name"]
        ]  # fmt: skip
    return [
        {**hit, "SongId": row["id"], "SongName": row["name"], "SongTitle": row["name"]}
        for row in library.rows("radios") if word in row["name"]
    ]  # fmt: skip


def search_music(_session: Session, asked: Args) -> object:
    """Search songs, albums, videos or radios; Page counts from 1."""
    word = str(asked.get("KeyWord") or "")
    if not word:
        raise CloudApiError("InvalidParameterValue", _("KeyWord is empty."))
    found = _hits(one_of(asked, "SearchType", SEARCH_TYPES, SONGS), word)
    page, size = whole(asked, "Page", 1, 4, 1), whole(asked, "Num", 1, 50, 20)
    items = page_of(found, page - 1, size)
    direct = {"Id": 0, "Type": 0, "Title": "", "SubTitle": "", "Pic": ""}
    singers = [item for item in _singers() if word in item["SingerName"]]
    if singers:
        first = singers[0]
        direct |= {
            "Id": first["SingerId"],
            "Type": 1,
            "Title": first["SingerName"],
            "Pic": first["SingerPic"],
        }
    return {
        "Keyword": word,
        "CurPage": page,
        "CurNum": len(items),
        "TotalNum": len(found),
        "List": items,
        "DirectInfo": direct,
    }


def _singers() -> list[Args]:
    return [
        library.record("singer", library.singer_values(index))
        for index in range(len(library.rows("singers")))
    ]


def search_singer_list(_session: Session, asked: Args) -> object:
    """Search singers; Page counts from 1."""
    word = str(asked.get("Keyword") or "")
    found = [item for item in _singers() if word in item["SingerName"]]
    shown = [library.shaped("QQMusicSearchSingerItem", item) for item in found]
    return page_of(shown, whole(asked, "Page", 1, 2, 1) - 1, whole(asked, "PageSize", 1, 20, 10))


def singer_list(_session: Session, asked: Args) -> object:
    """Return the popular singers of a region, sex and genre; -100 is all of them."""
    area, sex = one_of(asked, "Area", AREAS, EVERY), one_of(asked, "Type", SEXES, EVERY)
    genre = one_of(asked, "Genre", GENRES, EVERY)
    return [
        library.shaped("QQMusicPopularSingerItem", item)
        for row, item in zip(library.rows("singers"), _singers(), strict=True)
        if area in (EVERY, row["area"]) and sex in (EVERY, row["sex"]) and genre in (EVERY, *row["genres"])
    ]


def singer(_session: Session, asked: Args) -> object:
    """Return a singer with songs by time (0) or popularity (1); Page counts from 0."""
    found = next((item for item in _singers() if item["SingerId"] == asked.get("SingerId")), None)
    if found is None:
        raise CloudApiError(NOT_FOUND, _(f"There is no singer {asked.get('SingerId')!r}."))
    songs = [song for song in library.songs() if song["SingerId"] == found["SingerId"]]
    by_time = one_of(asked, "Order", (0, 1), 0) == 0
    songs = newest(songs) if by_time else sorted(songs, key=lambda song: -int(song["Hot"]))
    one_of(asked, "Wiki", (0, 1), 0)
    page, size = whole(asked, "Page", 0, 1000, 0), whole(asked, "PageSize", 1, 50, 20)
    shown = [library.shaped("SingerSong", song) for song in page_of(songs, page, size)]
    return {**library.shaped("QQMusicSingerInfo", found), "SongList": shown}
