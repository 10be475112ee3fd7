"""A small music catalogue of invented songs, singers, albums, lists and videos, in QQ Music's record shapes.

Source: the platform's H5 panel guide, "SDK / Music", and docs/reference/sdk-members.md "qqMusic: result types
printed in the document"; every name and address is invented.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]

SINGERS = (
    ("林小雨", "Lin Xiaoyu", "中国"),
    ("北山乐队", "Northhill", "中国"),
    ("Ada Brook", "Ada Brook", "英国"),
    ("星河少年", "Starboys", "韩国"),
    ("黑川遥", "Kurokawa Haruka", "日本"),
)
TITLES = (
    "窗外的雨", "慢慢走", "凌晨四点的面包店", "风从海上来", "第九个夏天", "回声", "空调房", "给猫的信",
    "Paper Planes Home", "Kettle Song", "旧电梯", "月台", "周日市集", "晴天预报", "南方以南", "没有名字的河",
    "Blue Hour", "灯还亮着", "二十六度", "远方来电", "半张车票", "雪落无声", "Tiny Lighthouse", "阳台花园",
    "下一站", "五点半的光", "练习册", "长椅", "Moss", "海盐", "晚安邮差", "小小星球",
)  # fmt: skip
ALBUM_SIZE = 4
UNPLAYABLE = frozenset({7, 19})
TRIAL_ONLY = frozenset({5, 13, 23})
HOST = "https://music.example"
QUALITIES = ("Standard", "Hq", "Sq", "Xq", "Dolby", "Pq")
BEST_QUALITY = (2, 3, 4, 6)
NEW_TAGS = (12, 9, 13, 3, 8, 1)


def singer_id(index: int) -> int:
    """Return the id of singer number index."""
    return 4100 + index


def song_record(index: int) -> Record:
    """Return song number index (from 0) as describeSongInfoBatch gives it; times in s, Try* in ms."""
    song_id, who = 100_001 + index, index % len(SINGERS)
    mid = f"0{index:02d}Inv3ntedSong"
    album = index // ALBUM_SIZE
    record: Record = {
        "SongId": song_id,
        "SongMid": mid,
        "SongName": TITLES[index],
        "SongTitle": TITLES[index],
        "SingerId": singer_id(who),
        "SingerMid": f"singer{who}",
        "SingerName": SINGERS[who][0],
        "SingerPic": f"{HOST}/singer/{who}.jpg",
        "AlbumId": 7000 + album,
        "AlbumMid": f"album{album}",
        "AlbumName": f"{TITLES[album * ALBUM_SIZE]}（专辑）",
        "AlbumPic": f"{HOST}/album/{album}.jpg",
        "SongPlayTime": 150 + (index * 37) % 160,
        "UserOwnRule": 0,
        "UnplayableCode": 0,
        "UnplayableMsg": "",
        "TryPlayable": 1,
        "TryBegin": 60_000,
        "TryEnd": 90_000,
        "Try30SUrl": f"{HOST}/try/{mid}.m4a",
        "Playable": 1,
        "Action": {"Switch": 1, "Switch2": 1, "PlayAccess": 1, "DownloadAccess": 0, "CacheAccess": 1},
    }
    return {**record, **_addresses(index, mid)}


def _addresses(index: int, mid: str) -> Record:
    if index in UNPLAYABLE:
        return {
            "SongPlayUrl": "",
            "Try30SUrl": "",
            "Playable": 0,
            "TryPlayable": 0,
            "UnplayableCode": 3,
            "UnplayableMsg": "因版权原因暂不能播放",
        }
    if index in TRIAL_ONLY:
        return {"SongPlayUrl": "", "UnplayableCode": 2, "UnplayableMsg": "开通会员后可播放完整歌曲"}
    fields: Record = {"SongPlayUrl": f"{HOST}/play/{mid}.m4a"}
    for level, name in enumerate(QUALITIES[: BEST_QUALITY[index % len(BEST_QUALITY)]], 1):
        fields[f"SongPlayUrl{name}"] = f"{HOST}/play/{mid}.{name.lower()}.m4a"
        fields[f"SongSize{name}"] = level * 1_600_000 + index * 1000
    return fields


SONGS: tuple[Record, ...] = tuple(song_record(index) for index in range(len(TITLES)))
BY_ID = {record["SongId"]: record for record in SONGS}
BY_MID = {record["SongMid"]: record for record in SONGS}


def short_song(record: Record) -> Record:
    """Return the short record of lists."""
    names = (
        "SongId", "SongName", "SongTitle", "SongMid", "AlbumId", "AlbumMid", "AlbumName", "SingerId",
        "SingerMid", "SingerName", "SongPlayTime", "UserOwnRule",
    )  # fmt: skip
    return {**{name: record[name] for name in names}, "QQMusicFlag": 1, "OpiPlayFlag": 0, "SongType": 0}


def lyric(record: Record) -> Record:
    """Return the lyric of a song, with time marks."""
    lines = ("[00:00.00]" + record["SongName"], "[00:05.00]啦啦啦", "[00:10.00]" + record["SingerName"])
    texts = dict.fromkeys(("SongTranslateEncLyric", "SongRomeEncLyric", "SongQrcEncLyric"), "")
    return {"SongId": record["SongId"], "SongLyric": "\n".join(lines), **texts}


def self_list(number: int, name: str, count: int) -> Record:
    """Return a user's own list."""
    return {
        "DissId": number,
        "DissName": name,
        "DissPic": f"{HOST}/list/{number}.jpg",
        "SongNum": count,
        "ListenNum": count * 31,
        "CreateTime": 1_700_000_000,
        "UpdateTime": 1_750_000_000,
    }


