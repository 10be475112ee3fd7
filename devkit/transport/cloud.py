"""The cloud transport: the real platform, or an emulator that is served, over HTTP and a websocket."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from devkit.errors import CloudApiError, TransportError, TransportTimeoutError
from devkit.language import _
from devkit.settings import Settings
from devkit.subscriptions import Subscription
from devkit.timeline.happening import Happening, Observer
from devkit.timeline.kinds import ActionCall
from devkit.transport.base import JSON, DeviceBench, Push
from devkit.transport.credentials import Credentials
from devkit.transport.endpoint import Endpoint
from devkit.transport.push_client import RECONNECT_S, PushClient
from devkit.transport.signature import sign

if TYPE_CHECKING:
    import httpx

logger = logging.getLogger(__name__)
TIMEOUT_S = 10.0
SETTLE_S = 5.0
CALLS_PER_S = 50
EXPIRED = ("InvalidAccessToken", "VERIFY_LOGIN_FAIL")


async def open_cloud(settings: Settings, *, observer: Observer | None = None) -> CloudTransport:
    """Connect to the platform of the settings and check the access token.

    Errors: SettingsError without credentials, TransportError when the cloud cannot be reached, CloudApiError
    when it refuses the token.
    """
    endpoint = Endpoint.of(settings.region, settings.cloud_url, settings.sandbox)
    transport = CloudTransport(endpoint, Credentials.find(), observer=observer)
    try:
        await transport.connect()
    except BaseException:
        await transport.aclose()
        raise
    return transport


class CloudTransport:
    """Calls over HTTP and pushes over a websocket, as one user."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        observer: Observer | None = None,
        timeout_s: float = TIMEOUT_S,
        reconnect_s: float = RECONNECT_S,
    ) -> None:
        import httpx

        self._endpoint = endpoint
        self._credentials = credentials
        self._observer = observer
        self._token = credentials.token
        self._login = asyncio.Lock()
        self._user_id = "unknown"
        self._pace = Pace(CALLS_PER_S)
        self._http = httpx.AsyncClient(timeout=timeout_s, trust_env=not endpoint.loopback)
        self._pushes = PushClient(
            endpoint, lambda: self._token, lambda: self._user_id, self._on_push, reconnect_s=reconnect_s
        )

    @property
    def bench(self) -> DeviceBench | None:
        """Return None: the devices of the cloud are real ones."""
        return None

    async def connect(self) -> None:
        """Log in where that is needed, and ask who the user is."""
        if not self._token:
            await self._log_in("")
        user = await self.call("AppGetUser", {})
        self._user_id = str((user.get("Data") or {}).get("UserID", "unknown"))

    async def call(self, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Perform an action; an expired token is replaced once where a login is possible."""
        started = time.monotonic()
        await self._pushes.settled(SETTLE_S)
        answer: dict[str, JSON] | None = None
        refusal: dict[str, JSON] | None = None
        try:
            answer = await self._call_as_user(action, params)
        except TransportError as error:
            refusal = {"code": getattr(error, "code", 0), "msg": error.message}
            raise
        finally:
            shown = {name: value for name, value in params.items() if name != "AccessToken"}
            ms = round((time.monotonic() - started) * 1000)
            self._observe(ActionCall(action, shown, answer, refusal, ms))
        return answer

    async def _call_as_user(self, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        token = self._token
        try:
            return await self._post("tokenapi", action, {"AccessToken": token, **params})
        except CloudApiError as error:
            expired = any(word in str(error.code) for word in EXPIRED)
            if not expired or "AccessToken" in params or not self._credentials.can_log_in:
                raise
        await self._log_in(token)
        return await self._post("tokenapi", action, {"AccessToken": self._token, **params})

    async def _log_in(self, old: str) -> None:
        """Get a new token, unless another call has got one meanwhile."""
        async with self._login:
            if self._token != old:
                return
            credentials = self._credentials
            params: dict[str, JSON] = {
                "Action": "AppGetTokenByWeiXin",
                "RequestId": secrets.token_hex(8),
                "AppKey": credentials.app_key,
                "Timestamp": int(time.time()),
                "Nonce": secrets.randbelow(2**31 - 1) + 1,
                "WxOpenID": credentials.open_id,
                "NickName": "devkit",
                "Avatar": f"{self._endpoint.base}/favicon.ico",
            }
            params["Signature"] = sign(params, credentials.app_secret)
            answer = await self._post("appapi", "AppGetTokenByWeiXin", params)
            self._token = str((answer.get("Data") or {}).get("Token", ""))

    async def _post(self, kind: str, action: str, params: Mapping[str, JSON]) -> dict[str, JSON]:
        """Send one call and unpack its envelope."""
        request_id = str(params.get("RequestId") or secrets.token_hex(8))
        body = {**params, "Action": action, "RequestId": request_id}
        if kind == "tokenapi":
            body.setdefault("RegionId", 1)  # appapi's signature covers every parameter, and not this one
        await self._pace.wait()
        response = await self._send(kind, action, body)
        if response.status_code in (408, 504):
            raise TransportTimeoutError(_(f"The cloud did not answer {action} in time."), _("Try again."))
        if response.status_code != 200:
            failed = TransportError(
                _(f"The cloud answered {action} with HTTP status {response.status_code}.")
            )
            failed.status, failed.reason = response.status_code, response.reason_phrase
            raise failed
        try:
            envelope = response.json()
            code, message = envelope.get("code", 0), str(envelope.get("msg") or "")
            data = envelope.get("data", envelope.get("Response")) or {}
            failure = data.get("Error")
        except (ValueError, AttributeError) as error:
            raise TransportError(_(f"The cloud answered {action} with something other than JSON.")) from error
        if failure:
            raise CloudApiError(failure.get("Code", code), str(failure.get("Message", message)), request_id)
        if code:
            raise CloudApiError(code, message, request_id)
        return {**data, "RequestId": data.get("RequestId") or request_id}

    async def _send(self, kind: str, action: str, body: Mapping[str, JSON]) -> httpx.Response:
        import httpx

        query = {"uin": self._user_id, "cmd": action}
        try:
            return await self._http.post(self._endpoint.api(kind), params=query, json=body)
        except httpx.TimeoutException as error:
            raise TransportTimeoutError(
                _(f"The cloud did not answer {action} in time."), _("Check the connection, or try again.")
            ) from error
        except httpx.HTTPError as error:
            raise TransportError(
                _(f"The cloud at {self._endpoint.base} cannot be reached: {error}."),
                _("Check the connection, the proxy settings and cloud_url."),
            ) from error

    def subscribe(
        self, device_ids: Collection[str], subscriber: Callable[[Push], None]
    ) -> Subscription[Push]:
        """Call subscriber with the pushes of some devices; the next call waits until the cloud knows."""
        return self._pushes.subscribe(device_ids, subscriber)

    def _on_push(self, push: Push) -> None:
        self._observe(push)

    def _observe(self, what: Happening) -> None:
        if self._observer:
            self._observer(what)

    async def aclose(self) -> None:
        """Close both connections and end every subscription."""
        await self._pushes.aclose()
        await self._http.aclose()


class Pace:
    """Keep calls apart, so that a panel in a loop does not lock its account out."""

    def __init__(self, per_second: int) -> None:
        self._gap = 1 / per_second
        self._burst = per_second
        self._tokens = float(per_second)
        self._last = time.monotonic()

    async def wait(self) -> None:
        """Return at once while the budget lasts; then at the allowed rate."""
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._last) / self._gap)
        self._last = now
        self._tokens -= 1
        if self._tokens < 0:
            await asyncio.sleep(-self._tokens * self._gap)
