"""The authority that signs for the device side: the emulator's own names, and the certificates of devices.

RSA, and no critical extension that mbedTLS does not know: the C SDK compiles the authority's certificate in,
and checks the platform's names with it. It is kept in the user's config folder, mode 0600, and is in no trust
store.
Source: docs/reference/device-side.md section 1, TLS certificate.
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from devkit.errors import ServeError
from devkit.language import _
from devkit.private_files import config_dir, write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NAME = "devkit device CA"
LIFE = datetime.timedelta(days=3650)
BACKDATE = datetime.timedelta(days=1)
BITS = 2048
DOMAINS = ("*.iotcloud.tencentdevices.com", "*.us-east.iotcloud.tencentdevices.com",
           "*.gateway.tencentdevices.com", "gateway.tencentdevices.com",
           "*.ap-guangzhou.iothub.tencentdevices.com", "localhost")  # fmt: skip
LOCAL = ("127.0.0.1", "::1")
PERMITTED = ("tencentdevices.com", "localhost")
NETWORKS = ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "::1/128",
            "fc00::/7", "fe80::/10")  # fmt: skip


class Pair(NamedTuple):
    """A certificate and its private key, both as PEM."""

    certificate: bytes
    key: bytes


class DeviceAuthority:
    """The key and the certificate of the authority; made when there are none yet."""

    def __init__(self, directory: Path | None = None) -> None:
        self._file = (directory or config_dir()) / "ca-devices.pem"
        self._servers: dict[str, Pair] = {}

    @functools.cached_property
    def _pair(self) -> tuple[x509.Certificate, RSAPrivateKey]:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        if not self._file.is_file():
            return self._make()
        data = self._file.read_bytes()
        try:
            key, certificate = load_pem_private_key(data, None), x509.load_pem_x509_certificate(data)
        except (ValueError, TypeError) as error:
            raise _broken(self._file, str(error)) from error
        if not isinstance(key, RSAPrivateKey) or certificate.public_key() != key.public_key():
            raise _broken(self._file, _("its key is not that of its certificate"))
        return certificate, key

    @property
    def pem(self) -> bytes:
        """Return the authority's certificate.

        Errors: ServeError when its file is broken or cannot be written.
        """
        return _pem(self._pair[0])

    def _make(self) -> tuple[x509.Certificate, RSAPrivateKey]:
        from cryptography import x509

        networks = [x509.IPAddress(ipaddress.ip_network(network)) for network in NETWORKS]
        names = [x509.DNSName(name) for name in PERMITTED]
        limits = x509.NameConstraints([*names, *networks], None)
        key = _new_key()
        certificate = _sign(NAME, key, None, x509.BasicConstraints(True, 0), limits)
        try:
            write_private(self._file, _key_pem(key) + _pem(certificate), parents=True)
        except OSError as error:
            raise ServeError(
                _(f"The authority of devices {self._file} cannot be written: {error.strerror}."),
                _("Set DEVKIT_CONFIG_DIR to a folder that you may write to."),
            ) from error
        return certificate, key

    def for_device(self, client_id: str) -> Pair:
        """Return a new certificate for a device, whose common name is its client id."""
        from cryptography import x509

        key = _new_key()
        certificate = _sign(client_id, key, self._pair, x509.BasicConstraints(False, None))
        return Pair(_pem(certificate), _key_pem(key))

    def for_names(self, names: Sequence[str]) -> Pair:
        """Return a new certificate for a server of some names and addresses."""
        from cryptography import x509

        alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
        key, plain = _new_key(), x509.BasicConstraints(False, None)
        return Pair(_pem(_sign(names[0], key, self._pair, plain, alternative)), _key_pem(key))

    def load_into(self, context: ssl.SSLContext, host: str) -> None:
        """Let a TLS context prove that it is the platform, and this machine called host; made once."""
        if host not in self._servers:
            self._servers[host] = self.for_names([*DOMAINS, *LOCAL, *([host] if _permitted(host) else [])])
        pair = self._servers[host]
        with tempfile.TemporaryDirectory(prefix="devkit-tls-") as folder:
            file = Path(folder) / "server.pem"
            write_private(file, pair.key + pair.certificate + self.pem)
            context.load_cert_chain(file)
        context.load_verify_locations(cadata=self.pem.decode())


def _broken(file: Path, reason: str) -> ServeError:
    return ServeError(_(f"{file} is no authority of devices: {reason}."), _("Delete it; a new one is made."))


def _new_key() -> RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, BITS)


def _sign(
    name: str,
    key: RSAPrivateKey,
    issuer: tuple[x509.Certificate, RSAPrivateKey] | None,
    basic: x509.BasicConstraints,
    *extensions: x509.ExtensionType,
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import NameOID

    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    signer = issuer[1] if issuer else key
    signed_by = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + LIFE)
        .add_extension(basic, critical=True)
        .add_extension(_usage(authority=basic.ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(signed_by, critical=False)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(signer, hashes.SHA256())


def _permitted(host: str) -> bool:
    """Tell whether the authority may sign for a name or an address besides its own ones."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return str(address) not in LOCAL and any(address in ipaddress.ip_network(item) for item in NETWORKS)


def _usage(*, authority: bool) -> x509.KeyUsage:
    """Return what a key may be used for; Python 3.13 asks for it by default."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=not authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: RSAPrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
