"""The queueing model of bench/scale_model.py: values of the books, and a fit that finds its parameters."""

import math

import pytest

from bench.scale_model import Demand, closed, fit, open_wait, predict


def test_queues_wait_as_in_the_books() -> None:
    assert open_wait(0.5, 1.0, 1) == pytest.approx(1.0)  # M/M/1: busy / (1 - busy)
    assert open_wait(1.0, 1.0, 2) == pytest.approx(1 / 3)
    assert open_wait(2.0, 1.0, 2) == math.inf
    assert closed(2.0, 1, 8.0) == pytest.approx((0.1, 2.0))
    assert closed(2.0, 50, 0.0) == pytest.approx((0.5, 100.0))
    rate, answer = closed(1.0, 20, 10.0)
    assert rate * (answer + 10.0) == pytest.approx(20)  # Little
    assert rate < 1


def test_a_fit_finds_what_the_points_were_made_of() -> None:
    made = Demand(0.5, 0.1, 0.1, 4.0)
    costs = {"run_worker_ms": 0.5, "postgres_ms": 0.1, "clients_ms": 0.06, "run_proxy_ms": 0.04}
    points = [
        {
            "workers": workers,
            "delay_ms": delay,
            "clients": 200,
            "calls_per_s": predict(made, workers, delay, 200, 1.5)[0],
            **costs,
        }
        for workers in (1, 2, 4)
        for delay in (0, 5, 20)
    ]
    demand, cores = fit(points)
    assert (demand.trips, cores) == (4.0, 1.5)
