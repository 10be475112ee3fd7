"""qqMusic: its calls on the invented catalogue, behind a login that the mini program keeps.

Source: the platform's H5 panel guide, "SDK / Music"; the platform's own actions for it are not public.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from devkit.errors import CloudApiError, SdkMethodError
from devkit.json_types import JSON
from devkit.phone import music_catalogue as catalogue
from devkit.sdk.methods.arguments import Args, Members, options
from devkit.sdk.methods.navigation import open_page
from devkit.timeline.kinds import SongListSync

if TYPE_CHECKING:
    from devkit.sdk.session import Session

NOT_LOGGED_IN = "InvalidParameterValue.OAuthClientNotExist"
NOT_FOUND = "ResourceNotFound.MusicResourceNotExist"
AUTH_PAGE = "/pages/Device/QQMusicAuth/QQMusicAuth"
SONG_TOPIC = "qqMusic/songList"
ADD, REMOVE, FAVOURITES = 1, 2, 3
ALL, SONG, ALBUM, LIST = 1, 2, 3, 4
TYPE_NAMES = {SONG: "歌曲", ALBUM: "专辑", LIST: "歌单"}
SEARCH_TYPES = (0, 8, 12, 15)

Handler = Callable[["Session", Args], Any]


def _number(asked: Args, name: str, low: int, high: int, default: int | None = None) -> int:
    value = asked.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise CloudApiError(
            "InvalidParameterValue", f"{name} must be a number from {low} to {high}, not {value!r}."
        )
    return value


def _page(items: Sequence[Any], page: int, size: int) -> list[Any]:
    return list(items[page * size : (page + 1) * size])


def song_info_batch(_: Session, asked: Args) -> object:
    """Return songs by SongMids, else by SongIds; unknown ones are left out."""
    if asked.get("SongMids"):
        return [catalogue.BY_MID[mid] for mid in asked["SongMids"] if mid in catalogue.BY_MID]
    return [catalogue.BY_ID[number] for number in asked.get("SongIds") or [] if number in catalogue.BY_ID]


def lyric(_: Session, asked: Args) -> object:
    """Return a lyric by SongMid, else by SongId."""
    return catalogue.lyric(_song(asked))


def _song(asked: Args) -> Args:
    found = catalogue.BY_MID.get(asked.get("SongMid", "")) or catalogue.BY_ID.get(asked.get("SongId", 0))
    if found is None:
        raise CloudApiError(NOT_FOUND, f"There is no song {asked.get('SongMid') or asked.get('SongId')!r}.")
    return found


def new_track(_: Session, asked: Args) -> object:
    """Return the new songs of a region."""
    tag = asked.get("Tag")
    if tag not in catalogue.NEW_TAGS:
        raise CloudApiError("InvalidParameterValue", f"Tag must be one of {catalogue.NEW_TAGS}, not {tag!r}.")
    return list(catalogue.SONGS[catalogue.NEW_TAGS.index(tag) :: len(catalogue.NEW_TAGS)])


def self_song_list(_: Session, __: Args) -> object:
    """Return the user's lists."""
    return [
        catalogue.self_list(number, name, len(songs)) for number, (name, songs) in catalogue.LISTS.items()
    ]


def song_list(_: Session, asked: Args) -> object:
    """Return a page of a list; Page counts from 0."""
    number = asked.get("DissId")
    if number not in catalogue.LISTS and number not in catalogue.SQUARE_LISTS:
        raise CloudApiError(NOT_FOUND, f"There is no list {number!r}.")
    return catalogue.song_list(
        number, _number(asked, "Page", 0, 1000, 0), _number(asked, "PageSize", 1, 30, 30)
    )


def operate_square_song_list(session: Session, asked: Args) -> object:
    """Add a public list to the favourites, remove it, or return them."""
    favourites = session.simulator.music.favourites
    operation = _number(asked, "Op", ADD, FAVOURITES)
    number = asked.get("DissId")
    if operation != FAVOURITES and number not in catalogue.SQUARE_LISTS:
        raise CloudApiError(NOT_FOUND, f"There is no list {number!r}.")
    if operation == ADD:
        favourites.setdefault(int(number or 0), None)
    elif operation == REMOVE:
        favourites.pop(int(number or 0), None)
    return {"Data": [catalogue.self_list(item, catalogue.SQUARE_LISTS[item], 10) for item in favourites]}


