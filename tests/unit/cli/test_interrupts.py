"""A signal ends the command whatever Python makes of its exception, and in time."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time

import click
import pytest
from click.testing import CliRunner

from devkit.cli.interrupts import exit_code, unwinding
from devkit.cli.main import main
from devkit.cli.running import Stop, run_until_stopped

SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


async def forever(stop: Stop) -> None:
    await asyncio.get_running_loop().create_future()


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_interrupt_that_an_import_swallowed_ends_the_run(number: int, code: int) -> None:
    with unwinding():
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert run_until_stopped(forever) == code


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_interrupt_that_a_callback_dropped_comes_again(number: int, code: int) -> None:
    class Lock:
        def __del__(self) -> None:
            os.kill(os.getpid(), number)

    def drop() -> None:
        lock = [Lock()]
        with unwinding():
            lock.clear()
            threading.Event().wait(10)  # not signal.pause(), which a signal just before it never ends

    with pytest.raises(KeyboardInterrupt):
        drop()
    assert exit_code() == code


def test_an_earlier_command_of_the_process_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGINT), sys.unraisablehook
    with pytest.raises(KeyboardInterrupt), unwinding():
        os.kill(os.getpid(), signal.SIGINT)
    assert (signal.getsignal(signal.SIGINT), sys.unraisablehook) == before

    async def end(stop: Stop) -> None:
        stop(7)

    with unwinding():
        assert run_until_stopped(end) == 7


@click.command()
@click.argument("number", type=int)
def broken(number: int) -> None:
    """Be interrupted while a library makes another error of that."""
    with contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    raise SyntaxError("encoding problem")


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_an_error_that_an_interrupt_became_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, number: int, code: int
) -> None:
    monkeypatch.setattr("devkit.cli.commands.call.command", broken)
    done = CliRunner().invoke(main, ["call", str(int(number))])
    assert (done.exit_code, done.output) == (code, "")


BUSY = """
import asyncio, sys
from devkit.cli.running import run_until_stopped
from devkit.cli.interrupts import unwinding

async def start(stop):
    print("busy", flush=True)
    while True:
        sum(range(1000))

with unwinding():
    run_until_stopped(start)
"""


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_loop_that_never_listens_is_ended_within_seconds(number: int, code: int) -> None:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        began = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == code
        assert time.monotonic() - began < 3  # 0.8 s on a machine that is not crowded
