"""Calls to the product API, over the platform's official SDK."""

from __future__ import annotations

import importlib
import json
import logging
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from devkit.errors import SettingsError, TransportError
from devkit.extras import install_command
from devkit.language import _
from devkit.product.keys import SecretKeys
from devkit.product.refusals import THROTTLED, refusal
from devkit.web.hosts import is_loopback

if TYPE_CHECKING:
    from devkit.settings import Settings

logger = logging.getLogger(__name__)
SDK = "tencentcloud.iotexplorer.v20190423"
SDK_LOGGER = "tencentcloud_sdk_common"
WAITS_S = (1.0, 2.0, 4.0)
TIMEOUT_S = 30
PAGE = 100


@dataclass(frozen=True)
class ProductClient:
    """The product API with the keys of an account; every call is one signed request.

    sleep: waits between tries of a throttled call.
    """

    keys: SecretKeys
    region: str
    url: str = ""
    language: str = "en-US"
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> ProductClient:
        """Return the client that the settings and the environment describe.

        Errors: SettingsError without keys, or for an address that cannot be.
        """
        language = "zh-CN" if settings.lang == "zh" else "en-US"
        return cls(SecretKeys.need(), settings.product_region, _checked(settings.product_url), language)

    def call(self, action: str, **params: object) -> dict[str, Any]:
        """Perform an action and return its answer with every field of the SDK's model; absent ones are None.

        A throttled call is tried again, since the platform did nothing; no other is.
        Errors: CloudApiError with the way out, TransportError, TransportTimeoutError, SettingsError.
        """
        for wait in (*WAITS_S, None):
            try:
                return self._once(action, params)
            except TransportError as error:
                if wait is None or not str(getattr(error, "code", "")).startswith(THROTTLED):
                    raise
                logger.info("%s is throttled; once more in %s s", action, wait)
                self.sleep(wait)
        raise TransportError(_(f"{action} was not performed."))

    def pages(self, action: str, items: str, **params: object) -> Iterator[dict[str, Any]]:
        """Yield the items of a list that is paged by Context and Listover.

        Errors: as those of call.
        """
        context = ""
        while True:
            answer = self.call(action, **params, Context=context)
            yield from answer[items] or []
            if answer["Listover"] is not False or not answer["Context"] or answer["Context"] == context:
                return
            context = answer["Context"]

    def _once(self, action: str, params: dict[str, object]) -> dict[str, Any]:
        models = _sdk("models")
        failure = importlib.import_module("tencentcloud.common.exception").TencentCloudSDKException
        request = getattr(models, f"{action}Request")()
        request.from_json_string(json.dumps(params))
        try:
            # It warns of fields newer than itself, and for that changes everyone's filters.
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                response = getattr(self._sdk_client, action)(request)
        except failure as error:
            code, message = str(error.code or "InternalError"), _text(error.message)
            about = {"action": action, "region": self.region, "tries": len(WAITS_S) + 1}
            raise refusal(code, self.keys.hide(message), error.requestId or "", **about) from None
        for one in told:
            if "action is deprecated" in str(one.message):
                logger.warning("%s: %s", action, one.message)
        answer: dict[str, Any] = json.loads(response.to_json_string())
        return answer

    @cached_property
    def _sdk_client(self) -> Any:
        """Return the SDK's client. Its log lines have keys and tokens in them, and are switched off."""
        credential = importlib.import_module("tencentcloud.common.credential")
        http = importlib.import_module("tencentcloud.common.profile.http_profile")
        profile = importlib.import_module("tencentcloud.common.profile.client_profile")
        logging.getLogger(SDK_LOGGER).setLevel(logging.WARNING)
        where = urlsplit(self.url)
        transport = http.HttpProfile(
            protocol=where.scheme or "https",
            endpoint=where.netloc or None,
            reqTimeout=TIMEOUT_S,
            keepAlive=True,
        )
        about = profile.ClientProfile(httpProfile=transport, language=self.language, request_client="devkit")
        keys = credential.Credential(self.keys.secret_id, self.keys.secret_key, self.keys.token or None)
        return _sdk("iotexplorer_client").IotexplorerClient(keys, self.region, about)


def _sdk(module: str) -> ModuleType:
    """Import a module of the SDK.

    Errors: SettingsError when it is not installed.
    """
    try:
        return importlib.import_module(f"{SDK}.{module}")
    except ModuleNotFoundError as error:
        raise SettingsError(
            _(f"The product API needs the package {error.name}."),
            _(f"Install it: {install_command('product')}"),
        ) from error


def _checked(url: str) -> str:
    """Return the address of the API.

    Errors: SettingsError for one that is none, or that is not encrypted and not on this machine.
    """
    parts = urlsplit(url)
    if not url:
        return url
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingsError(
            _(f"product_url must be a web address without a path, not {url!r}."),
            _("Leave it out for the platform's own."),
        )
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise SettingsError(
            _(f"product_url {url!r} would send what is private unencrypted."), _("Use https.")
        )
    return url.rstrip("/")


def _text(message: object) -> str:
    """Return a message of the SDK, which has the body of an answer that is no JSON as bytes."""
    text = message.decode("utf-8", "replace") if isinstance(message, bytes) else str(message)
    return text if len(text) <= 300 else f"{text[:300]} …"
