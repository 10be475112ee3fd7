"""Certificate authorities that can sign for a few named hosts and for nothing else.

Each Authority is one ECDSA key and one self-signed certificate with critical name constraints, kept as one
PEM file (mode 0600) in the user's config folder. "panel" covers the script and style hosts; "local-cloud"
covers the platform's host and is made only when local-cloud mode needs it; "mirror" covers the extra hosts
of the setting of that name.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import ipaddress
import os
import re
import ssl
import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from devkit.errors import ProxyError
from devkit.language import _, marked
from devkit.private_files import config_dir, write_private
from devkit.web.hosts import CLOUD_HOST, PANEL_HOSTS

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

HOSTS: Mapping[str, tuple[str, ...]] = {"panel": PANEL_HOSTS, "local-cloud": (CLOUD_HOST,)}
LIFE = datetime.timedelta(days=180)
LEAF_LIFE = datetime.timedelta(days=7)
RENEW_BEFORE = datetime.timedelta(days=30)
BACKDATE = datetime.timedelta(hours=1)
ALPN = ("http/1.1",)
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+")


@dataclass(frozen=True)
class Authority:
    """One CA: name, hosts that it may sign for, certificate, key, and the file that holds both."""

    name: str
    hosts: tuple[str, ...]
    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    file: Path

    @property
    def label(self) -> str:
        """Return the common name, which also names the CA in trust stores."""
        return common_name(self.certificate)

    @cached_property
    def pem(self) -> bytes:
        """Return the certificate alone, as PEM."""
        from cryptography.hazmat.primitives.serialization import Encoding

        return self.certificate.public_bytes(Encoding.PEM)

    @cached_property
    def der(self) -> bytes:
        """Return the certificate alone, as DER."""
        return ssl.PEM_cert_to_DER_cert(self.pem.decode())

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the certificate, in upper-case hex pairs."""
        return hashlib.sha256(self.der).digest().hex(":").upper()

    @property
    def expires(self) -> datetime.datetime:
        """Return the end of its life, in UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def key_pin(self) -> str:
        """Return the base64 SHA-256 of the public key, as Chromium's certificate flag takes it."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        spki = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(hashlib.sha256(spki).digest()).decode()

    def expired(self, now: datetime.datetime | None = None, margin: datetime.timedelta = LEAF_LIFE) -> bool:
        """Tell whether its life ends within margin."""
        return (now or _now()) + margin >= self.expires


def authority_file(name: str, directory: Path) -> Path:
    """Return the PEM file of one authority."""
    return directory / f"ca-{name}.pem"


def ensure_authority(name: str, hosts: Sequence[str] = (), directory: Path | None = None) -> Authority:
    """Return the authority called name, made anew when there is none, it expired or its hosts changed.

    Errors: ProxyError when its file is unreadable, broken, open to others or holds something else.
    """
    directory = directory or config_dir()
    found = load_authority(name, directory)
    wanted = tuple(hosts or HOSTS[name])
    if found and set(found.hosts) == set(wanted) and not found.expired():
        return found
    return create_authority(name, wanted, directory)


