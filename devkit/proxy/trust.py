"""Trust stores: what to run so that a store trusts an authority, and how to ask whether it does.

Stores are data: argument lists with {placeholders}. Nothing here runs a command that changes a store unless
the caller passes it to run().
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devkit.errors import ProxyError
from devkit.language import _, marked
from devkit.private_files import config_dir
from devkit.proxy.authority import Authority

Command = tuple[str, ...]
CHECK_S = 20.0


@dataclass(frozen=True)
class TrustStore:
    """One trust store.

    prepare and finish run once around the install or uninstall commands of each authority. check exits with 0
    and prints `shows` when the CA is trusted.
    Placeholders: {file} certificate, {label} common name, {name} authority, {sha1} of the certificate, {dir}
    the store's folder, {pem} its certificate's text (in shows alone). names lists what is in the store, and
    forget takes out one of devkit's names that it shows, {label}, whose key is gone.
    """

    name: str
    title: str
    tool: str
    install: tuple[Command, ...]
    uninstall: tuple[Command, ...]
    check: Command
    prepare: tuple[Command, ...] = ()
    finish: tuple[Command, ...] = ()
    shows: str = ""
    listing: Command = ()
    names: Command = ()
    forget: Command = ()
    dir: str = ""
    admin: bool = False
    package: str = ""

    @property
    def usable(self) -> bool:
        """Tell whether the store's tool is on this machine."""
        return shutil.which(self.tool) is not None


_NSS = ("certutil", "-d", "sql:{dir}")
_OURS = re.compile(r"devkit [a-z-]+ CA [0-9a-f]{6}\b|^devkit-[a-z-]+\.(?:crt|pem)$", re.MULTILINE)
_MAC_KEYCHAIN = "{home}/Library/Keychains/login.keychain-db"


def nss_store(directory: Path, title: str) -> TrustStore:
    """Return the NSS database in directory, which Chromium or Firefox reads."""
    ready = (directory / "cert9.db").exists()
    return TrustStore(
        name="nss",
        title=title,
        tool="certutil",
        prepare=() if ready else (("mkdir", "-p", "{dir}"), (*_NSS, "-N", "--empty-password")),
        install=((*_NSS, "-A", "-t", "C,,", "-n", "{label}", "-i", "{file}"),),
        uninstall=((*_NSS, "-D", "-n", "{label}"),),
        check=(*_NSS, "-L", "-n", "{label}", "-a"),
        shows="{pem}",
        listing=(*_NSS, "-L"),
        names=(*_NSS, "-L"),
        forget=(*_NSS, "-D", "-n", "{label}"),
        dir=str(directory),
        package=_("libnss3-tools (Debian, Ubuntu), nss-tools (Fedora) or nss (Arch)"),
    )


def _linux_system(anchors: str, update: str, extension: str) -> TrustStore:
    file = f"{anchors}/devkit-{{name}}.{extension}"
    return TrustStore(
        name="system",
        title=_("system certificates (curl, Python, Node with --use-openssl-ca)"),
        tool=update,
        install=(("install", "-m", "0644", "{file}", file),),
        uninstall=(("rm", "-f", file),),
        finish=((update,),),
        check=("cat", file),
        names=("ls", anchors),
        forget=("rm", "-f", f"{anchors}/{{label}}"),
        shows="{pem}",
        admin=True,
    )


_LINUX_SYSTEM = (
    _linux_system("/usr/local/share/ca-certificates", "update-ca-certificates", "crt"),
    _linux_system("/etc/pki/ca-trust/source/anchors", "update-ca-trust", "pem"),
    _linux_system("/etc/ca-certificates/trust-source/anchors", "update-ca-trust", "pem"),
)
_MAC_TRUST = ("security", "add-trusted-cert", "-r", "trustRoot", "-p", "ssl", "-k", _MAC_KEYCHAIN, "{file}")
_MACOS = TrustStore(
    name="system",
    title=marked("login keychain (Safari, Chrome, WeChat DevTools)"),
    tool="security",
    install=(_MAC_TRUST,),
    uninstall=(
        ("security", "remove-trusted-cert", "{file}"),
        ("security", "delete-certificate", "-Z", "{sha1}", _MAC_KEYCHAIN),
    ),
    check=("security", "verify-cert", "-c", "{file}", "-p", "basic", "-L"),
    names=("security", "find-certificate", "-a", "-c", "devkit ", _MAC_KEYCHAIN),
    forget=("security", "delete-certificate", "-c", "{label}", _MAC_KEYCHAIN),
)
_WINDOWS = TrustStore(
    name="system",
    title=marked("your certificate store (Edge, Chrome, WeChat DevTools)"),
    tool="certutil",
    install=(("certutil", "-user", "-addstore", "Root", "{file}"),),
    uninstall=(("certutil", "-user", "-delstore", "Root", "{sha1}"),),
    check=("certutil", "-user", "-verifystore", "Root", "{sha1}"),
    names=("certutil", "-user", "-store", "Root"),
    forget=("certutil", "-user", "-delstore", "Root", "{label}"),
)


def stores(platform: str = sys.platform, home: Path | None = None) -> tuple[TrustStore, ...]:
    """Return the stores of this machine, the browsers' first."""
    home = home or Path.home()
    if platform == "darwin":
        return (_MACOS,)
    if platform == "win32":
        return (_WINDOWS,)
    found = [nss_store(_chromium_nss(home), _("Chromium and Chrome (NSS)"))]
    profiles = sorted(home.glob(".mozilla/firefox/*/cert9.db"))
    found += [nss_store(db.parent, _(f"Firefox profile {db.parent.name} (NSS)")) for db in profiles]
    system = (store for store in _LINUX_SYSTEM if Path(store.check[1]).parent.is_dir())
    return (*found, *list(system)[:1])


