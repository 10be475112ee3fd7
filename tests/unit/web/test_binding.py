import os
import socket
import sys

import pytest

from devkit.errors import PortTakenError, ServeError
from devkit.web.binding import bind, port_owner, url_host
from devkit.web.hosts import is_loopback


def test_taken_port_names_its_owner_and_the_next_free_one() -> None:
    with bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(PortTakenError) as caught:
            bind("127.0.0.1", port)
        assert caught.value.port == port
        assert port < caught.value.free <= port + 50
        assert f"--port {caught.value.free}" in caught.value.hint
        if sys.platform.startswith("linux"):
            assert f"(pid {os.getpid()})" in caught.value.message
    bind("127.0.0.1", port).close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_port_that_nobody_has_has_no_owner() -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
    assert port_owner(port) == ""


def test_an_address_that_is_not_ours_is_explained() -> None:
    with pytest.raises(ServeError, match=r"Cannot listen on 203\.0\.113\.9"):
        bind("203.0.113.9", 0)
    with pytest.raises(ServeError, match="Cannot listen on"):
        bind("no such host", 0)


def test_loopback_and_urls() -> None:
    assert is_loopback("127.0.0.1")
    assert is_loopback("::1")
    assert is_loopback("localhost")
    assert not is_loopback("0.0.0.0")
    assert not is_loopback("box")
    assert url_host("0.0.0.0") == "127.0.0.1"
    assert url_host("::1") == "[::1]"
    assert socket.inet_aton(url_host("192.168.1.7"))
