"""A page of another site, in the browser that has the inspector open in another tab."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.helpers.proxy import running

if TYPE_CHECKING:
    from playwright.async_api import Page, Response

pytestmark = pytest.mark.browser

ATTACK = """async (base) => {
  const options = { mode: 'no-cors', credentials: 'include' }
  const load = (kind, url) => new Promise((resolve) => {
    const element = document.createElement(kind)
    element.onload = element.onerror = resolve
    element.src = url
    document.body.append(element)
  })
  await fetch(`${base}/flows`, options).catch(() => 0)
  await fetch(`${base}/clear`, { ...options, method: 'POST' }).catch(() => 0)
  await fetch(`${base}/options/save`, { ...options, method: 'POST' }).catch(() => 0)
  await fetch(`${base}/commands/script.run`, { ...options, method: 'POST', body: '{}' }).catch(() => 0)
  await load('img', `${base}/flows`)
  await load('script', `${base}/static/app.js`)
  return new Promise((resolve) => {
    const socket = new WebSocket(base.replace('http', 'ws') + '/updates')
    socket.onopen = () => resolve('open')
    socket.onclose = () => resolve('refused')
  })
}"""


async def test_another_tab_gets_nothing_of_the_inspector(foreign_page: "Page", tmp_path: Path) -> None:
    async with running(tmp_path, inspect=True) as proxy:
        parts = urlsplit(proxy.inspector_url)
        base = f"{parts.scheme}://{parts.netloc}"
        inspector = await foreign_page.context.new_page()
        await inspector.goto(proxy.inspector_url)
        assert await inspector.evaluate("fetch('/flows').then((answer) => answer.status)") == 200
        answers: list[tuple[str, int]] = []

        def keep(response: "Response") -> None:
            if response.url.startswith(base):
                answers.append((urlsplit(response.url).path, response.status))

        foreign_page.on("response", keep)
        assert await foreign_page.evaluate(ATTACK, base) == "refused"
        assert len(answers) >= 6
        assert {status for _, status in answers} == {403}, answers
        await inspector.close()