def load_authority(name: str, directory: Path | None = None) -> Authority | None:
    """Return the stored authority called name, or None when there is no file.

    Errors: ProxyError when the file is unreadable, broken, open to others or holds something else.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    file = authority_file(name, directory or config_dir())
    try:
        mode = file.stat().st_mode
        data = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ProxyError(
            _(f"The certificate authority {file} cannot be read: {error.strerror}."),
            _("Run `devkit ca install --rotate` as the user that owns it, or delete the file."),
        ) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise ProxyError(
            _(f"The key in {file} is open to other users (mode {stat.S_IMODE(mode):o})."),
            _("Make a new one with `devkit ca install --rotate`."),
        )
    try:
        key = load_pem_private_key(data, password=None)
        certificate = x509.load_pem_x509_certificate(data)
    except (ValueError, TypeError) as error:
        raise ProxyError(_(f"{file} holds no usable key and certificate: {error}."), _REPLACE) from error
    hosts = _permitted_hosts(certificate)
    ours = isinstance(key, EllipticCurvePrivateKey) and certificate.public_key() == key.public_key()
    if not ours or not hosts or not common_name(certificate).startswith(f"devkit {name} CA "):
        raise ProxyError(_(f"{file} is not a certificate authority that devkit made."), _REPLACE)
    return Authority(name, hosts, certificate, key, file)  # type: ignore[arg-type]


_REPLACE = marked("Make a new one with `devkit ca install --rotate`.")


def create_authority(name: str, hosts: Sequence[str], directory: Path | None = None) -> Authority:
    """Make and store a new authority for exactly these hosts, in place of the old one.

    Errors: ProxyError for a host that is no plain DNS name, or when the file cannot be written.
    """
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ProxyError(
                _(f"A certificate authority cannot be limited to {host!r}."), _("Use full host names.")
            )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(name, hosts, key)
    file = authority_file(name, directory or config_dir())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_private(file, private + certificate.public_bytes(Encoding.PEM))
    return Authority(name, tuple(hosts), certificate, key, file)


def _self_signed(name: str, hosts: Sequence[str], key: EllipticCurvePrivateKey) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.x509.oid import ExtendedKeyUsageOID

    subject = _name(f"devkit {name} CA {os.urandom(3).hex()}")
    now = _now()
    everywhere = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
    constraints = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(host) for host in hosts],
        excluded_subtrees=[x509.IPAddress(network) for network in everywhere],
    )
    builder = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - BACKDATE)
        .not_valid_after(now + LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(_key_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256())


def mint_leaf(authority: Authority, hosts: Sequence[str]) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """Return a new server certificate for some of the authority's hosts, and its key.

    Errors: ProxyError for a host that it may not sign for.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    foreign = set(hosts) - set(authority.hosts)
    if foreign or not hosts:
        raise ProxyError(
            _(f"{authority.label} may not sign for {', '.join(sorted(foreign)) or _('no host')}.")
        )
    key = ec.generate_private_key(ec.SECP256R1())
    now = _now()
    issuer = authority.key.public_key()
    builder = (
        x509.CertificateBuilder(
            authority.certificate.subject, _name(hosts[0]), key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(now - BACKDATE)
        .not_valid_after(min(now + LEAF_LIFE, authority.expires))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    )
    return builder.sign(authority.key, hashes.SHA256()), key


def server_context(authority: Authority) -> ssl.SSLContext:
    """Return a TLS context with one leaf for all hosts of authority; sessions resume within its life."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    leaf, key = mint_leaf(authority, authority.hosts)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(list(ALPN))
    with tempfile.TemporaryDirectory(prefix="devkit-tls-") as folder:
        file = Path(folder) / "leaf.pem"
        _write_private(file, private + leaf.public_bytes(Encoding.PEM) + authority.pem)
        context.load_cert_chain(file)
    return context


def common_name(certificate: x509.Certificate) -> str:
    """Return the common name of a certificate's subject, or ""."""
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def _permitted_hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    with contextlib.suppress(x509.ExtensionNotFound):
        found = certificate.extensions.get_extension_for_class(x509.NameConstraints)
        subtrees = found.value.permitted_subtrees or []
        if found.critical and all(isinstance(item, x509.DNSName) for item in subtrees):
            return tuple(str(item.value) for item in subtrees)
    return ()


def _key_usage(*granted: str) -> x509.KeyUsage:
    from cryptography import x509

    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in granted for name in names})


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "devkit"),
            x509.NameAttribute(NameOID.COMMON_NAME, text),
        ]
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _write_private(file: Path, data: bytes) -> None:
    """Write data so that no other user can read it.

    Errors: ProxyError.
    """
    try:
        write_private(file, data, parents=True)
    except OSError as error:
        raise ProxyError(
            _(f"The certificate authority {file} cannot be written: {error.strerror}."),
            _("Set DEVKIT_CONFIG_DIR to a folder that you may write to."),
        ) from error
