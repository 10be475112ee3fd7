"""OpenSSL accepts our authorities for their hosts and for nothing else."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from devkit.proxy.authority import Authority, ensure_authority, mint_leaf
from tests.helpers.forged import forge


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return ensure_authority("panel", directory=tmp_path)


def verify(authority: Authority, leaf: Path, *more: str) -> tuple[int, str]:
    certificate = authority.file.with_name("ca.crt")
    certificate.write_bytes(authority.pem)
    command = ["openssl", "verify", "-purpose", "sslserver", "-CAfile", str(certificate), *more, str(leaf)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_its_hosts_are_accepted(authority: Authority, tmp_path: Path) -> None:
    leaf, _ = mint_leaf(authority, authority.hosts)
    (tmp_path / "leaf.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    for host in authority.hosts:
        code, words = verify(authority, tmp_path / "leaf.pem", "-x509_strict", "-verify_hostname", host)
        assert code == 0, words


@pytest.mark.parametrize(
    ("names", "common_name"),
    [
        (["bank.example"], ""),
        (["iot.cloud.tencent.com"], ""),
        (["xdeveloping.script"], ""),
        (["script"], ""),
        (["*.script"], ""),
        (["developing.script", "bank.example"], ""),
        (["127.0.0.1"], ""),
        (["8.8.8.8"], ""),
        (["2606:4700::1111"], ""),
        ([], "bank.example"),
    ],
)
def test_every_other_name_is_rejected(
    authority: Authority, tmp_path: Path, names: list[str], common_name: str
) -> None:
    code, words = verify(authority, forge(authority, tmp_path / "leaf.pem", names, common_name=common_name))
    assert code != 0
    assert "subtree violation" in words


def test_no_authority_may_stand_below_it(authority: Authority, tmp_path: Path) -> None:
    below_file = forge(authority, tmp_path / "below.pem", [], common_name="below", ca=True)
    data = below_file.read_bytes()
    below = Authority(
        "below", (), x509.load_pem_x509_certificate(data), load_pem_private_key(data, None), below_file
    )  # type: ignore[arg-type]
    leaf = forge(below, tmp_path / "leaf.pem", ["developing.script"])
    code, words = verify(authority, leaf, "-untrusted", str(below_file))
    assert code != 0
    assert "path length constraint exceeded" in words
