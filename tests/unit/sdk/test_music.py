"""qqMusic: every documented field, parameter and type, on the invented catalogue."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from devkit.errors import CloudApiError
from devkit.phone import music_library as library
from devkit.phone.music_box import MusicBox
from devkit.sdk.methods.music import METHODS

SONG_FIELDS = [
    "SongId",
    "SongMid",
    "SongName",
    "SongTitle",
    "IsOnly",
    "Vip",
    "Language",
    "Genre",
    "PublicTime",
    "SongPlayTime",
    "IsDigitalAlbum",
    "Copyright",
    "Hot",
    "Playable",
    "SongH5Url",
    "MvId",
    "MvVid",
    "KSongId",
    "KSongMid",
    "SingerId",
    "SingerMid",
    "SingerName",
    "SingerTitle",
    "SingerPic",
    "SingerPic150X150",
    "SingerPic300X300",
    "SingerPic500X500",
    "OtherSingerList",
    "AlbumId",
    "AlbumMid",
    "AlbumName",
    "AlbumTitle",
    "AlbumPic",
    "AlbumPic150X150",
    "AlbumPic300X300",
    "AlbumPic500X500",
    "SongPlayUrl",
    "SongPlayUrlStandard",
    "SongPlayUrlHq",
    "SongPlayUrlSq",
    "SongSize",
    "SongSizeStandard",
    "SongSizeHq",
    "SongSizeSq",
    "TryPlayable",
    "TryBegin",
    "TryEnd",
    "Try30SUrl",
    "TryFileSize",
    "UnplayableCode",
    "UnplayableMsg",
    "UserOwnRule",
    "SongVersion",
    "WeightPlayCnt",
    "FNote",
    "EditAllow",
    "SongPlayUrlDolby",
    "SongSizeDolby",
    "Action",
    "SongEkeyStandard",
    "SongEkeyHq",
    "SongEkeySq",
    "SongEkeyDolby",
    "Extra",
    "SongEkeyXq",
    "SongPlayUrlXq",
    "SongSizeXq",
    "SongTypeDolby",
    "Bpm",
    "LimitFree",
    "ShouldPay",
    "PayPrice",
    "VolumeGain",
    "VolumePeak",
    "VolumeLra",
    "PayStatus",
    "SongPlayUrlPq",
    "SongEkeyPq",
    "SongSizePq",
    "SongTypePq",
]
NUMBERS = {
    "SongId",
    "IsOnly",
    "Vip",
    "SongPlayTime",
    "Hot",
    "Playable",
    "MvId",
    "SongSizeXq",
    "UnplayableCode",
}
Music = Any


@pytest.fixture
def music() -> Music:
    """Return a caller of qqMusic members, logged in."""
    program = SimpleNamespace(qq_music_login=True)
    session: Any = SimpleNamespace(simulator=SimpleNamespace(mini_program=program, music=MusicBox()))

    async def call(name: str, **asked: Any) -> Any:
        method: Any = METHODS[f"qqMusic.{name}"]
        return await method(session, asked)

    return call


async def refused(music: Music, name: str, **asked: Any) -> str:
    with pytest.raises(CloudApiError) as caught:
        await music(name, **asked)
    return str(caught.value.code)


async def test_a_song_has_every_field_of_the_document(music: Music) -> None:
    song = (await music("describeSongInfoBatch", SongIds=[100_001]))[0]
    assert list(song) == SONG_FIELDS
    assert {name for name in SONG_FIELDS if type(song[name]) is int} >= NUMBERS
    assert song["Action"]["PlayAccess"].keys() == {
        *("FQ", "STANDARD", "HQ", "SQ", "XQ", "DOLBY", "FLYRA", "ATMOS")
    }
    assert await music("describeSongInfoBatch", SongIds=[100_001], SongMids=[song["SongMid"]]) == [song]


async def test_the_day_and_the_radio_spell_three_fields_their_own_way(music: Music) -> None:
    daily, radio = await music("describeDailySongs"), await music("describeIndividualRadio")
    own = {"Isonly", "IsdigitalAlbum", "Fnote"}
    assert len(daily) == 30
    assert daily[0].keys() == {*SONG_FIELDS} - {"IsOnly", "IsDigitalAlbum", "FNote"} | own
    assert daily[0]["Extra"].keys() == {"Abt", "Cmd", "Tf", "Trace", "UniqueTraceId"}
    assert own <= radio[0].keys()
    assert "Bpm" not in radio[0]


@pytest.mark.parametrize("state", [2, 3])
async def test_songs_that_cannot_be_played_say_so(music: Music, state: int) -> None:
    song = next(song for song in await music("describeDailySongs") if song["UnplayableCode"] == state)
    addresses = [song[name] for name in song if name.startswith("SongPlayUrl")]
    assert set(addresses) == {""}
    assert song["UnplayableMsg"]
    assert bool(song["Try30SUrl"]) == bool(song["TryPlayable"]) == (state == 2)
    assert set(song["Action"]["PlayAccess"].values()) == {0}


async def test_qualities_end_where_a_song_has_no_better_one(music: Music) -> None:
    songs = [song for song in await music("describeDailySongs") if not song["UnplayableCode"]]
    assert all(song["SongPlayUrl"] and song["SongPlayUrlStandard"] for song in songs)
    assert {bool(song["SongPlayUrlDolby"]) for song in songs} == {True, False}
    for song in songs:
        assert bool(song["SongPlayUrlSq"]) == bool(song["SongSizeSq"]) == song["Action"]["PlayAccess"]["SQ"]


@pytest.mark.parametrize("tag", [12, 9, 13, 3, 8, 1])
async def test_new_songs_of_a_region_come_newest_first(music: Music, tag: int) -> None:
    songs = await music("describeNewTrack", Tag=tag)
    times = [song["PublicTime"] for song in songs]
    assert times
    assert times == sorted(times, reverse=True)
    assert len(songs) == 32 or tag != 1


async def test_videos_by_region_and_order(music: Music) -> None:
    newest = await music("describeMVList", MVType=0, MVTag=0)
    hottest = await music("describeMVList", MVType=1, MVTag=0)
    plays = [video["PlayCnt"] for video in hottest]
    assert plays == sorted(plays, reverse=True)
    assert newest != hottest
    korean = await music("describeMVList", MVType=0, MVTag=9)
    assert 0 < len(korean) < len(newest)
    infos = await music("describeMV", MVIds=[korean[0]["Id"]])
    assert (infos[0]["MvVid"], infos[0]["Singers"][0]["Name"]) == (korean[0]["Vid"], infos[0]["SingerName"])
    assert await music("describeMV", MVVids=[korean[0]["Vid"]], MVIds=[1]) == infos


@pytest.mark.parametrize(("kind", "word"), [(0, "雨"), (8, "专辑"), (12, "MV"), (15, "电台")])
async def test_each_kind_of_search_finds_its_own(music: Music, kind: int, word: str) -> None:
    found = await music("searchMusic", KeyWord=word, SearchType=kind, Num=2)
    assert found["CurNum"] == min(2, found["TotalNum"]) == len(found["List"])
    assert found["List"][0].keys() == library.record("hit", {}).keys()
    assert type(found["List"][0]["SingerId"]) is str


async def test_pages_keep_to_their_bounds(music: Music) -> None:
    one = await music("describeSongList", DissId=201, Page=0, PageSize=5)
    two = await music("describeSongList", DissId=201, Page=1, PageSize=5)
    assert (len(one["SongList"]), one["TotalNum"]) == (5, 12)
    assert one["SongList"][0] != two["SongList"][0]
    for name, asked in (
        ("describeSongList", {"DissId": 201, "PageSize": 31}),
        ("searchMusic", {"KeyWord": "雨", "SearchType": 1}),
        ("searchMusic", {"KeyWord": "雨", "Page": 5}),
        ("searchMusic", {"KeyWord": "雨", "Num": 51}),
        ("searchSingerList", {"Keyword": "林", "Page": 3}),
        ("describeSingerList", {"Area": 7}),
        ("describeSinger", {"SingerId": 4100, "PageSize": 51}),
        ("describeMVList", {"MVTag": 1}),
        ("describeNewTrack", {"Tag": 2}),
        ("describeHomepageSongList", {"SN": "1", "Type": "300"}),
        ("describeTopListInfo", {"TopId": 26, "PageSize": 51}),
    ):
        assert await refused(music, name, **asked) == "InvalidParameterValue", name


async def test_singers_by_region_sex_and_genre(music: Music) -> None:
    everyone = await music("describeSingerList", Area=-100, Type=-100, Genre=-100)
    assert len(everyone) == 5
    assert everyone[0].keys() == {*("Country", "SingerId", "SingerMid", "SingerName", "SingerTranslatorName")}
    assert [item["SingerName"] for item in await music("describeSingerList", Area=3)] == ["星河少年"]
    assert [item["SingerName"] for item in await music("describeSingerList", Genre=9)] == ["黑川遥"]
    assert len(await music("describeSingerList", Type=1)) == 3


async def test_songs_of_a_singer_by_time_and_by_popularity(music: Music) -> None:
    by_time = await music("describeSinger", SingerId=4100, Page=0, PageSize=50, Order=0, Wiki=0)
    by_hits = await music("describeSinger", SingerId=4100, Page=0, PageSize=50, Order=1, Wiki=1)
    times = [song["PublicTime"] for song in by_time["SongList"]]
    assert times == sorted(times, reverse=True)
    assert by_time["SongList"] != by_hits["SongList"]
    assert by_time["SongSum"] == len(by_time["SongList"])
    assert {"SizeTry", "IsDigitalAlbum"} <= by_time["SongList"][0].keys()


async def test_recent_plays_have_a_tab_for_each_kind(music: Music) -> None:
    for kind, number in ((2, 100_001), (3, 7000), (4, 201), (2, 100_001)):
        await music("reportRecentPlay", ResourceId=number, Type=kind)
    every = await music("describeRecentPlay", Type=1, UpdateTime=0)
    assert [row["Type"] for row in every["Data"]["All"]] == [2, 4, 3]
    assert every["Data"]["Song"] == []
    assert every["Data"]["All"][1]["Detail"]["Playlist"]["Title"] == "我喜欢"
    song = (await music("describeRecentPlay", Type=2, UpdateTime=0))["Data"]["Song"][0]
    assert (song["Title"], song["Singer"], song["ListenCount"]) == ("窗外的雨", ["林小雨"], 2)
    album = (await music("describeRecentPlay", Type=3, UpdateTime=0))["Data"]["Album"][0]
    assert {"Title", "Mid", "Singer", "Count", "Pic", "Pic150X150", "Id", "LastTime"} <= album.keys()
    later = await music("describeRecentPlay", Type=1, UpdateTime=every["UpdateTime"])
    assert later["Data"]["All"] == []
    for number in range(150):
        await music("reportRecentPlay", ResourceId=number + 1, Type=2)
    assert len((await music("describeRecentPlay", Type=1, UpdateTime=0))["Data"]["All"]) == 100


async def test_rankings_and_lists_have_the_fields_of_the_document(music: Music) -> None:
    ranking = (await music("describeTopList"))[0]["GroupTopList"][0]
    assert ranking["SongList"][0].keys() == {
        *("Rank", "SingerId", "SingerMid", "SingerName", "SongId", "SongMid", "SongName")
    }
    info = await music("describeTopListInfo", TopId=26, Page=0, PageSize=5)
    assert info.keys() == {
        *("ListenNum", "SongList", "TopBannerPic", "TopDesc", "TopHeaderPic", "TopId", "TopName", "TopType")
    }
    assert "TopRankIncrease" in info["SongList"][0]
    home = await music("describeHomepageSongList", SN="1", Type="200,500")
    card = home["ShelfArr"][0]["CardArr"][0]
    assert (type(card["Id"]), type(card["SubId"]), type(card["Cnt"])) == (str, str, int)
    await music("operateSquareSongList", DissId=8002, Op=1)
    assert (await music("operateSquareSongList", Op=3))["Data"][0]["DissName"] == "编程时听"
    assert await refused(music, "operateSquareSongList", DissId=201, Op=1)


async def test_free_songs_give_their_address_for_a_token(music: Music) -> None:
    group = (await music("describeFreeSongList"))[0]
    assert group.keys() == {"SongList", "Number", "Name", "Pic", "BannerPic"}
    song = group["SongList"][0]
    assert "SongPlayUrl" not in song
    info = await music("describeFreeSongInfo", SongId=song["SongId"], SongToken=song["SongToken"])
    assert info["SongPlayUrl"]
    assert await refused(music, "describeFreeSongInfo", SongId=song["SongId"], SongToken="x")
