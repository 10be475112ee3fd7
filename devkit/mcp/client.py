"""The control API of a run, as a client sees it."""

from __future__ import annotations

import json
from typing import Any, Self
from urllib.parse import quote

import httpx

from devkit.errors import ServeError

TIMEOUT_S = 30.0


class ControlClient:
    """Talks to the dev server at url with its control token."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=self.url, headers=headers, timeout=TIMEOUT_S, trust_env=False)

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def get(self, path: str) -> dict[str, Any]:
        """Return what the control API answers to GET.

        Errors: ServeError with the API's own words.
        """
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: object) -> dict[str, Any]:
        """Return what the control API answers to POST; body is JSON.

        Errors: ServeError with the API's own words.
        """
        return await self._ask("POST", path, json.dumps(body).encode())

    async def device(self, device_id: str, act: str, body: object) -> None:
        """Perform an act of a device (devkit.transport.acts).

        Errors: ServeError with the API's own words.
        """
        await self.post(f"devices/{place(device_id)}/{act}", body)

    async def _ask(self, method: str, path: str, content: bytes | None) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, f"/__devkit/api/{path}", content=content)
        except httpx.HTTPError as error:
            raise ServeError(
                f"The dev server at {self.url} does not answer: {error or type(error).__name__}.",
                "Is devkit dev still running?",
            ) from error
        try:
            read: dict[str, Any] = answer.json()
        except ValueError:
            raise ServeError(f"The dev server answered {answer.status_code}: {answer.text[:200]}") from None
        if answer.is_success:
            return read
        raise ServeError(str(read.get("error", {}).get("msg") or read))


def place(device_id: str) -> str:
    """Return productId/deviceName as a path."""
    product_id, _, name = device_id.partition("/")
    if not product_id or not name:
        raise ServeError(f"device must be productId/deviceName, not {device_id!r:.100}.")
    return f"{quote(product_id, safe='')}/{quote(name, safe='')}"
