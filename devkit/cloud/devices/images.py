"""Firmware images: kept with their product, at signed addresses like those of the platform's storage."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from devkit.cloud.api.signing import same
from devkit.cloud.store.schema import FIRMWARE_IMAGES, FIRMWARES, PRODUCTS, FirmwareImageRow, FirmwareRow
from devkit.errors import FirmwareError, SettingsError
from devkit.language import _
from devkit.model.firmware import MOST_BYTES, md5_of

if TYPE_CHECKING:
    from devkit.cloud.emulator import Emulator
    from devkit.cloud.store.work import Work

PATH = "/firmware"
LONGEST_VERSION = 32
LONGEST_DESCRIPTION = 2000
LINK_SECONDS = 3600
"""How long an address works; that of the platform is unverified."""
KEPT = 2
INVENTED_LINES = 256


@dataclass(frozen=True)
class Image:
    """A firmware as a download gives it; etag is the MD5 of the bytes, not the announced one."""

    data: bytes
    etag: str


class FirmwareImages:
    """The firmware files of an emulator. base_url is where its HTTP paths are reached."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self.base_url = "http://127.0.0.1:9000"
        self._recent: dict[tuple[str, str, str], bytes] = {}

    def add(
        self,
        product_id: str,
        version: str,
        data: bytes | None = None,
        *,
        name: str = "",
        description: str = "",
        md5: str = "",
        fw_type: str = "mcu",
    ) -> None:
        """Publish a firmware: devices of the product that run another version are offered it.

        data: up to 16 MiB; a small one is invented when there is none. md5: the announced one, to be wrong
        on purpose; by default that of the data. fw_type: "mcu" or "module".
        Errors: SettingsError for an unknown product, a version that is no text of 1 to 32, or too many bytes.
        """
        image = _invented(product_id, version) if data is None else bytes(data)
        _check(version, image, description)

        def store(work: Work) -> None:
            if work.tx.get(PRODUCTS, product_id) is None:
                known = ", ".join(row["product_id"] for row in work.tx.find(PRODUCTS, {}, limit=8))
                raise SettingsError(_(f"There is no product {product_id}."), _(f"Known products: {known}."))
            firmware = FirmwareRow(
                product_id=product_id,
                version=version,
                name=name or f"{product_id} {version}",
                description=description,
                md5=(md5 or md5_of(image)).lower(),
                fw_type=fw_type,
                url="",
                created=work.stamp,
            )
            work.tx.put(FIRMWARES, firmware)
            text, secret = base64.b64encode(image).decode("ascii"), secrets.token_hex(16)
            kept = FirmwareImageRow(product_id=product_id, version=version, secret=secret, data=text)
            work.tx.put(FIRMWARE_IMAGES, kept)

        self._emulator.perform(store)

    def url(self, work: Work, product_id: str, version: str) -> str:
        """Return a signed address of a firmware that works for an hour; "" when there is no such firmware."""
        firmware = work.tx.get(FIRMWARES, product_id, version)
        if firmware is None:
            return ""
        image = work.tx.get(FIRMWARE_IMAGES, product_id, version)
        if firmware["url"] or image is None:
            return str(firmware["url"])
        expires = work.now_s + LINK_SECONDS
        query = urlencode({"sign": _sign(image["secret"], product_id, version, expires), "t": expires})
        place = f"{quote(product_id, safe='')}/{quote(version, safe='')}.bin"
        return f"{self.base_url}{PATH}/{place}?{query}"

    def knows(self, url: str) -> bool:
        """Tell whether an address is one of this emulator's."""
        return url.startswith(f"{self.base_url}{PATH}/")

    def fetch(self, url: str) -> Image:
        """Return what an address of this emulator leads to.

        Errors: FirmwareError -1 (by a fault), -2, -3.
        """
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self.open(parts.path, query.get("sign", ""), query.get("t", ""))

    def open(self, path: str, sign: str, expires: str) -> Image:
        """Return the image at a path, with the faults that are on.

        Errors: FirmwareError -1 (by a fault), -2 when there is none, -3 when the signature is wrong or old.
        """
        fault = self._emulator.faults.firmware
        if fault in (-1, -2, -3):
            raise FirmwareError(fault, _("by a fault"))
        place = path.removeprefix(f"{PATH}/").removesuffix(".bin")
        product_id, _rest, version = (unquote(part) for part in place.partition("/"))
        with self._emulator.work() as work:
            row = work.tx.get(FIRMWARE_IMAGES, product_id, version)
            now = work.now_s
        if row is None:
            raise FirmwareError(-2, _(f"there is no firmware {version} of {product_id}"))
        moment = int(expires) if expires.isascii() and expires.isdigit() else 0
        right = _sign(row["secret"], product_id, version, moment)
        if moment < now or not same(sign, right):
            raise FirmwareError(-3, _(f"the address of firmware {version} is used up or changed"))
        data = self._decoded(row)
        if fault == -4:
            data = bytes([(data or b"\0")[0] ^ 0xFF]) + data[1:]
        return Image(data, md5_of(data))

    def _decoded(self, row: Any) -> bytes:
        """Return the bytes of a row; the last few are kept, since downloads come in pieces."""
        key = (row["product_id"], row["version"], row["secret"])
        if key not in self._recent:
            while len(self._recent) >= KEPT:
                del self._recent[next(iter(self._recent))]
            self._recent[key] = base64.b64decode(row["data"])
        return self._recent[key]


def _check(version: object, image: bytes, description: object) -> None:
    if not isinstance(version, str) or not 0 < len(version) <= LONGEST_VERSION or not version.isprintable():
        raise SettingsError(
            _(f"A firmware version is a text of 1 to {LONGEST_VERSION} characters, not {version!r}.")
        )
    if not isinstance(description, str) or len(description) > LONGEST_DESCRIPTION:
        raise SettingsError(_(f"A description is a text of at most {LONGEST_DESCRIPTION} characters."))
    if len(image) > MOST_BYTES:
        raise SettingsError(
            _(f"The firmware {version} has {len(image)} bytes; at most {MOST_BYTES} (16 MiB) are possible.")
        )


def _sign(secret: str, product_id: str, version: str, expires: int) -> str:
    text = f"{product_id}/{version}/{expires}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def _invented(product_id: str, version: object) -> bytes:
    """Return a small image for a firmware that nobody has built."""
    return f"{product_id} {version}\n".encode() * INVENTED_LINES
