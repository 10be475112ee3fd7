"""Signed calls: the AppKey, Timestamp, Nonce and Signature of an application before login."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from devkit.cloud.api.signing import same, sign_call
from devkit.cloud.store.memory import Transaction
from devkit.cloud.store.schema import APPS, NONCES, NonceRow
from devkit.errors import CloudApiError
from devkit.language import _

JSON = Any
VALUE = "InvalidParameterValue"


def check_signed_call(tx: Transaction, params: Mapping[str, JSON], now_s: int, window_s: int) -> None:
    """Refuse a call that is not signed properly, and remember its nonce.

    Errors: CloudApiError.
    """
    for name in ("AppKey", "Timestamp", "Nonce", "Signature"):
        if params.get(name) in (None, ""):
            raise CloudApiError("ErrorRequiredParamNotFound", _(f"The parameter {name} is missing."))
    app_key, signature = params["AppKey"], params["Signature"]
    stamp, nonce = params["Timestamp"], params["Nonce"]
    app = tx.get(APPS, app_key) if isinstance(app_key, str) else None
    if app is None:
        raise CloudApiError(VALUE, _("There is no application with this AppKey."))
    if not _is_number(stamp) or abs(now_s - stamp) > window_s:
        raise CloudApiError(VALUE, _(f"Timestamp must be within {window_s} s of now ({now_s}), in seconds."))
    if not _is_number(nonce) or nonce <= 0:
        raise CloudApiError(VALUE, _("Nonce must be a whole number above 0."))
    if not isinstance(signature, str) or not same(signature, sign_call(params, app["app_secret"])):
        raise CloudApiError(VALUE, _("Signature does not fit the parameters and the AppSecret."))
    key = (app_key, str(nonce), stamp)
    if tx.get(NONCES, *key):
        raise CloudApiError(VALUE, _("This Nonce was used already."))
    stale = (None, now_s - window_s - 1)
    with tx.loosely():
        old_ones = tx.find(NONCES, {"app_key": app_key}, between={"stamp_s": stale})
    for old in old_ones:
        tx.remove(NONCES, app_key, old["nonce"], old["stamp_s"])
    tx.put(NONCES, NonceRow(app_key=app_key, nonce=str(nonce), stamp_s=stamp))


def _is_number(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
