"""Ctrl-C while a command starts is never lost."""

import asyncio
import contextlib
import os
import signal

import pytest

from devkit.cli.interrupts import remembering_interrupts
from devkit.cli.running import Stop, run_until_stopped


async def forever(stop: Stop) -> None:
    await asyncio.get_running_loop().create_future()


def test_an_interrupt_that_an_import_swallowed_ends_the_run() -> None:
    with remembering_interrupts():
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert run_until_stopped(forever) == 130


def test_an_earlier_command_of_the_process_leaves_nothing_behind() -> None:
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), remembering_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == before

    async def end(stop: Stop) -> None:
        stop(7)

    with remembering_interrupts():
        assert run_until_stopped(end) == 7
