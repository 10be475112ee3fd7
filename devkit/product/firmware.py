"""Publishing a firmware of the product: its file to the platform's storage, then its version."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devkit.errors import SettingsError, TransportError
from devkit.language import _
from devkit.product.product import CloudProduct
from devkit.product.refusals import KNOWN
from devkit.web.hosts import is_loopback

UPLOAD_TIMEOUT_S = 300


@dataclass(frozen=True)
class Firmware:
    """A firmware file that is to be published; module is FwType, "" for the platform's default."""

    file: Path
    version: str
    name: str = ""
    description: str = ""
    module: str = ""

    def read(self) -> bytes:
        """Return what is in the file.

        Errors: SettingsError when that cannot be a firmware.
        """
        try:
            data = self.file.read_bytes()
        except OSError as error:
            raise SettingsError(_(f"{self.file} cannot be read: {error.strerror}.")) from error
        if not data:
            raise SettingsError(_(f"{self.file} is empty."), _("Name the firmware's image."))
        return data


def refuse_known(product: CloudProduct, firmware: Firmware) -> None:
    """Refuse a version that the product has already for that module.

    Errors: SettingsError; those of CloudProduct.
    """
    for row in product.firmwares():
        if row["Version"] == firmware.version and firmware.module in ("", row["FwType"] or ""):
            raise SettingsError(
                _(f"{product.product_id} has a firmware {firmware.version} already, MD5 {row['Md5sum']}."),
                KNOWN,
            )


def publish(product: CloudProduct, firmware: Firmware, data: bytes) -> str:
    """Upload a firmware and make its version known; return its MD5. No device is upgraded by that.

    That the storage takes the file by PUT is unverified.
    Source: PyPI tencentcloud-sdk-python-iotexplorer@3.1.194,
    tencentcloud/iotexplorer/v20190423/iotexplorer_client.py GetCOSURL, UploadFirmware
    Errors: those of CloudProduct; TransportError when the storage refuses the file.
    """
    about: dict[str, object] = {
        "ProductID": product.product_id, "FirmwareVersion": firmware.version, "FileSize": len(data),
    }  # fmt: skip
    if firmware.module:
        about["FwType"] = firmware.module
    _put(str(product.client.call("GetCOSURL", **about)["Url"] or ""), data)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    names = {"FirmwareName": firmware.name, "FirmwareDescription": firmware.description}
    given = {name: text for name, text in names.items() if text}
    product.client.call("UploadFirmware", **about, **given, Md5sum=digest)
    return digest


def _put(url: str, data: bytes) -> None:
    """Send a file to an address of the storage, which is signed and therefore not shown."""
    import httpx

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        nowhere = _("no address")
        raise TransportError(_(f"The platform's storage is at {host or nowhere}, without encryption."))
    try:
        status = httpx.put(url, content=data, timeout=UPLOAD_TIMEOUT_S).status_code
    except httpx.HTTPError as error:
        raise TransportError(
            _(f"The firmware did not reach {host}: {type(error).__name__}."),
            _("Nothing was published; try again, and check HTTPS_PROXY."),
        ) from None
    if status != 200:
        raise TransportError(
            _(f"{host} refused the firmware with status {status}."), _("Nothing was published; try again.")
        )
