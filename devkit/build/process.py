"""The Node worker as a process: requests as JSON lines, replies as a JSON line and raw bytes."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from devkit.build.messages import (
    LookRequest,
    OpenRequest,
    PartName,
    RebuildRequest,
    ReplyHead,
    StopRequest,
    WorkerOptions,
)
from devkit.language import _

logger = logging.getLogger(__name__)

WORKER = Path(__file__).parent / "worker" / "main.mjs"
CLOSE_SECONDS = 1.0
LAST_WORDS_SECONDS = 0.1


class WorkerLostError(Exception):
    """The worker ended, or wrote something that is no reply; the text tells how."""


@dataclass
class Reply:
    """One answer: head as the worker wrote it, and its named byte parts."""

    head: ReplyHead
    parts: dict[PartName, bytes] = field(default_factory=dict)


_running: set[int] = set()


def kill_workers() -> None:
    """End every worker at once, for a process that leaves without closing what is open."""
    for pid in list(_running):
        with contextlib.suppress(OSError, AttributeError):  # there are no groups on Windows
            os.killpg(pid, signal.SIGKILL)


class WorkerProcess:
    """One running worker. Requests are answered in order; `receive` blocks."""

    def __init__(self, node: str, toolchain: Path, project: Path) -> None:
        self._process = subprocess.Popen(
            [node, str(WORKER), str(toolchain)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=project,
            env={**os.environ, "NO_COLOR": "1", "FORCE_COLOR": "0"},
            start_new_session=True,  # Ctrl-C must reach Python alone, which then ends the worker
        )
        if self._process.stdin is None or self._process.stdout is None or self._process.stderr is None:
            raise WorkerLostError(_("it has no pipes"))
        _running.add(self._process.pid)
        self._stdin: IO[bytes] = self._process.stdin
        self._stdout: IO[bytes] = self._process.stdout
        self._last_id = 0
        self._reading = threading.Lock()
        self._said: deque[str] = deque(maxlen=20)
        self._listener = threading.Thread(
            target=self._listen, args=(self._process.stderr,), name="devkit-worker-stderr", daemon=True
        )
        self._listener.start()

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self._process.pid

    def open(self, options: WorkerOptions) -> int:
        """Ask it to read the project's configuration, and return the request's id.

        Errors: WorkerLostError.
        """
        return self._send({"id": self._next(), "op": "open", "options": options})

    def rebuild(self, changed: Sequence[Path] = ()) -> int:
        """Ask for a build, and return the request's id; changed: as RebuildRequest has it.

        Errors: WorkerLostError.
        """
        return self._send({"id": self._next(), "op": "rebuild", "changed": [str(path) for path in changed]})

    def look(self) -> int:
        """Ask what the target lacks of the last build, and return the request's id.

        Errors: WorkerLostError.
        """
        return self._send({"id": self._next(), "op": "look"})

    def stop(self) -> None:
        """Let a look be answered at once.

        Errors: WorkerLostError.
        """
        self._send({"id": self._next(), "op": "stop"})

    def _next(self) -> int:
        self._last_id += 1
        return self._last_id

    def _send(self, request: OpenRequest | RebuildRequest | LookRequest | StopRequest) -> int:
        line = json.dumps(request, ensure_ascii=False)
        try:
            self._stdin.write(line.encode("utf-8", "surrogatepass") + b"\n")
            self._stdin.flush()
        except (OSError, ValueError) as error:
            raise WorkerLostError(self._ending()) from error
        return request["id"]

    def receive(self, request: int) -> Reply:
        """Wait for the reply to a request; replies to earlier ones that nobody waited for are dropped.

        Errors: WorkerLostError.
        """
        with self._reading:
            while True:
                reply = self._read()
                if reply.head.get("id") == request:
                    return reply

    def close(self) -> None:
        """End the process: it leaves by itself when its input closes, else it is killed."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.close()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        else:
            self._free()

    def kill(self) -> None:
        """End the process and esbuild's at once, and close the pipes."""
        # esbuild's process outlives a killed worker for a second, and holds stderr open
        if hasattr(os, "killpg") and (self._process.poll() is None or self._listener.is_alive()):
            with contextlib.suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._free()

    def _free(self) -> None:
        self._process.kill()
        self._process.wait()
        _running.discard(self._process.pid)
        self._listener.join(CLOSE_SECONDS)
        for pipe in (self._stdin, self._stdout):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def _read(self) -> Reply:
        try:
            line = self._stdout.readline()
            head = json.loads(line) if line else None
            if not isinstance(head, dict):
                raise WorkerLostError(self._ending())
            parts = {}
            for name, size in head.get("parts", ()):
                parts[name] = self._stdout.read(size)
                if len(parts[name]) != size:
                    raise WorkerLostError(self._ending())
        except (OSError, ValueError) as error:
            raise WorkerLostError(self._ending()) from error
        return Reply(cast("ReplyHead", head), parts)

    def _ending(self) -> str:
        """Tell how the process ended, with the last lines that it wrote to stderr."""
        try:
            code = self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            return _("it wrote something that is no reply")
        self._listener.join(LAST_WORDS_SECONDS)
        how = f"signal {-code}" if code < 0 else _(f"exit code {code}")
        return "\n".join([how, *self._said])

    def _listen(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip()
                self._said.append(text)
                logger.debug("worker: %s", text)
