"""Who a device is: user name, password, expiry and keys of a connection, as the device SDKs make them.

Source: docs/reference/device-side.md section 1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from devkit.cloud.api.handlers.homes.configs import EVERYONE
from devkit.cloud.devices.device_keys import LOGGED_IN
from devkit.cloud.devices.mqtt.codec import NAMES, Connect
from devkit.cloud.store.schema import CONFIGS, DEVICES, PRODUCTS, ConfigRow
from devkit.cloud.store.work import Work
from devkit.language import _

VERSION_REFUSED, ID_REFUSED, UNAVAILABLE, PASSWORD_REFUSED, NOT_AUTHORISED = 1, 2, 3, 4, 5
LONGEST_CLIENT_ID = 80
PRODUCT_ID_LENGTH = 10
MILLISECONDS_FROM = 100_000_000_000
LONGEST_EXPIRY = 20
METHODS = {"hmacsha1": hashlib.sha1, "hmacsha256": hashlib.sha256}


class LoginRefusedError(Exception):
    """A connection that may not be. code is that of CONNACK; device_id is "" when it is not known."""

    def __init__(self, code: int, reason: str, device_id: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.device_id = device_id


@dataclass(frozen=True)
class Proof:
    """What TLS has shown: the identity of its key, or the common name of a certificate; "" for none."""

    psk_identity: str = ""
    certificate: str = ""


def log_in(work: Work, connect: Connect, proof: Proof) -> str:
    """Return the id of the device that a CONNECT is of.

    Errors: LoginRefusedError.
    """
    if connect.level not in NAMES:
        raise LoginRefusedError(
            VERSION_REFUSED,
            _(f"It speaks MQTT of protocol level {connect.level}; the platform has 3.1 and 3.1.1 (3, 4)."),
        )
    device_id, psk = _known(work, connect.client_id)
    if proof.psk_identity or proof.certificate:
        _check_proof(connect.client_id, device_id, proof)
    else:
        _check_password(connect, device_id, psk, work.now_s)
    work.tx.put(CONFIGS, ConfigRow(owner=EVERYONE, device_id=device_id, name=LOGGED_IN, value="1"))
    return device_id


def _known(work: Work, client_id: str) -> tuple[str, str]:
    """Return the id and the secret of the device that a client id names."""
    if not client_id or len(client_id) > LONGEST_CLIENT_ID:
        raise LoginRefusedError(
            ID_REFUSED,
            _(f"The client id has {len(client_id)} characters; it is ProductId + DeviceName, 80 at most."),
        )
    found = find_device(work, client_id)
    if found is not None:
        return found
    product = next(
        (row["product_id"] for row in work.tx.find(PRODUCTS, {}) if client_id.startswith(row["product_id"])),
        "",
    )
    if product:
        name = client_id.removeprefix(product)
        raise LoginRefusedError(NOT_AUTHORISED, _(f"The product {product} has no device {name!r}."))
    raise LoginRefusedError(
        ID_REFUSED,
        _(f"The client id {client_id!r} begins with no ProductId of this emulator, as ids do."),
    )


def find_device(work: Work, client_id: str) -> tuple[str, str] | None:
    """Return the id and the secret of the device of a client id; None when there is none."""
    lengths = {PRODUCT_ID_LENGTH, *(len(item["product_id"]) for item in work.tx.find(PRODUCTS, {}))}
    for length in sorted(lengths):
        row = work.tx.get(DEVICES, f"{client_id[:length]}/{client_id[length:]}")
        if row is not None:
            return row["device_id"], row["psk"]
    return None


def _check_proof(client_id: str, device_id: str, proof: Proof) -> None:
    if proof.psk_identity and proof.psk_identity != client_id:
        raise LoginRefusedError(
            NOT_AUTHORISED,
            _(f"TLS was opened with the key of {proof.psk_identity}, but the client id is {client_id}."),
            device_id,
        )
    if proof.certificate and proof.certificate != client_id:
        raise LoginRefusedError(
            NOT_AUTHORISED,
            _(f"The certificate is that of {proof.certificate}, but the client id is {client_id}."),
            device_id,
        )


def _check_password(connect: Connect, device_id: str, psk: str, now_s: int) -> None:
    def refuse(reason: str) -> LoginRefusedError:
        return LoginRefusedError(PASSWORD_REFUSED, reason, device_id)

    if connect.username is None:
        raise refuse(_("It sends no user name."))
    fields = connect.username.split(";")
    if len(fields) != 4:
        raise refuse(_(f"The user name {connect.username!r} is not clientId;appid;connid;expiry."))
    if fields[0] != connect.client_id:
        raise refuse(_(f"The user name is of {fields[0]!r}, the client id is {connect.client_id!r}."))
    if expired := _expired(fields[3], now_s):
        raise refuse(expired)
    if connect.password is None:
        raise refuse(
            _(
                "It sends no password. C firmware in TLS key mode proves itself by TLS alone: connect it to "
                "the TLS port, or build it with FEATURE_AUTH_WITH_NOTLS ON."
            )
        )
    sent, _rest, method = connect.password.decode("utf-8", "replace").rpartition(";")
    if method not in METHODS:
        known = ", ".join(METHODS)
        raise refuse(
            _(f"The password does not end with ;hmacsha1 or ;hmacsha256 ({method!r} is none of {known}).")
        )
    if hmac.compare_digest(sent.encode(), password(psk, connect.username, method).encode()):
        return
    raise refuse(_why(sent, psk, connect.username, method))


def _expired(text: str, now_s: int) -> str:
    """Say what is wrong with the expiry of a user name; "" when it is in the future, in seconds.

    The Python SDK sends the ms at which its client was made, and keeps them when it connects again. Whatever
    is as long as milliseconds is therefore good, as it would be for who reads it as seconds.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > LONGEST_EXPIRY:
        return _(f"The expiry {text!r} in the user name is no number of seconds.")
    if int(text) >= MILLISECONDS_FROM or int(text) >= now_s:
        return ""
    return _(
        f"The user name expired {now_s - int(text)} s ago: is the device's clock right? "
        "Firmware asks $sys/operation for the time, or signs with 2147483647."
    )


def password(psk: str, username: str, method: str = "hmacsha1") -> str:
    """Return the hex part of the password for a secret in base64."""
    return hmac.new(decode_secret(psk), username.encode(), METHODS[method]).hexdigest()


def decode_secret(psk: str) -> bytes:
    """Return the bytes of a DeviceSecret."""
    try:
        return base64.b64decode(psk)
    except (ValueError, binascii.Error):
        return psk.encode()


def _why(sent: str, psk: str, username: str, method: str) -> str:
    """Name the mistake behind a signature, where it can be found."""
    digest = METHODS[method]
    right = password(psk, username, method)
    if sent.lower() == right:
        return _("The password has capital hex digits; they are small ones.")
    if sent.lower() == hmac.new(psk.encode(), username.encode(), digest).hexdigest():
        return _(
            "The signature does not match: DeviceSecret was used as text; it has to be base64-decoded first."
        )
    for other in METHODS:
        if other != method and sent == password(psk, username, other):
            return _(f"The signature is one of {other}, but the password says {method}.")
    if sent == base64.b64encode(bytes.fromhex(right)).decode():
        return _("The signature is right, but in base64; it is sent as small hex digits.")
    return _("The signature does not match: is DeviceSecret that of this device, and base64-decoded?")
