"""qqMusic: its calls on the invented catalogue, behind a login that the mini program keeps.

Source: the platform's H5 panel guide, "SDK / Music"; the platform's own actions for it are not public.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from devkit.errors import CloudApiError, SdkMethodError
from devkit.json_types import JSON
from devkit.language import _
from devkit.phone import music_library as library
from devkit.sdk.methods.arguments import Args, Members, options
from devkit.sdk.methods.music_finds import (
    LATEST,
    NOT_FOUND,
    REGIONS,
    newest,
    one_of,
    page_of,
    search_music,
    search_singer_list,
    singer,
    singer_list,
    video_list,
    videos,
    whole,
)
from devkit.sdk.methods.navigation import open_page
from devkit.timeline.kinds import SongListSync

if TYPE_CHECKING:
    from devkit.sdk.session import Session

NOT_LOGGED_IN = "InvalidParameterValue.OAuthClientNotExist"
AUTH_PAGE = "/pages/Device/QQMusicAuth/QQMusicAuth"
SONG_TOPIC = "qqMusic/songList"
ADD, REMOVE, FAVOURITES = 1, 2, 3
ALL, SONG, ALBUM, LIST = 1, 2, 3, 4
TABS = {SONG: "Song", ALBUM: "Album", LIST: "Playlist"}
TYPE_NAMES = {SONG: "歌曲", ALBUM: "专辑", LIST: "歌单"}
Handler = Callable[["Session", Args], Any]


def _by(field: str, wanted: object) -> list[Args]:
    """Return the songs with some ids, in the order asked for; unknown ones are left out."""
    known = {song[field]: song for song in library.songs()}
    return [known[item] for item in wanted if item in known] if isinstance(wanted, list) else []


def song_info_batch(_session: Session, asked: Args) -> object:
    """Return songs by SongMids, else by SongIds; unknown ones are left out."""
    mids = asked.get("SongMids")
    found = _by("SongMid", mids) if mids else _by("SongId", asked.get("SongIds"))
    return [library.shaped("QQMusicSongInfo", song) for song in found]


def lyric(_session: Session, asked: Args) -> object:
    """Return a lyric by SongMid, else by SongId."""
    return library.record("lyric", library.song_values(library.songs().index(_song(asked))))


def _song(asked: Args) -> Args:
    found = _by("SongMid", [asked.get("SongMid")]) or _by("SongId", [asked.get("SongId")])
    if not found:
        raise CloudApiError(
            NOT_FOUND, _(f"There is no song {asked.get('SongMid') or asked.get('SongId')!r}.")
        )
    return found[0]


def new_track(_session: Session, asked: Args) -> object:
    """Return the new songs of a region, or the latest of all, the newest first."""
    tag = one_of(asked, "Tag", (*REGIONS, LATEST))
    pairs = zip(library.rows("songs"), library.songs(), strict=True)
    found = [song for row, song in pairs if tag in (LATEST, row["tag"])]
    return [library.shaped("QQMusicSongInfo", song) for song in newest(found)]


def self_song_list(_session: Session, __: Args) -> object:
    """Return the user's lists."""
    return [library.record("list", library.list_values(row)) for row in library.rows("lists")]


def _list_row(number: object, *tables: str) -> Args:
    found = next((row for table in tables if (row := library.find(table, number))), None)
    if found is None:
        raise CloudApiError(NOT_FOUND, _(f"There is no list {number!r}."))
    return found


def song_list(_session: Session, asked: Args) -> object:
    """Return a page of a list; Page counts from 0."""
    row = _list_row(asked.get("DissId"), "lists", "squares")
    page, size = whole(asked, "Page", 0, 1000, 0), whole(asked, "PageSize", 1, 30, 30)
    part = [library.short_song(song) for song in page_of(library.part_of(row), page, size)]
    return {**library.record("list_page", library.list_values(row)), "SongList": part}


def operate_square_song_list(session: Session, asked: Args) -> object:
    """Add a public list to the favourites, remove it, or return them."""
    favourites = session.simulator.music.favourites
    operation = whole(asked, "Op", ADD, FAVOURITES)
    if operation != FAVOURITES:
        number = _list_row(asked.get("DissId"), "squares")["id"]
        if operation == ADD:
            favourites.setdefault(number, None)
        else:
            favourites.pop(number, None)
    kept = [_list_row(number, "squares") for number in favourites]
    return {"Data": [library.record("list", library.list_values(row)) for row in kept]}


