"""What the local router adds to a scoring request, beside HAProxy, nginx and a direct call.

    python tests/benchmarks/router_overhead.py [--seconds 2] [--rounds 5] [--only router,direct]

Two slots; keys checked. All ways take turns; medians of the rounds. Container and client are bare protocols, so that
what lies between them is most of the work. A proxy that is not installed is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import http.client
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import uvloop

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.closed_loop import Load, measure, send
from tests.benchmarks.forecast_measured import machine
from tests.benchmarks.router_container import LARGE_BYTES, PORT_FIELD
from tests.benchmarks.router_peers import KEY, Opened, Way, available

_BODY = b'{"series":[{"store_id":"CA_1","item_id":"FOODS_3_090"}],"horizon":28}'
_LARGE = b"x" * LARGE_BYTES
_LARGE_BODIES = 100
_BLUE = 90
_SPLIT_REQUESTS = 2_000
_SHIFTS = 50
_MIB = 2**20


@dataclass(slots=True)
class Figures:
    """What was measured of one way, a list entry a round; times in milliseconds."""

    one: list[Load] = field(default_factory=list)
    many: list[Load] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Of the process between, per request of 16 clients."""
    shift_ms: list[float] = field(default_factory=list)
    blue: list[int] = field(default_factory=list)
    """Of 2,000 requests in turn, those that blue answered."""
    up_mb_s: list[float] = field(default_factory=list)
    """Bodies of 10 MB to the container, one after the other."""
    down_mb_s: list[float] = field(default_factory=list)
    """The same as answers."""
    rss: list[float] = field(default_factory=list)
    """MiB before large bodies, and the most that was ever held, in turn."""
    failures: list[str] = field(default_factory=list)


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="names of ways, with commas")
    arguments = parser.parse_args()
    print(machine())
    ways, missing = available()
    wanted = arguments.only.split(",") if arguments.only else list(ways)
    found: dict[str, Figures] = {name: Figures() for name in wanted}
    for turn in range(arguments.rounds):
        for name in wanted:
            with _containers(2) as ports, tempfile.TemporaryDirectory() as folder:
                uvloop.run(_round(ways[name], found[name], Path(folder), ports, arguments.seconds))
        print(f"round {turn + 1} of {arguments.rounds}", file=sys.stderr)
    print(*missing, sep="\n")
    _print_tables(found)
    print(f"at the end: {machine()}")


async def _round(opened: Opened, figures: Figures, folder: Path, ports: Sequence[int], seconds: float) -> None:
    async with opened(folder, ports, _BLUE) as way:
        request = _request(way, _BODY)
        await measure(way.port, [request], 4, min(seconds, 0.5))  # warm
        figures.one.append(await measure(way.port, [request], 1, seconds))
        before = _cpu_s(way.process)
        figures.many.append(await measure(way.port, [request], 16, seconds))
        figures.cpu_us.append((_cpu_s(way.process) - before) / figures.many[-1].answered * 1e6)
        if way.process is not None:
            figures.blue.append(await asyncio.to_thread(_answered_by, way, ports[0]))
        await _large(way, figures)
        if way.shift is not None:
            await _shift_under_load(way, figures, request)
        figures.failures += [load.failure for load in (figures.one[-1], figures.many[-1]) if load.failed]


async def _large(way: Way, figures: Figures) -> None:
    figures.rss.append(_rss(way.process))
    up = await send(way.port, [_request(way, _LARGE)] * _LARGE_BODIES, 1)
    down = await send(way.port, [_request(way, _BODY, "large")] * _LARGE_BODIES, 1)
    figures.up_mb_s.append(up.requests_per_s * LARGE_BYTES / 1e6)
    figures.down_mb_s.append(down.requests_per_s * LARGE_BYTES / 1e6)
    figures.rss.append(_most_rss(way.process))
    figures.failures += [load.failure for load in (up, down) if load.failed]


