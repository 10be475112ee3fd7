"""`devkit upload`: the way from a release to the console, which only a person can upload to."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from devkit.cli.options import option, setting_options
from devkit.cli.trusting import check_trust, trust_option
from devkit.errors import BrowserError, SettingsError, WrongUsageError
from devkit.language import _
from devkit.trust import runs_freely

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from devkit.build.release import ReleaseFile
    from devkit.settings import Settings

CONSOLE_URL = "https://console.cloud.tencent.com/iotexplorer"
"""Where the platform's console begins; that it has no address for a product's panel page is unverified."""
LOOK_SECONDS = 0.5


@click.command("upload")
@setting_options("out", "browser_path")
@click.option("--version", "version", default="", help="Version of this release; default: package.json's.")
@click.option("--changelog", default="", metavar="TEXT", help="What is new, for releases.json.")
@option("console_url", default=CONSOLE_URL, metavar="URL", show_default=True, help="Page to open.")
@option("shown", default="", metavar="FILE", help="Text that the console shows; - for standard input.")
@click.option("--launch", is_flag=True, help="Open the console in a browser of devkit's, and read it there.")
@trust_option
@option("open_pages", is_flag=True, default=True, negatable=True, help="Open the console and the folder.")
def command(
    settings: Settings,
    version: str,
    changelog: str,
    console_url: str,
    shown: str,
    launch: bool,
    trust: bool,
    open_pages: bool,
) -> None:
    """Open the console beside the release folder, check what the console then shows, and note the release.

    The platform has no API for uploads. Upload the files, then copy their names, sizes and MD5 from the page:
    they are compared with the files, and version, hashes, git commit and changelog go to releases.json.
    Ends with exit code 1 when the console shows something else.
    """
    import asyncio

    from devkit.cli.uploads import Upload, built_files, file_fields, problems_shown, write_upload

    out = settings.path("out")
    files = built_files(out)
    version = version or _package_version(settings.project)
    for file in files:
        click.echo(f"  {file.path.name}  {file.size:,} B  {file.md5}")
    click.echo(_(f"Upload from {out}: {console_url}"))
    if launch:
        check_trust(settings, trust=trust, builds=False)
        problems = asyncio.run(_read_console(settings, console_url, files))
    else:
        if open_pages and not shown:
            _open(console_url, out)
        problems = problems_shown(files, _shown_text(shown))
    if problems:
        raise SettingsError(
            "\n".join(problems), _("Upload the files of this folder, or run devkit release anew.")
        )
    upload = Upload(
        version, datetime.now(UTC).isoformat(timespec="seconds"), file_fields(files),
        _commit(settings.project), changelog, checked=True,
    )  # fmt: skip
    noted = write_upload(settings.project, upload)
    click.echo(_(f"The console shows these files. {version} is noted in {noted.name}."))


def _package_version(project: Path) -> str:
    """Return the version that package.json names.

    Errors: SettingsError when it names none.
    """
    try:
        version = json.loads((project / "package.json").read_text("utf-8")).get("version")
    except (OSError, ValueError, AttributeError):
        version = None
    if not isinstance(version, str) or not version:
        raise WrongUsageError(_("Which version is this?"), _("Name it: --version 1.0.0"))
    return version


def _shown_text(source: str) -> str:
    """Return what the console shows: of a file, or pasted.

    Errors: SettingsError when there is nothing, or nobody to ask.
    """
    if source and source != "-":
        try:
            return Path(source).read_text("utf-8")
        except (OSError, ValueError) as error:
            raise SettingsError(_(f"{source} cannot be read: {error}.")) from error
    if sys.stdin.isatty():
        click.echo(_("Paste what the console shows of the files, then an empty line:"))
        text = "".join(_until_empty(iter(sys.stdin.readline, "")))
    else:
        text = sys.stdin.read()
    if not text.strip():
        raise SettingsError(_("Nothing was pasted."), _("Copy name, size and MD5 from the console's page."))
    return text


def _until_empty(lines: Iterable[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if found and not line.strip():
            break
        found.append(line)
    return found


def _open(console_url: str, out: Path) -> None:
    opened = [click.launch(console_url) == 0, click.launch(str(out)) == 0]
    if not all(opened):
        click.echo(_("No browser or file manager could be opened here: open both yourself."))


def _commit(project: Path) -> str:
    """Return git's commit, with "+" when files had changed since; "" outside a repository."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(project), *arguments], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "HEAD")
        # `status` runs filters and monitors that a checkout's .git/config names
        looked = bool(commit) and runs_freely(project)
        return commit + ("+" if looked and git("status", "--porcelain", "--untracked-files=no") else "")
    except OSError:
        return ""


async def _read_console(settings: Settings, url: str, files: Sequence[ReleaseFile]) -> list[str]:
    """Show the console in a browser until it shows all the files; return what is wrong when it is closed.

    Errors: BrowserError.
    """
    import asyncio

    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        from devkit.extras import install_command

        needed = _(f"Install it with: {install_command('test')}")
        raise BrowserError(_("--launch needs Playwright, which is not installed."), needed) from None

    from devkit.cli.uploads import problems_shown
    from devkit.testing.run.browsers import explain, start_browser

    problems = [_("The browser was closed before the console showed the files.")]
    async with async_playwright() as playwright:
        try:
            browser = await start_browser(playwright, given=settings.browser_path, extra={"headless": False})
        except Error as error:
            raise explain(error) from None
        page = await (await browser.new_context(no_viewport=True)).new_page()
        try:
            await page.goto(url)
            click.echo(
                _("Log in, open the product's panel and upload; the page is read until it shows the files.")
            )
            while problems and browser.is_connected():
                texts = [await frame.evaluate("document.body ? document.body.innerText : ''")
                         for opened in page.context.pages for frame in opened.frames]  # fmt: skip
                problems = problems_shown(files, "\n".join(texts))
                await asyncio.sleep(LOOK_SECONDS)
        except Error as error:
            if not _was_closed(error):
                raise BrowserError(_(f"The console's page failed: {error.message.splitlines()[0]}")) from None
        return problems


def _was_closed(error: Exception) -> bool:
    return "closed" in str(error)
