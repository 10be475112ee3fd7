"""Figures of a served emulator for Prometheus, of all workers of one `devkit cloud serve` together.

The package prometheus-client adds them up from files of the workers, in the folder that FOLDER names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from devkit.cloud.api.facts import FACTS
from devkit.extras import install_command
from devkit.language import _
from devkit.timeline.happening import Happening
from devkit.timeline.kinds import Push

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
GAUGES: Mapping[str, str] = {
    "sockets": "Websockets that are open.",
    "calls_in_flight": "Requests that are being answered.",
    "bus_queue": "Pushes that wait for the bus to take them.",
    "pool_size": "Connections to the database.",
    "pool_available": "Connections to the database that nobody uses.",
    "pool_waiting": "Calls that wait for a connection to the database.",
}


class Metrics:
    """What one worker counts.

    Errors: ImportError without prometheus-client.
    """

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._registry = registry = CollectorRegistry()
        self._calls = Counter("devkit_calls", "Calls.", ("action", "result"), registry=registry)
        self._seconds = Histogram(
            "devkit_call_seconds", "Time to an answer.", registry=registry, buckets=BUCKETS
        )
        self._pushes = Counter("devkit_pushes", "Changes of devices that are pushed.", registry=registry)
        self._gauges = {
            name: Gauge(f"devkit_{name}", text, registry=registry, multiprocess_mode="livesum")
            for name, text in GAUGES.items()
        }

    def called(self, action: str, result: str, seconds: float) -> None:
        """Count a call; result is "ok" or the code of an error."""
        self._calls.labels(action if action in FACTS else "other", result).inc()
        self._seconds.observe(seconds)

    def observe(self, what: Happening) -> None:
        """Count a push, as the emulator's observer."""
        if isinstance(what, Push):
            self._pushes.inc()

    def sample(self, values: Mapping[str, float]) -> None:
        """Note what is so now, by the names of GAUGES."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def page(self) -> bytes:
        """Return the text of the format for Prometheus."""
        from prometheus_client import CollectorRegistry, generate_latest, multiprocess

        registry = self._registry
        if FOLDER in os.environ:
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def find_metrics() -> Metrics | None:
    """Return what counts, None where prometheus-client is not installed."""
    try:
        return Metrics()
    except ImportError:
        return None


def metrics_route(metrics: Metrics | None) -> Route:
    """Return /metrics."""

    async def page(request: Request) -> Response:
        if metrics is None:
            advice = _(f"Metrics need the package prometheus-client. Install it: {install_command('team')}\n")
            return Response(advice, status_code=501, media_type="text/plain")
        return Response(metrics.page(), media_type="text/plain; version=0.0.4")

    return Route("/metrics", page)
