"""The language of what a person reads: English, or Chinese from locale/zh_CN/LC_MESSAGES/devkit.po.

A text is written in English where it arises, as `_(f"There is no panel {name!r}.")`. Its entry in the
catalogue has numbers in place of the values: "There is no panel {1}."; `_` finds the entry whose words the
text has, and takes the values from between them. English costs nothing. Other tools' texts may have entries.
CONTRIBUTING.md says how to add one.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

LANGUAGES = ("en", "zh")
VARIABLE = "DEVKIT_LANG"
CATALOGUE = Path(__file__).parent / "locale" / "zh_CN" / "LC_MESSAGES" / "devkit.po"

NONE = '""'
"""No text, as a catalogue writes it."""

_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_WINDOWS_CHINESE = 4
_ENTRY = re.compile(r'^msgid (".*")\nmsgstr (".*")$', re.MULTILINE)
_PLACE = re.compile(r"\{(\d+)(!t)?\}")
_chosen: list[str] = []
_spoken: ContextVar[str] = ContextVar("spoken", default="")


def _(text: str) -> str:
    """Return a text for the user in the language that is chosen; as it is when it has no entry."""
    return translated(text) if language() == "zh" else text


def marked(text: str) -> str:
    """Return a text of a table as it is: the catalogue has it, and `_` gets it where it is shown."""
    return text


def language() -> str:
    """Return "zh" or "en": what was chosen, else DEVKIT_LANG, else the language of the system."""
    if spoken := _spoken.get():
        return spoken
    if not _chosen:
        wanted = os.environ.get(VARIABLE, "")
        _chosen.append(wanted if wanted in LANGUAGES else _system_language())
    return _chosen[0]


@contextlib.contextmanager
def speaking(name: str) -> Iterator[None]:
    """Use a language inside the block and in nothing else that runs, for a text that all users share."""
    token = _spoken.set(name)
    try:
        yield
    finally:
        _spoken.reset(token)


def choose(name: str) -> None:
    """Take a language from here on; "" for the one of DEVKIT_LANG or of the system."""
    _chosen[:] = [name] if name else []


def _system_language() -> str:
    named = next((value for name in _LOCALE_VARIABLES if (value := os.environ.get(name))), "")
    if not named and sys.platform == "win32":
        import ctypes

        return "zh" if ctypes.windll.kernel32.GetUserDefaultUILanguage() & 0xFF == _WINDOWS_CHINESE else "en"
    return "zh" if named.lower().startswith("zh") else "en"


@dataclass(frozen=True)
class Pattern:
    """An English text with values: the words between them, and its translation."""

    words: tuple[str, ...]
    translation: str

    def values(self, text: str) -> list[str] | None:
        """Return what stands between the words in a text; None when it has others."""
        first, *inner = self.words
        last = inner.pop()
        end = len(text) - len(last)
        if not (text.startswith(first) and text.endswith(last) and len(first) <= end):
            return None
        found, at = [], len(first)
        for word in inner:
            there = text.find(word, at + 1, end)
            if there < 0:
                return None
            found.append(text[at:there])
            at = there + len(word)
        return [*found, text[at:end]]

    def filled(self, values: list[str]) -> str:
        """Return the translation with values in its places."""
        parts = iter(_PLACE.split(self.translation))
        text = next(parts)
        for number, mark, words in zip(parts, parts, parts, strict=True):
            value = values[int(number) - 1]
            text += (_phrase(value) if mark else value) + words
        return text


def _phrase(text: str) -> str:
    """Return a value in Chinese that is a text of its own, with or without its period."""
    whole = f"{text}."
    for said in sorted(
        (text, whole), key=lambda said: json.dumps(said, ensure_ascii=False) not in _written()
    ):
        if (found := translated(said)) != said:
            return found if said == text else found.removesuffix("。")
    return text


def translated(text: str) -> str:
    """Return a text in Chinese; `{1!t}` in a translation is a value that is translated itself."""
    written = _written().get(json.dumps(text, ensure_ascii=False), NONE)
    if written != NONE and not _PLACE.search(text):
        translation: str = json.loads(written)
        return translation
    return _with_values(text)


@lru_cache(1024)
def _with_values(text: str) -> str:
    """Return a text in Chinese whose entry has numbers in place of its values."""
    patterns = _patterns()
    likely = [pattern for place in _places(text, text) for pattern in patterns.get(place, ())]
    for pattern in sorted(likely, key=lambda pattern: -sum(map(len, pattern.words))):
        if (values := pattern.values(text)) is not None:
            return pattern.filled(values)
    return text


def _places(first: str, last: str) -> tuple[tuple[str, str], ...]:
    """Return where patterns are that begin with two letters, end with two, or do neither."""
    return (first[:2], ""), ("", last[-2:]), ("", "")


def read_catalogue(file: Path = CATALOGUE) -> dict[str, str]:
    """Return {English: Chinese}; each entry has its texts on one line each, quoted as in JSON."""
    found = _ENTRY.findall(file.read_text("utf-8"))
    return {json.loads(text): json.loads(translation) for text, translation in found if text != NONE}


@cache
def _written() -> dict[str, str]:
    """Return {English: Chinese} as they are written: quotes are taken off where a text is shown.

    Errors: OSError when there is no catalogue.
    """
    try:
        found = dict(_ENTRY.findall(CATALOGUE.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise OSError(f"The Chinese texts cannot be read, install h5-devkit again: {error}") from error
    found.pop(NONE, None)  # the catalogue's head
    return found


@cache
def _patterns() -> dict[tuple[str, str], list[Pattern]]:
    """Return the translated texts with values by their ends."""
    patterns: dict[tuple[str, str], list[Pattern]] = {}
    for written, translation in _written().items():
        if "{" in written and translation != NONE and _PLACE.search(written):
            words = tuple(_PLACE.split(json.loads(written))[::3])
            begins, ends, neither = _places(words[0], words[-1])
            place = begins if len(words[0]) > 1 else ends if len(words[-1]) > 1 else neither
            patterns.setdefault(place, []).append(Pattern(words, json.loads(translation)))
    return patterns
