"""What the local Azure ML's router adds to a scoring request, against calling the container directly.

    python tests/benchmarks/router_overhead.py [--seconds 2] [--rounds 5]

Two slots at 90/10, keys checked, access log and metrics written; direct and routed runs take turns, and the medians of
all rounds are printed. The container and the client are bare protocols, so the router is most of the work.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from retailctl.emulator.router.client import RouterClient
from retailctl.emulator.router.table import Credential, EndpointRoute, RouteTable, SlotRoute
from tests.benchmarks.router_load import Load, measure

CLIENTS = (1, 16)
Runs = dict[tuple[str, int], list[Load]]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with _containers(2) as ports, tempfile.TemporaryDirectory() as folder:
        uvloop.run(_compare(ports, Path(folder), arguments.seconds, arguments.rounds))


async def _compare(ports: list[int], folder: Path, seconds: float, rounds: int) -> None:
    router = RouterClient(folder)
    await router.start()
    try:
        await router.apply(_table(ports, blue=90))
        runs, cpu_us = await _take_turns(router, ports[0], seconds, rounds)
        _print_table(runs, cpu_us)
        print(f"weight change under load: {await _weight_change_ms(router, ports):.2f} ms (median of 50)")
    finally:
        await router.stop()


async def _take_turns(router: RouterClient, direct: int, seconds: float, rounds: int) -> tuple[Runs, list[float]]:
    runs: Runs = {}
    cpu_us = []
    process = psutil.Process(router.pid)
    await measure(router.port, "/shop/score", 4, 0.5)  # both warm
    await measure(direct, "/score", 4, 0.5)
    for _ in range(rounds):
        for clients in CLIENTS:
            runs.setdefault(("direct", clients), []).append(await measure(direct, "/score", clients, seconds))
            before = process.cpu_times()
            load = await measure(router.port, "/shop/score", clients, seconds)
            after = process.cpu_times()
            runs.setdefault(("router", clients), []).append(load)
            spent = after.user + after.system - before.user - before.system
            cpu_us.append(spent / (load.requests_per_s * seconds) * 1e6)
    return runs, cpu_us


async def _weight_change_ms(router: RouterClient, ports: list[int]) -> float:
    load = asyncio.create_task(measure(router.port, "/shop/score", 4, 2.0))
    times = []
    for turn in range(50):
        began = time.perf_counter()
        await router.apply(_table(ports, blue=turn % 101))
        times.append((time.perf_counter() - began) * 1000)
    failed = (await load).failed
    if failed:
        raise SystemExit(f"{failed} requests failed during changes of weights")
    return statistics.median(times)


def _print_table(runs: Runs, cpu_us: list[float]) -> None:
    def middle(kind: str, clients: int, figure: str) -> float:
        return statistics.median(getattr(load, figure) for load in runs[kind, clients])

    print(f"{'':8} {'1 client: p50 ms':>18} {'p99 ms':>8} {'16 clients: req/s':>19} {'p99 ms':>8}")
    for kind in ("direct", "router"):
        one = f"{middle(kind, 1, 'p50_ms'):18.3f} {middle(kind, 1, 'p99_ms'):8.3f}"
        many = f"{middle(kind, 16, 'requests_per_s'):19,.0f} {middle(kind, 16, 'p99_ms'):8.2f}"
        print(f"{kind:8} {one} {many}")
    added = [middle("router", 1, figure) - middle("direct", 1, figure) for figure in ("p50_ms", "p99_ms")]
    print(f"{'added':8} {added[0]:18.3f} {added[1]:8.3f}")
    failed = sum(load.failed for loads in runs.values() for load in loads)
    print(f"failed requests: {failed}; router CPU: {statistics.median(cpu_us):.0f} us a request")


def _table(ports: list[int], blue: int) -> RouteTable:
    slots = {
        name: SlotRoute((f"127.0.0.1:{port}",), max_concurrent=100)
        for name, port in zip(("blue", "green"), ports, strict=True)
    }
    weights = {"blue": blue, "green": 100 - blue}
    return RouteTable({"shop": EndpointRoute("key", (Credential.of("key"),), weights, {}, slots)})


@contextlib.contextmanager
def _containers(count: int) -> Iterator[list[int]]:
    command = [sys.executable, str(Path(__file__).with_name("router_load.py")), "serve"]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        yield [int(process.stdout.readline()) for process in processes if process.stdout]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    main()
