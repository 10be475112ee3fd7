"""Fit a queueing model to the points of bench.scale_points, compare, and ask it about more devices.

Run with `python -m bench.scale_model [--devices 100000]`. A sandbox is a closed network: clients call, wait
for the answer and call again. A call takes processor time of a worker, of PostgreSQL and of what stands
beside them, all measured; it queues at what is used most, a worker's event loop, which has one core, or the
cores that all share. Fitted are how many cores there were beside the machine's other work, and how often a
call waits for the way to the database: more often where many travel together, as it waits for those before.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.scale_points import FILE

Point = dict[str, Any]
MANY = 50
"""So many clients use all that there is."""
BUSY = 0.7
"""How much of a core is used at most: beyond, waiting grows fast."""


@dataclass(frozen=True)
class Demand:
    """What a call takes: processor time in ms, and trips to the database, each of which takes its delay."""

    worker: float
    database: float
    beside: float
    trips: float


def closed(demand: float, clients: int, think: float) -> tuple[float, float]:
    """Return (calls a ms, ms of an answer without think) of one queue, by exact mean value analysis."""
    waiting, rate, answer = 0.0, 0.0, 0.0
    for count in range(1, clients + 1):
        answer = demand * (1 + waiting)
        rate = count / (answer + think)
        waiting = rate * answer
    return rate, answer


def open_wait(rate: float, demand: float, servers: int) -> float:
    """Return how long a call waits in a queue for many servers (M/M/c, Erlang C), in the unit of demand."""
    busy = rate * demand
    if busy >= servers:
        return math.inf
    term, total = 1.0, 0.0
    for number in range(servers):
        total += term
        term *= busy / (number + 1)
    last = term * servers / (servers - busy)
    return last / (total + last) * demand / (servers - busy)


def predict(demand: Demand, workers: int, delay: float, clients: int, cores: float) -> tuple[float, float]:
    """Return (calls a second, mean ms of an answer) on one machine that does everything."""
    whole = demand.worker + demand.database + demand.beside
    queue = max(demand.worker / workers, whole / cores)
    think = max(0.0, whole - queue) + demand.trips * delay
    rate, answer = closed(queue, clients, think)
    return rate * 1000, answer + think


def trips_of(points: Sequence[Point]) -> float:
    """Return how much the answers of few clients grow with the delay: the slope of least squares."""
    few = [(point["delay_ms"], point["p50_ms"]) for point in points if point["clients"] < MANY]
    slope, _ = statistics.linear_regression(*zip(*few, strict=True))
    return slope


def demand_of(points: Sequence[Point]) -> Demand:
    """Return what a call takes at these points, the middle of all; trips are still to be fitted."""

    def middle(name: str) -> float:
        return statistics.median(point[f"{name}_ms"] for point in points)

    return Demand(middle("run_worker"), middle("postgres"), middle("clients") + middle("run_proxy"), 0)


def fit(points: Sequence[Point]) -> tuple[Demand, float]:
    """Return the demand and the cores with which calls/s are least off, by squares of the logarithm."""
    demand = demand_of(points)

    def error(found: tuple[Demand, float]) -> float:
        return sum(math.log(rate_at(found, point) / point["calls_per_s"]) ** 2 for point in points)

    tries = [(replace(demand, trips=trips / 4), cores / 20) for trips in range(41) for cores in range(8, 41)]
    return min(tries, key=error)


def rate_at(found: tuple[Demand, float], point: Point) -> float:
    demand, cores = found
    return predict(demand, point["workers"], point["delay_ms"], point["clients"], cores)[0]


def compare(points: Sequence[Point], demand: Demand, cores: float) -> None:
    """Print the model beside what was measured."""
    print("workers  delay ms   calls/s  model   p50 ms  model")
    errors = []
    for point in points:
        workers, delay, measured = point["workers"], point["delay_ms"], point["calls_per_s"]
        rate, answer = predict(demand, workers, delay, point["clients"], cores)
        errors.append(abs(rate / measured - 1))
        print(f"{workers:7} {delay:9} {measured:9} {rate:6.0f} {point['p50_ms']:8.1f} {answer:6.1f}")
    print(f"calls/s: off by {statistics.median(errors):.0%} in the middle, {max(errors):.0%} at most")


def ask(points: dict[str, Any], demand: Demand, devices: int) -> None:
    """Print what so many devices need: a report a minute each, and a panel open for one in ten."""
    report, socket = points["devices"], points["sockets"][-1]
    panels = devices / 10
    rates = devices / 60, panels / 10
    busy = {
        name: (rates[0] * report[f"{role}_ms"] + rates[1] * call) / 1000
        for name, role, call in (
            ("workers", "run_worker", demand.worker),
            ("PostgreSQL", "postgres", demand.database),
        )
    }
    print(f"{devices} devices, {panels:.0f} panels: {rates[0]:.0f} reports/s, {rates[1]:.0f} calls/s")
    for name, cores in busy.items():
        count = math.ceil(cores / BUSY)
        each = cores * 1000 / sum(rates)
        share, servers = (count, 1) if name == "workers" else (1, count)
        wait = open_wait(sum(rates) / 1000 / share, each, servers)
        print(f"  {name}: {cores:.2f} cores busy, so {count}; {each:.2f} ms work and {wait:.2f} ms wait each")
    print(f"  sockets: {panels * socket['kib_each'] / 1024:.0f} MiB of all workers")


def main() -> None:
    """Fit, compare and ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options = parser.parse_args()
    points = json.loads(FILE.read_text("utf-8"))
    calls = points["calls"]
    many = [point for point in calls if point["clients"] >= MANY]
    demand, cores = fit(many)
    print(
        f"a call of many: worker {demand.worker:.2f} ms, PostgreSQL {demand.database:.2f} ms, beside "
        f"{demand.beside:.2f} ms, {demand.trips:.1f} trips; of few: {trips_of(calls):.1f} trips\n"
        f"{cores:.1f} cores of {points['cores']}, load {points['load_when_it_began']} when it began"
    )
    compare(many, demand, cores)
    known = fit([point for point in many if point["workers"] < 4])
    unseen = [rate_at(known, point) / point["calls_per_s"] - 1 for point in many if point["workers"] == 4]
    print(f"fitted to one and two workers alone, it is off by {max(map(abs, unseen)):.0%} at most for four")
    for devices in options.devices:
        ask(points, demand, devices)


if __name__ == "__main__":
    main()