def recent_play(session: Session, asked: Args) -> object:
    """Return what was played after UpdateTime, newest first; the tab of all leaves songs to their own."""
    kind = one_of(asked, "Type", (ALL, SONG, ALBUM, LIST))
    since = whole(asked, "UpdateTime", 0, 2**40, 0)
    plays = [play for play in session.simulator.music.plays if play["LastTime"] > since]
    data: Args = {"All": [], "Song": [], "Album": [], "Playlist": []}
    for play in plays:
        if kind in (ALL, play["Type"]):
            played = _played(play)
            data[TABS[play["Type"]]] += [played] if kind != ALL and played else []
            data["All"] += [_told(play, played)] if kind == ALL else []
    return {"Data": data, "UpdateTime": max((play["LastTime"] for play in plays), default=since)}


def _played(play: Args) -> Args | None:
    """Return the record of what was played; None when the catalogue does not have it."""
    values: Args = {"time": play["LastTime"], "count": play["Count"]}
    if play["Type"] == LIST:
        row = library.find("lists", play["Id"]) or library.find("squares", play["Id"])
        return (
            library.record("played_list", {**library.list_values(row), "time": play["LastTime"]})
            if row
            else None
        )
    field, template = ("SongId", "played_song") if play["Type"] == SONG else ("AlbumId", "played_album")
    index = next((at for at, song in enumerate(library.songs()) if song[field] == play["Id"]), None)
    return None if index is None else library.record(template, {**library.song_values(index), **values})


def _told(play: Args, played: Args | None) -> Args:
    """Return a row of the tab of all."""
    kind, known = play["Type"], played or {}
    comm = {"Title": known.get("Title", ""), "Pic": known.get("Pic", ""), "Count": play["Count"]}
    detail = {
        "Comm": comm,
        "Album": known if kind == ALBUM else {},
        "Playlist": known if kind == LIST else {},
    }
    return {"Type": kind, "TypeName": TYPE_NAMES[kind], "LastTime": play["LastTime"], "Detail": detail}


def report_recent_play(session: Session, asked: Args) -> None:
    """Note that something was played."""
    kind, number = one_of(asked, "Type", (SONG, ALBUM, LIST)), whole(asked, "ResourceId", 1, 2**53)
    session.simulator.music.note(kind, number, int(time.time()))


def homepage_song_list(_session: Session, asked: Args) -> object:
    """Return the shelves of the home page; Type is "200", "500" or both."""
    kinds = str(asked.get("Type") or "200").split(",")
    if not set(kinds) <= {"200", "500"}:
        raise CloudApiError(
            "InvalidParameterValue", _(f"Type must be 200, 500 or both, not {asked['Type']!r}.")
        )
    cards = [library.record("card", library.list_values(row)) for row in library.rows("squares")]
    own = [library.record("recommended", row) for row in library.rows("lists")]
    return {
        "ShelfArr": [{"Title": "歌单推荐", "CardArr": cards}] if "500" in kinds else [],
        "RcItemArr": own if "200" in kinds else [],
    }


def top_list(_session: Session, __: Args) -> object:
    """Return the groups of rankings, each ranking with its first songs."""
    rankings = []
    for row in library.rows("rankings"):
        first = enumerate(library.part_of(row)[:3], 1)
        songs = [{"Rank": rank, **library.shaped("TopListSong", song)} for rank, song in first]
        ranking = library.record("ranking", library.list_values(row))
        rankings.append({**library.shaped("TopList", ranking), "SongList": songs})
    return [{"GroupId": 0, "GroupName": "巅峰榜", "GroupType": 0, "GroupTopList": rankings}]


def top_list_info(_session: Session, asked: Args) -> object:
    """Return a page of a ranking; Page counts from 0."""
    row = library.find("rankings", asked.get("TopId"))
    if row is None:
        raise CloudApiError(NOT_FOUND, _(f"There is no ranking {asked.get('TopId')!r}."))
    page, size = whole(asked, "Page", 0, 1000, 0), whole(asked, "PageSize", 1, 50, 20)
    part = page_of(library.part_of(row), page, size)
    shown = [library.shaped("TopListInfoSong", {**song, "TopRankIncrease": 0}) for song in part]
    ranking = library.record("ranking", library.list_values(row))
    return {**library.shaped("DescribeTopListInfoResp", ranking), "SongList": shown}


