"""Build the site of the documentation in both languages: python docs/website.py [FOLDER]."""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from posixpath import normpath, relpath
from typing import Any

import yaml
from pymdownx.slugs import slugify

ROOT = Path(__file__).parents[1]
AT_THE_TOP = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
LINK = re.compile(r'(\]\(|<img src=")([^)#":\s]+)(?:#([^)\s]*))?(?=[)"])')
OTHER_LANGUAGE = re.compile(r"^(\*\*English\*\* \| |\[English\]\().*\n", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
MARKUP = re.compile(r"\[([^]]*)\]\([^)]*\)|`")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
CJK = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
BROKEN_LINE = re.compile(rf"[^#|].*{CJK}\n *{CJK}.*")
BLOCK = re.compile(r"(?P<list>\d+\. |[-*] )|(?P<table>\|)|(?P<heading>#+ )")
BESIDE = (".png", ".yaml")
SCRIPT = """// The language switch leads to the page that is open, not to the first one.
const links = [...document.querySelectorAll('.md-select__link[hreflang]')];
const root = (link) => link.href.replace(/index\\.html$/, '');
const roots = links.map(root).filter((at) => location.href.startsWith(at));
const own = roots.sort((a, b) => b.length - a.length)[0];
const page = own && location.href.slice(own.length).split('#')[0];
for (const link of links) link.href = root(link) + (page || 'index.html');
// Wide tables can be scrolled with the keyboard.
for (const table of document.querySelectorAll('.md-typeset table:not([class])')) table.tabIndex = 0;
"""
STYLE = """.md-typeset td code { word-break: normal; }
.md-typeset :is(p, li, td) a { text-decoration: underline; text-underline-offset: 0.15em; }
[data-md-color-scheme="slate"] { --md-code-hl-number-color: #f5a399; }
"""
ONLY_ENGLISH = '!!! info "本页只有英文版"\n\n'


def sources() -> dict[str, str]:
    """Return {page of the site: its English file}, both relative to their roots."""
    names = [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))]
    inside = {name.removeprefix("docs/"): name for name in names if not name.endswith(".zh.md")}
    return inside | {_page(name): name for name in AT_THE_TOP}


def chinese(name: str) -> str:
    """Return the name of a file's Chinese version, whether it is there or not."""
    return f"{name.removesuffix('.md')}.zh.md"


def headings(name: str) -> list[tuple[int, str]]:
    """Return (level, anchor) of each heading of a file."""
    slug = slugify(case="lower")
    text = FENCED.sub("", (ROOT / name).read_text("utf-8"))
    return [(len(marks), slug(MARKUP.sub(r"\1", title), "-")) for marks, title in HEADING.findall(text)]


def in_nav(nav: list[Any]) -> list[tuple[str, str]]:
    """Return (title, page or "" of a group) of a navigation, in its order."""
    found = []
    for entry in nav:
        ((title, inner),) = entry.items()
        found += [(title, inner)] if isinstance(inner, str) else [(title, ""), *in_nav(inner)]
    return found


def settings() -> dict[str, Any]:
    """Return mkdocs.yml."""
    read: dict[str, Any] = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))
    return read


def build(out: Path) -> None:
    """Write the English site to a folder and the Chinese one to its folder zh; a bad link fails."""
    from zensical.main import cli

    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        for language, folder in (("en", out), ("zh", out / "zh")):
            stage = Path(scratch).resolve() / language
            _lay_out(stage / "docs", language)
            config = stage / "mkdocs.yml"
            config.write_text(yaml.safe_dump(_configuration(language), allow_unicode=True), "utf-8")
            cli(["build", "--strict", "--config-file", str(config)], standalone_mode=False)
            shutil.copytree(stage / "site", folder)


def _page(name: str) -> str:
    """Return where a file of the repository stands on the site."""
    name = name.replace(".zh.md", ".md")
    if name in AT_THE_TOP:
        return "start.md" if name == "README.md" else name.lower()
    return name.removeprefix("docs/")


def _lay_out(folder: Path, language: str) -> None:
    for page, english in sources().items():
        own = chinese(english) if language == "zh" and (ROOT / chinese(english)).is_file() else english
        text = _linked(_spaced(OTHER_LANGUAGE.sub("", (ROOT / own).read_text("utf-8"))), own, page, language)
        if language == "zh" and own == english:
            heading, _, rest = text.partition("\n")
            text = f"{heading}\n\n{ONLY_ENGLISH}{rest}"
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(text, "utf-8")
    (folder / "site.js").write_text(SCRIPT, "utf-8")
    (folder / "site.css").write_text(STYLE, "utf-8")
    for other in (ROOT / "docs").rglob("*"):
        if other.suffix in BESIDE:
            shutil.copy(other, folder / other.relative_to(ROOT / "docs"))


def _linked(text: str, source: str, page: str, language: str) -> str:
    """Return a file's text with its links to other files as they are on the site of a language."""

    def target(match: re.Match[str]) -> str:
        aim = normpath((Path(source).parent / match[2]).as_posix())
        if not (ROOT / aim).is_file():
            return match[0]  # not a file: the build says so
        if Path(aim).suffix not in (".md", *BESIDE):
            raise ValueError(f"{source} links to {aim}, which is not on the site; name it as code.")
        anchor = f"#{_anchor(aim, match[3], language)}" if match[3] else ""
        return match[1] + relpath(_page(aim), Path(page).parent.as_posix()) + anchor

    return LINK.sub(target, text)


def _anchor(aim: str, anchor: str, language: str) -> str:
    """Return what an anchor of an English page is called in its Chinese version."""
    if language == "zh" and (ROOT / chinese(aim)).is_file():
        for (_, english), (_, translated) in zip(headings(aim), headings(chinese(aim)), strict=True):
            if english == anchor:
                return translated
    return anchor


def _spaced(text: str) -> str:
    """Put an empty line before each list, table and heading: Python-Markdown needs what GitHub does not.

    A line that was broken between two Chinese characters is joined: browsers show a blank there.
    """
    lines: list[str] = []
    block, in_fence = "", False
    for line in text.split("\n"):
        in_fence ^= line.lstrip().startswith("```")
        begins = None if in_fence else BLOCK.match(line)
        if begins and block and block != begins.lastgroup:
            lines.append("")
        block = (begins.lastgroup if begins else block or "text") or "" if line else ""
        if lines and not begins and not in_fence and BROKEN_LINE.fullmatch(f"{lines[-1]}\n{line}"):
            lines[-1] += line.lstrip()
        else:
            lines.append(line)
    return "\n".join(lines)


def _configuration(language: str) -> dict[str, Any]:
    config = settings()
    words = config["extra"].pop("chinese")
    config |= {"extra_javascript": ["site.js"], "extra_css": ["site.css"]}
    home = {"en": "./", "zh": "./zh/"} if language == "en" else {"en": "../", "zh": "./"}
    config["extra"]["alternate"] = [
        {"name": name, "link": f"{home[code]}index.html", "lang": code}
        for code, name in (("en", "English"), ("zh", "中文"))
    ]
    if language == "zh":
        config["theme"]["language"] = "zh"
        config["nav"] = _translated(config["nav"], words)
        for way in config["theme"]["palette"]:
            way["toggle"]["name"] = words[way["toggle"]["name"]]
    return config


def _translated(nav: list[Any], words: dict[str, str]) -> list[Any]:
    return [
        {words[title]: inner if isinstance(inner, str) else _translated(inner, words)}
        for entry in nav
        for title, inner in entry.items()
    ]


if __name__ == "__main__":
    build(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "site"))
