"""The authorities: limits, files, life and bad files."""

import datetime
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from devkit.errors import ProxyError
from devkit.proxy import authority as module
from devkit.proxy.authority import (
    HOSTS,
    LIFE,
    authority_file,
    create_authority,
    ensure_authority,
    load_authority,
    mint_leaf,
    server_context,
)


def test_it_is_limited_to_its_hosts_critically(tmp_path: Path) -> None:
    authority = ensure_authority("panel", directory=tmp_path)
    extensions = authority.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert [item.value for item in constraints.value.permitted_subtrees or ()] == list(HOSTS["panel"])
    assert {str(item.value) for item in constraints.value.excluded_subtrees or ()} == {"0.0.0.0/0", "::/0"}
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    assert isinstance(authority.key, ec.EllipticCurvePrivateKey)
    assert authority.expires - datetime.datetime.now(datetime.UTC) <= LIFE


def test_the_platform_host_has_an_authority_of_its_own(tmp_path: Path) -> None:
    assert ensure_authority("local-cloud", directory=tmp_path).hosts == ("iot.cloud.tencent.com",)
    assert "iot.cloud.tencent.com" not in ensure_authority("panel", directory=tmp_path).hosts


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    authority = ensure_authority("panel", directory=tmp_path / "new")
    assert stat.S_IMODE(authority.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.file.parent.stat().st_mode) == 0o700


def test_it_is_kept(tmp_path: Path) -> None:
    assert (
        ensure_authority("panel", directory=tmp_path).pem == ensure_authority("panel", directory=tmp_path).pem
    )


def test_other_hosts_make_a_new_one(tmp_path: Path) -> None:
    first = ensure_authority("mirror", ["a.example"], tmp_path)
    assert ensure_authority("mirror", ["a.example", "b.example"], tmp_path).label != first.label


def test_an_expired_one_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = datetime.datetime.now(datetime.UTC) - LIFE - datetime.timedelta(days=1)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_now", lambda: long_ago)
        old = create_authority("panel", HOSTS["panel"], tmp_path)
    assert old.expired()
    assert not ensure_authority("panel", directory=tmp_path).expired()


def test_it_refuses_to_sign_for_other_hosts(tmp_path: Path) -> None:
    authority = ensure_authority("panel", directory=tmp_path)
    with pytest.raises(ProxyError, match=r"bank\.example"):
        mint_leaf(authority, ["bank.example"])
    with pytest.raises(ProxyError, match="no host"):
        mint_leaf(authority, [])


def test_a_leaf_does_not_outlive_its_authority(tmp_path: Path) -> None:
    authority = ensure_authority("panel", directory=tmp_path)
    leaf, _ = mint_leaf(authority, ["developing.script"])
    assert leaf.not_valid_after_utc <= authority.expires
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc < datetime.timedelta(days=8)


@pytest.mark.parametrize(
    "host", ["*.example", "example", "a b.example", "1.2.3.4:5", "", "x" * 260 + ".example"]
)
def test_hosts_that_are_no_plain_names_are_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(ProxyError, match="limited"):
        create_authority("mirror", [host], tmp_path)


def test_a_key_open_to_others_is_refused(tmp_path: Path) -> None:
    ensure_authority("panel", directory=tmp_path).file.chmod(0o644)
    with pytest.raises(ProxyError, match="644") as caught:
        ensure_authority("panel", directory=tmp_path)
    assert "--rotate" in caught.value.hint


def test_a_folder_in_place_of_the_key_says_so(tmp_path: Path) -> None:
    authority_file("panel", tmp_path).mkdir(mode=0o700)
    with pytest.raises(ProxyError, match="cannot be read"):
        ensure_authority("panel", directory=tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_broken_file_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    file = authority_file("panel", tmp_path)
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ProxyError, match="no usable key"):
        ensure_authority("panel", directory=tmp_path)
    assert file.read_bytes() == content


def test_a_foreign_authority_in_its_place_is_refused(tmp_path: Path) -> None:
    other = ensure_authority("local-cloud", directory=tmp_path)
    file = authority_file("panel", tmp_path)
    file.write_bytes(other.file.read_bytes())
    file.chmod(0o600)
    with pytest.raises(ProxyError, match="not a certificate authority that devkit made"):
        load_authority("panel", tmp_path)


def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    first = create_authority("panel", HOSTS["panel"], tmp_path)
    key = first.file.read_bytes().partition(b"-----BEGIN CERTIFICATE")[0]
    second = create_authority("panel", HOSTS["panel"], tmp_path)
    second.file.write_bytes(key + second.pem)
    with pytest.raises(ProxyError, match="not a certificate authority"):
        load_authority("panel", tmp_path)


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProxyError, match="cannot be written"):
        create_authority("panel", HOSTS["panel"], tmp_path / "file" / "sub")


def test_the_tls_context_leaves_no_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server_context(ensure_authority("panel", directory=tmp_path / "ca"))
    assert [item.name for item in tmp_path.iterdir()] == ["ca"]