def free_song_list(_session: Session, __: Args) -> object:
    """Return the groups of songs that need no login; SongToken opens one."""
    row = library.free_zone()
    songs = [
        library.shaped("FreeSong", {**song, "SongToken": f"free-{song['SongId']}"})
        for song in library.part_of(row)
    ]
    return [{**library.record("free", row), "SongList": songs}]


def free_song_info(_session: Session, asked: Args) -> object:
    """Return a free song by its token."""
    if asked.get("SongToken") != f"free-{asked.get('SongId')}":
        raise CloudApiError("InvalidParameterValue.SongToken", _("The SongToken does not fit the SongId."))
    return library.shaped("QQMusicFreeSongInfo", _song({"SongId": asked.get("SongId")}))


def radio(_session: Session, __: Args) -> object:
    """Return the songs of the personal radio."""
    return [library.shaped("QQMusicIndividualRadioSongItem", song) for song in library.songs()[3::4]]


def daily_songs(_session: Session, __: Args) -> object:
    """Return the 30 songs of the day."""
    traces = dict.fromkeys(("Abt", "Cmd", "Tf", "Trace", "UniqueTraceId"), "")
    songs = [library.shaped("QQMusicDailySongItem", song) for song in library.songs()[:30]]
    return [{**song, "Extra": traces} for song in songs]


async def auth_status(session: Session) -> object:
    """Tell whether the user logged in to QQ Music."""
    return session.simulator.mini_program.qq_music_login


async def go_auth_page(session: Session) -> None:
    """Open the login page; coming back from it counts as logged in."""
    session.simulator.mini_program.qq_music_pending = True
    await open_page(session, f"{AUTH_PAGE}?deviceId={session.device_id}")


async def sync_song_list(session: Session, value: object) -> None:
    """Send a play list to the device."""
    _need_login(session)
    asked = options("qqMusic.syncSongList", value)
    if not isinstance(asked.get("SongList"), list):
        raise SdkMethodError(
            _("qqMusic.syncSongList needs SongList as a list."), code="devkit.InvalidArgument"
        )
    session.simulator.timeline.record(SongListSync(session.device_id, asked))
    bench = session.simulator.transport.bench
    if bench is not None:
        await bench.message(session.device_id, SONG_TOPIC, asked)


def _need_login(session: Session) -> None:
    if not session.simulator.mini_program.qq_music_login:
        raise CloudApiError(NOT_LOGGED_IN, "请先登录QQ音乐")


def _call(name: str, handler: Handler, *, login: bool = True) -> Callable[..., Awaitable[Any]]:
    async def method(session: Session, value: JSON) -> object:
        if login:
            _need_login(session)
        return handler(session, options(name, value))

    return method


_WITH_LOGIN: Mapping[str, Handler] = {
    "describeSongInfoBatch": song_info_batch,
    "describeLyric": lyric,
    "describeNewTrack": new_track,
    "describeSelfSongList": self_song_list,
    "describeSongList": song_list,
    "operateSquareSongList": operate_square_song_list,
    "describeMVList": video_list,
    "describeMV": videos,
    "searchMusic": search_music,
    "searchSingerList": search_singer_list,
    "describeSingerList": singer_list,
    "describeSinger": singer,
    "describeRecentPlay": recent_play,
    "reportRecentPlay": report_recent_play,
    "describeHomepageSongList": homepage_song_list,
    "describeIndividualRadio": radio,
    "describeDailySongs": daily_songs,
    "describeTopList": top_list,
    "describeTopListInfo": top_list_info,
}
_WITHOUT_LOGIN: Mapping[str, Handler] = {
    "describeFreeSongList": free_song_list,
    "describeFreeSongInfo": free_song_info,
}
METHODS: Members = {
    "qqMusic.getAuthStatus": auth_status,
    "qqMusic.goAuthPage": go_auth_page,
    "qqMusic.syncSongList": sync_song_list,
    **{f"qqMusic.{name}": _call(f"qqMusic.{name}", handler) for name, handler in _WITH_LOGIN.items()},
    **{
        f"qqMusic.{name}": _call(f"qqMusic.{name}", handler, login=False)
        for name, handler in _WITHOUT_LOGIN.items()
    },
}
