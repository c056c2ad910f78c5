"""Measures Jupyter kernels for figures c and j."""

from __future__ import annotations

import threading

from bench.driver import BenchError
from bench.peers.kinds import environment, jupyter
from bench.peers.line_worker import LineWorker


def why_absent() -> str:
    """Returns the reason why there is no kernel; empty if there is one."""
    absent = jupyter().absent
    return absent and f"Jupyter kernel {absent}"


def first_results(code: str, count: int) -> list[float]:
    """Milliseconds from starting a kernel to the result of `code`, each in a kernel of its own."""
    samples = []
    for _ in range(count):
        with LineWorker(jupyter().command, environment=environment()) as worker:
            samples.append(worker.first(code))
    return samples


def cells_per_second(code: str, kernels: int, seconds: float, count: int) -> list[float]:
    """Returns the rate over `kernels` that work side by side, each with a caller of its own."""
    workers = [LineWorker(jupyter().command, environment=environment()) for _ in range(kernels)]
    try:
        for worker in workers:
            worker.first(code)
        return [_rate(workers, code, seconds) for _ in range(count)]
    finally:
        for worker in workers:
            worker.close()


def _rate(workers: list[LineWorker], code: str, seconds: float) -> float:
    rates: list[float] = []

    def work(worker: LineWorker) -> None:
        milliseconds = worker.run(code, seconds=seconds)
        rates.append(1000 * worker.last_answer["cells"] / milliseconds)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(rates) != len(workers):
        raise BenchError("a Jupyter kernel failed")
    return sum(rates)
