"""KuGou music: one action with sub-commands, on a small catalogue of invented songs.

The document shows neither the fields of KugouParams nor those of Data; the ones here are invented.
Source: docs/reference/app-api.yaml actions.AppKugouUserCommand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from devkit.cloud.api.call import Answer, Call
from devkit.cloud.store.schema import MUSIC, PRODUCTS, MusicRow
from devkit.language import _

JSON = Any
SERVICE = "KuGou"
PAGE = 30
NO_SUCH_LIST, NO_SUCH_SONG = 20001, 20002
SONGS = tuple(
    {
        "song_id": str(5000 + number),
        "song_name": name,
        "singer_name": singer,
        "album_name": album,
        "duration": seconds,
    }
    for number, (name, singer, album, seconds) in enumerate(
        (
            ("Paper Lanterns", "Mo Wan", "Night Ferry", 214),
            ("Salt and Tea", "Mo Wan", "Night Ferry", 187),
            ("The Slow Train West", "Three Gates", "Timetable", 243),
            ("Rain on Tin", "Three Gates", "Timetable", 201),
            ("Kite Weather", "Ah Lin", "Small Hours", 176),
            ("Blue Kettle", "Ah Lin", "Small Hours", 158),
        )
    )
)
PLAYLISTS = {"9001": ("Evening", (0, 1, 4)), "9002": ("On the road", (2, 3)), "9003": ("Quiet", (1, 4, 5))}


class _NoSuch(Exception):  # noqa: N818  becomes ErrorCode and ErrorMsg of the answer
    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def user_command(call: Call) -> Answer:
    """Perform a sub-command; ErrorCode 0 and ErrorMsg "" mean success.

    Errors: UnauthorizedOperation.APPNoPermissionToStudioProduct when the product does not offer KuGou.
    """
    product_id = call.params["DeviceId"].partition("/")[0]
    product = call.tx.get(PRODUCTS, product_id)
    if product is None:
        call.refuse("product", _(f"There is no product {product_id}."))
    call.usable_device()
    if SERVICE not in product["services"]:
        call.refuse(
            "UnauthorizedOperation.APPNoPermissionToStudioProduct",
            _(f"The product {product['product_id']} does not offer {SERVICE}; add it to its Services."),
        )
    try:
        data = _COMMANDS[call.text("KGCommand")](call, call.params["KugouParams"])
    except _NoSuch as error:
        return {"ErrorCode": error.code, "ErrorMsg": error.message, "Data": {}}
    return {"ErrorCode": 0, "ErrorMsg": "", "Data": data}


def _page(songs: list[dict[str, JSON]], params: Mapping[str, JSON]) -> dict[str, JSON]:
    page, size = params.get("page", 1), params.get("size", PAGE)
    page = page if isinstance(page, int) and page > 0 else 1
    size = size if isinstance(size, int) and 0 < size <= PAGE else PAGE
    return {"total": len(songs), "songs": songs[(page - 1) * size : page * size]}


def _playlist_songs(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    wanted = str(params.get("playlist_id", ""))
    if wanted not in PLAYLISTS:
        raise _NoSuch(NO_SUCH_LIST, _(f"There is no playlist {wanted}."))
    return _page([SONGS[number] for number in PLAYLISTS[wanted][1]], params)


def _song(params: Mapping[str, JSON]) -> dict[str, JSON]:
    wanted = str(params.get("song_id", ""))
    for song in SONGS:
        if song["song_id"] == wanted:
            return song
    raise _NoSuch(NO_SUCH_SONG, _(f"There is no song {wanted}."))


def _song_url(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    song = _song(params)
    return {**song, "song_url": f"https://music.example.com/{song['song_id']}.mp3"}


def _song_infos(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    wanted = params.get("songs_id", [])
    wanted = wanted if isinstance(wanted, list) else str(wanted).split(",")
    return {"songs": [_song({"song_id": song_id}) for song_id in wanted]}


def _all_songs(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    return _page(list(SONGS), params)


def _playlists(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    lists = [
        {"playlist_id": list_id, "playlist_name": name, "total": len(numbers)}
        for list_id, (name, numbers) in PLAYLISTS.items()
    ]
    return {"total": len(lists), "playlists": lists}


def _user_info(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    gone = call.tx.get(MUSIC, call.user_id, SERVICE)
    return {"login": not gone, "nick_name": "" if gone else call.user()["nick_name"], "is_vip": 0}


def _logout(call: Call, params: Mapping[str, JSON]) -> dict[str, JSON]:
    call.tx.put(MUSIC, MusicRow(user_id=call.user_id, name=SERVICE, value={"login": False}))
    return {}


_COMMANDS: Mapping[str, Callable[[Call, Mapping[str, JSON]], dict[str, JSON]]] = {
    "playlist_song": _playlist_songs,
    "song_url": _song_url,
    "awesome_everyday": _all_songs,
    "song_infos": _song_infos,
    "playlist_awesome": _playlists,
    "awesome_newsong": _all_songs,
    "user_logout": _logout,
    "user_info": _user_info,
}

ACTIONS = {"AppKugouUserCommand": user_command}