async def _shift_under_load(way: Way, figures: Figures, request: bytes) -> None:
    """The time until a change of weights is in force, while four clients send."""
    assert way.shift is not None
    load = asyncio.create_task(measure(way.port, [request], 4, 2.0))
    for turn in range(_SHIFTS):
        began = time.perf_counter()
        await way.shift(turn % 101)
        figures.shift_ms.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)
    done = await load
    figures.failures += [done.failure] if done.failed else []


def _answered_by(way: Way, blue: int) -> int:
    """How many of 2,000 requests, one after the other, the blue container answered."""
    connection = http.client.HTTPConnection("127.0.0.1", way.port)
    seen: Counter[str] = Counter()
    for _ in range(_SPLIT_REQUESTS):
        connection.request("POST", f"{way.prefix}/score", _BODY, {"Authorization": f"Bearer {KEY}"})
        answer = connection.getresponse()
        answer.read()
        seen[answer.headers.get(PORT_FIELD, "")] += 1
    connection.close()
    return seen[str(blue)]


def _request(way: Way, body: bytes, route: str = "score") -> bytes:
    head = f"POST {way.prefix}/{route} HTTP/1.1\r\nHost: 127.0.0.1:{way.port}\r\nUser-Agent: load\r\nAccept: */*\r\n"
    head += f"Content-Type: application/json\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _cpu_s(process: psutil.Process | None) -> float:
    return sum(process.cpu_times()[:2]) if process else 0.0


def _rss(process: psutil.Process | None) -> float:
    rss: float = process.memory_info().rss / _MIB if process else 0.0
    return rss


def _most_rss(process: psutil.Process | None) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines() if process else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _print_tables(found: dict[str, Figures]) -> None:
    print(f"{'':8} {'1 client: p50 ms':>17} {'p99':>6} {'added p50':>10} {'16 clients: req/s':>18} {'p99':>6}", end="")
    print(f" {'CPU us/request':>15} {'one core could':>15}")
    direct = _middle([load.p50_ms for load in found["direct"].one]) if "direct" in found else float("nan")
    for name, figures in found.items():
        p50, p99 = (_middle([getattr(load, key) for load in figures.one]) for key in ("p50_ms", "p99_ms"))
        rate, slow = (_middle([getattr(load, key) for load in figures.many]) for key in ("requests_per_s", "p99_ms"))
        cpu = _middle(figures.cpu_us)
        could = f"{1e6 / cpu:,.0f}" if cpu else ""
        print(f"{name:8} {p50:17.3f} {p99:6.3f} {p50 - direct:10.3f} {rate:18,.0f} {slow:6.2f} {cpu:15.1f} {could:>15}")
    print(f"\n{'':8} {'blue of 2,000':>14} {'10 MB: MB/s up, down':>21} {'RSS MiB before, most':>22}", end="")
    print(f" {'weight change: ms, p99, worst':>30} {'failed':>7}")
    for name, figures in found.items():
        blue = "-".join(str(end) for end in sorted({min(figures.blue), max(figures.blue)})) if figures.blue else ""
        rss = f"{_middle(figures.rss[::2]):.1f}, {max(figures.rss[1::2]):.1f}"
        shift = _shift(figures.shift_ms) if figures.shift_ms else ""
        speed = f"{_middle(figures.up_mb_s):,.0f}, {_middle(figures.down_mb_s):,.0f}"
        print(f"{name:8} {blue:>14} {speed:>21} {rss:>22} {shift:>30} {len(figures.failures):>7}")
    for name, figures in found.items():
        for failure in figures.failures[:3]:
            print(f"{name}: {failure}")


def _shift(taken_ms: Sequence[float]) -> str:
    slow = statistics.quantiles(taken_ms, n=100)[98]
    return f"{_middle(taken_ms):.2f}, {slow:.2f}, {max(taken_ms):.2f}"


def _middle(values: Sequence[float]) -> float:
    return statistics.median(values)


@contextlib.contextmanager
def _containers(count: int) -> Iterator[list[int]]:
    command = [sys.executable, str(Path(__file__).with_name("router_container.py"))]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    try:
        yield [int(process.stdout.readline()) for process in processes if process.stdout]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


if __name__ == "__main__":
    main()
