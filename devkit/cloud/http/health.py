"""What asks whether a worker lives and can work: /healthz for restarts, /readyz for who sends it calls."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from devkit.cloud.emulator import Emulator
from devkit.cloud.store.schema import APPS
from devkit.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)
ANSWER_S = 2.0


def health_routes(emulator: Emulator, ending: Callable[[], bool]) -> list[BaseRoute]:
    """Return both routes; ending tells whether the server is about to go."""

    async def alive(request: Request) -> Response:
        return JSONResponse({"status": "ok", "worker": os.getpid()})

    async def ready(request: Request) -> Response:
        lacking = "ending" if ending() else await _lacking(emulator)
        status = {"status": lacking or "ok", "worker": os.getpid()}
        return JSONResponse(status, status_code=503 if lacking else 200)

    return [Route("/healthz", alive), Route("/readyz", ready)]


async def _lacking(emulator: Emulator) -> str:
    """Return what does not answer, database or bus; "" when both do."""
    for name, ask in (("database", _ask_store), ("bus", _ask_bus)):
        try:
            await asyncio.wait_for(emulator.store.drive(ask(emulator)), ANSWER_S)
        except (TransportError, TimeoutError) as error:
            logger.warning("Not ready: the %s does not answer (%s).", name, str(error) or f"{ANSWER_S:g} s")
            return name
    return ""


async def _ask_store(emulator: Emulator) -> None:
    with emulator.store.transaction() as tx:
        tx.get(APPS, "")


async def _ask_bus(emulator: Emulator) -> None:
    await emulator.ping_bus()