LISTS: dict[int, tuple[str, tuple[Record, ...]]] = {
    201: ("我喜欢", SONGS[:12]),
    202: ("早餐时间", SONGS[8:20]),
    203: ("夜跑", SONGS[16:]),
}
SQUARE_LISTS: dict[int, str] = {8001: "冬日暖炉", 8002: "编程时听", 8003: "雨天"}


def song_list(number: int, page: int, size: int) -> Record:
    """Return one page of a list; page counts from 0."""
    name, songs = LISTS.get(number) or (SQUARE_LISTS[number], SONGS[:10])
    part = songs[page * size : (page + 1) * size]
    return {
        "DissId": number,
        "DissTitle": name,
        "PicUrl": f"{HOST}/list/{number}.jpg",
        "Hot": 1,
        "TotalNum": len(songs),
        "OwnerFlag": int(number in LISTS),
        "SongList": [short_song(record) for record in part],
    }


def card(number: int) -> Record:
    """Return the card of a public list on the home page."""
    texts = {"Title": SQUARE_LISTS[number], "Subtitle": "", "Cover": f"{HOST}/list/{number}.jpg", "SubId": ""}
    return {"Type": 500, "Id": number, **texts, "Cnt": 10, "FavCnt": 3}


def video(index: int) -> Record:
    """Return a video of the list."""
    return {
        "Id": 9000 + index,
        "Vid": f"v{index:04d}inv",
        "Title": f"{TITLES[index]} MV",
        "Subtitle": SINGERS[index % len(SINGERS)][0],
        "PicURL": f"{HOST}/mv/{index}.jpg",
        "Duration": 200 + index,
        "PlayCnt": 1000 * (index + 1),
        "CommentCnt": 10 * index,
    }


def video_info(index: int) -> Record:
    """Return the details of a video."""
    who = index % len(SINGERS)
    urls = {f"Mv{name}Url": f"{HOST}/mv/{index}.{name.lower()}.mp4" for name in ("LQ", "HQ", "SQ")}
    sizes = {
        f"Mv{name}Size": 5_000_000 * level for level, name in enumerate(("LQ", "HQ", "SQ", "BlueRay"), 1)
    }
    return {
        "MvId": 9000 + index,
        "MvVid": f"v{index:04d}inv",
        "MvTitle": f"{TITLES[index]} MV",
        "MvPlayTime": 200 + index,
        "SingerId": singer_id(who),
        "Singers": [{"Id": singer_id(who), "Mid": f"singer{who}", "Name": SINGERS[who][0]}],
        "MVFileid": f"file{index}",
        "MvBlueRayURL": f"{HOST}/mv/{index}.bluray.mp4",
        "PicUrl": f"{HOST}/mv/{index}.jpg",
        "Playable": 1,
        "PublicTime": "2025-01-01",
        "UnplayableCode": 0,
        **urls,
        **sizes,
    }


VIDEO_COUNT = 8


def singer(index: int) -> Record:
    """Return a singer of the popular list."""
    name, english, country = SINGERS[index]
    return {
        "SingerId": singer_id(index),
        "SingerMid": f"singer{index}",
        "SingerName": name,
        "SingerTranslatorName": english,
        "SingerPic": f"{HOST}/singer/{index}.jpg",
        "Country": country,
    }


def ranking(number: int, name: str, songs: tuple[Record, ...]) -> Record:
    """Return a ranking with its first songs."""
    return {
        "TopId": number,
        "TopName": name,
        "TopType": 0,
        "TotalNum": len(songs),
        "ListenNum": 12_000 + number,
        "ShowTime": "2026-01-01",
        "TopBannerPic": f"{HOST}/top/{number}-banner.jpg",
        "TopHeaderPic": f"{HOST}/top/{number}.jpg",
        "SongList": [{"Rank": rank, **short_song(record)} for rank, record in enumerate(songs[:3], 1)],
    }


RANKINGS: dict[int, tuple[str, tuple[Record, ...]]] = {
    26: ("热歌榜", SONGS[:20]),
    27: ("新歌榜", SONGS[20:]),
    62: ("飙升榜", SONGS[5:25]),
}