def _chromium_nss(home: Path) -> Path:
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share") / "pki/nssdb"
    old = home / ".pki/nssdb"
    return data if data.is_dir() and not old.is_dir() else old


def certificate_file(authority: Authority) -> Path:
    """Write the certificate without its key next to the authority's file, and return where.

    Errors: ProxyError when it cannot be written.
    """
    file = authority.file.with_suffix(".crt")
    try:
        if not file.exists() or file.read_bytes() != authority.pem:
            file.write_bytes(authority.pem)
    except OSError as error:
        raise ProxyError(_(f"{file} cannot be written: {error.strerror}.")) from error
    return file


def install_commands(store: TrustStore, authorities: Sequence[Authority]) -> list[Command]:
    """Return what makes store trust the authorities, with old ones of the same names out first."""
    work = []
    for authority in authorities:
        if not is_trusted(store, authority):
            work += _stale_commands(store, authority)
            work += [_filled(store, command, authority) for command in store.install]
    return _framed(store, authorities, work, prepare=True)


def uninstall_commands(store: TrustStore, authorities: Sequence[Authority]) -> list[Command]:
    """Return what takes the authorities, and old ones of the same names, out of store."""
    work = []
    for authority in authorities:
        work += _stale_commands(store, authority)
        if is_trusted(store, authority):
            work += [_filled(store, command, authority) for command in store.uninstall]
    return _framed(store, authorities, work, prepare=False)


def orphan_commands(store: TrustStore, authorities: Sequence[Authority]) -> list[Command]:
    """Return what takes out of store the authorities of devkit whose key files are gone."""
    listed = _output(_placed(store, store.names, admin=False)) or ""
    known: set[str] = set()
    for authority in authorities:
        file = Path(store.check[-1].format(name=authority.name)).name if store.admin else ""
        known |= {authority.label, file, *stale_labels(store, authority)}
    found = sorted(set(_OURS.findall(listed)) - known)
    commands = [_placed(store, store.forget, label) for label in found]
    return [*commands, *(_placed(store, command) for command in store.finish)] if commands else []


def _placed(store: TrustStore, command: Command, label: str = "", *, admin: bool = True) -> Command:
    """Fill in a command that is about no authority of which there is a file."""
    words = tuple(word.format(label=label, dir=store.dir, home=str(Path.home())) for word in command)
    return ("sudo", *words) if admin and store.admin and not _is_root() else words


def _stale_commands(store: TrustStore, authority: Authority) -> list[Command]:
    labels = stale_labels(store, authority)
    return [_filled(store, command, authority, label) for label in labels for command in store.uninstall]


def _framed(
    store: TrustStore, authorities: Sequence[Authority], work: list[Command], *, prepare: bool
) -> list[Command]:
    if not work:
        return []
    before = [_filled(store, command, authorities[0]) for command in store.prepare if prepare]
    return [*before, *work, *(_filled(store, command, authorities[0]) for command in store.finish)]


def is_trusted(store: TrustStore, authority: Authority) -> bool:
    """Ask the store whether it trusts exactly this certificate."""
    done = _output(_filled(store, store.check, authority, admin=False))
    if done is None:
        return False
    wanted = store.shows.replace("{pem}", authority.pem.decode())
    return _flat(wanted) in _flat(done)


def stale_labels(store: TrustStore, authority: Authority) -> list[str]:
    """Return the labels of older authorities of the same name in store, where it can list them."""
    if not store.listing:
        return []
    listed = _output(_filled(store, store.listing, authority, admin=False)) or ""
    labels = re.findall(rf"^(devkit {re.escape(authority.name)} CA [0-9a-f]{{6}})\s", listed, re.MULTILINE)
    return [label for label in labels if label != authority.label]


def run(commands: Sequence[Command]) -> None:
    """Run commands in order.

    Errors: ProxyError naming the first that failed.
    """
    for command in commands:
        try:
            done = subprocess.run(command, check=False, capture_output=True, text=True)
        except OSError as error:
            raise ProxyError(_(f"{command[0]} cannot be run: {error.strerror}.")) from error
        if done.returncode:
            words = (done.stderr or done.stdout).strip().splitlines()
            reason = words[-1] if words else _(f"exit code {done.returncode}")
            raise ProxyError(_(f"{' '.join(command)} failed: {reason}"))


def _filled(
    store: TrustStore, command: Command, authority: Authority, label: str = "", *, admin: bool = True
) -> Command:
    import hashlib

    values = {
        "file": str(authority.file.with_suffix(".crt")),
        "label": label or authority.label,
        "name": authority.name,
        "sha1": hashlib.sha1(authority.der, usedforsecurity=False).hexdigest().upper(),
        "dir": store.dir,
        "home": str(Path.home()),
    }
    words = tuple(word.format(**values) for word in command)
    return ("sudo", *words) if admin and store.admin and not _is_root() else words


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _output(command: Command) -> str | None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=CHECK_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def _flat(text: str) -> str:
    return "".join(text.split())


def known_names(directory: Path | None = None) -> list[str]:
    """Return the names of the stored authorities."""
    folder = directory or config_dir()
    return sorted(file.stem.removeprefix("ca-") for file in folder.glob("ca-*.pem"))