def video_list(_: Session, asked: Args) -> object:
    """Return videos: the newest, or the hottest."""
    order = range(catalogue.VIDEO_COUNT)
    return [catalogue.video(item) for item in (order if asked.get("MVType") else reversed(order))]


def videos(_: Session, asked: Args) -> object:
    """Return videos by MVVids, else by MVIds."""
    wanted = asked.get("MVVids") or asked.get("MVIds") or []
    field = "MvVid" if asked.get("MVVids") else "MvId"
    known = {info[field]: info for info in map(catalogue.video_info, range(catalogue.VIDEO_COUNT))}
    return [known[item] for item in wanted if item in known]


def search_music(_: Session, asked: Args) -> object:
    """Search titles and singers; Page counts from 1."""
    word = str(asked.get("KeyWord") or "")
    if not word:
        raise CloudApiError("InvalidParameterValue", "KeyWord is empty.")
    if asked.get("SearchType", 0) not in SEARCH_TYPES:
        raise CloudApiError("InvalidParameterValue", f"SearchType must be one of {SEARCH_TYPES}.")
    page, size = _number(asked, "Page", 1, 4, 1), _number(asked, "Num", 1, 50, 20)
    found = [record for record in catalogue.SONGS if word in record["SongName"] + record["SingerName"]]
    part = _page(found, page - 1, size)
    extra = {"MatchLyric": "", "Origin": "", "Author": ""}
    items = [{**catalogue.short_song(item), "SingerId": str(item["SingerId"]), **extra} for item in part]
    direct = {"Id": 0, "Type": 0, "Title": "", "SubTitle": "", "Pic": ""}
    if found:
        first = found[0]
        direct = {
            **direct,
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


def search_singer_list(_: Session, asked: Args) -> object:
    """Search singers; Page counts from 1."""
    word = str(asked.get("Keyword") or "")
    found = [
        item for item in map(catalogue.singer, range(len(catalogue.SINGERS))) if word in item["SingerName"]
    ]
    names = ("SingerId", "SingerMid", "SingerName", "SingerPic")
    shown = [{**{name: item[name] for name in names}, "AlbumNum": "2", "SongNum": "6"} for item in found]
    return _page(shown, _number(asked, "Page", 1, 2, 1) - 1, _number(asked, "PageSize", 1, 20, 10))


def singer_list(_: Session, __: Args) -> object:
    """Return the popular singers."""
    return [catalogue.singer(index) for index in range(len(catalogue.SINGERS))]


def singer(_: Session, asked: Args) -> object:
    """Return a singer with songs; Page counts from 0."""
    index = (
        asked.get("SingerId", 0) - catalogue.singer_id(0) if isinstance(asked.get("SingerId"), int) else -1
    )
    if not 0 <= index < len(catalogue.SINGERS):
        raise CloudApiError(NOT_FOUND, f"There is no singer {asked.get('SingerId')!r}.")
    songs = [record for record in catalogue.SONGS if record["SingerId"] == asked["SingerId"]]
    page, size = _number(asked, "Page", 0, 1000, 0), _number(asked, "PageSize", 1, 50, 20)
    shown = [catalogue.short_song(record) for record in _page(songs, page, size)]
    info = catalogue.singer(index)
    return {**info, "Area": info.pop("Country"), "SongSum": len(songs), "SongList": shown}


def recent_play(session: Session, asked: Args) -> object:
    """Return what was played, newest first."""
    kind = _number(asked, "Type", ALL, LIST)
    since = _number(asked, "UpdateTime", 0, 2**40, 0)
    plays = [play for play in session.simulator.music.plays if play["LastTime"] > since]
    if kind != ALL:
        plays = [play for play in plays if play["Type"] == kind]
    data: Args = {"All": plays if kind == ALL else [], "Song": [], "Album": [], "Playlist": []}
    if kind == SONG:
        data["Song"] = [catalogue.BY_ID[play["Id"]] for play in plays if play["Id"] in catalogue.BY_ID]
    elif kind == LIST:
        data["Playlist"] = [
            catalogue.song_list(play["Id"], 0, 1) for play in plays if play["Id"] in catalogue.LISTS
        ]
    elif kind == ALBUM:
        data["Album"] = [{"AlbumId": play["Id"]} for play in plays]
    return {"Data": data, "UpdateTime": max((play["LastTime"] for play in plays), default=since)}


def report_recent_play(session: Session, asked: Args) -> None:
    """Note that something was played."""
    kind, number = _number(asked, "Type", SONG, LIST), _number(asked, "ResourceId", 1, 2**53)
    detail = {"Comm": {"Id": number}, "Album": {}, "Playlist": {}}
    session.simulator.music.note(
        {
            "Type": kind,
            "TypeName": TYPE_NAMES[kind],
            "Id": number,
            "LastTime": int(time.time()),
            "Detail": detail,
        }
    )


def homepage_song_list(_: Session, asked: Args) -> object:
    """Return the shelves of the home page; Type is "200", "500" or both."""
    kinds = str(asked.get("Type") or "200").split(",")
    cards = [catalogue.card(number) for number in catalogue.SQUARE_LISTS]
    recommended = [
        {"DirId": 0, "DirName": name, "DissId": number, "AlbumPicUrl": f"{catalogue.HOST}/list/{number}.jpg"}
        for number, (name, _songs) in catalogue.LISTS.items()
    ]
    return {
        "ShelfArr": [{"Title": "歌单推荐", "CardArr": cards}] if "500" in kinds else [],
        "RcItemArr": recommended if "200" in kinds else [],
    }


def top_list(_: Session, __: Args) -> object:
    """Return the groups of rankings."""
    rankings = [catalogue.ranking(number, *found) for number, found in catalogue.RANKINGS.items()]
    return [{"GroupId": 0, "GroupName": "巅峰榜", "GroupType": 0, "GroupTopList": rankings}]


def top_list_info(_: Session, asked: Args) -> object:
    """Return a page of a ranking; Page counts from 0."""
    number = asked.get("TopId")
    if number not in catalogue.RANKINGS:
        raise CloudApiError(NOT_FOUND, f"There is no ranking {number!r}.")
    name, songs = catalogue.RANKINGS[number]
    part = _page(songs, _number(asked, "Page", 0, 1000, 0), _number(asked, "PageSize", 1, 50, 20))
    shown = [{**record, "TopRankIncrease": 0} for record in part]
    return {**catalogue.ranking(number, name, songs), "TopDesc": name, "SongList": shown}


def free_song_list(_: Session, __: Args) -> object:
    """Return songs that need no login; SongToken opens one."""
    songs = [{**catalogue.short_song(item), "SongToken": f"free-{item['SongId']}", "Playable": 1,
              "TryPlayable": 1, "UnplayableCode": 0} for item in catalogue.SONGS[:6]]  # fmt: skip
    pic = f"{catalogue.HOST}/free.jpg"
    return {"SongList": songs, "Number": len(songs), "Name": "免登录专区", "Pic": pic, "BannerPic": pic}


def free_song_info(_: Session, asked: Args) -> object:
    """Return a free song by its token."""
    if asked.get("SongToken") != f"free-{asked.get('SongId')}":
        raise CloudApiError("InvalidParameterValue.SongToken", "The SongToken does not fit the SongId.")
    return _song({"SongId": asked.get("SongId")})


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
        raise SdkMethodError("qqMusic.syncSongList needs SongList as a list.", code="devkit.InvalidArgument")
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
    "describeIndividualRadio": lambda _, __: list(catalogue.SONGS[3::4]),
    "describeDailySongs": lambda _, __: list(catalogue.SONGS[:30]),
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
