"""What a user waits for on the local profile: the server's start, two releases, and the commands typed all day.

    python tests/benchmarks/local_flow.py [--rounds 10]

Whole processes of the installed command in a new project folder; medians of wall and processor time. The peer beside
the all-day commands is a process that does nothing but construct the SDK's client.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.benchmarks.startup import Case

RETAILCTL = str(Path(sys.executable).with_name("retailctl"))
SDK = """
from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential
MLClient(DefaultAzureCredential(), "s", "r", "w")
"""
ALL_DAY = (["status"], ["traffic", "green=100"], ["logs", "--lines", "5"], ["invoke"])


@contextmanager
def project() -> Iterator[Path]:
    """A project folder with a state of its own, whose server is stopped at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.environ.update(RETAILCTL_STATE=f"{folder}/state", RETAILCTL_PROFILE="local", OMP_NUM_THREADS="1")
        try:
            yield Path(folder)
        finally:
            run("local", "stop")
            os.chdir("/")


def run(*arguments: str) -> float:
    """Seconds that a command takes; it must end well."""
    began = time.perf_counter()
    subprocess.run([RETAILCTL, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def milestones() -> Iterator[tuple[str, float]]:
    """The long waits, in seconds, each once."""
    run("data", "sample", "--out", "first", "--days", "730")
    run("data", "sample", "--out", "second", "--days", "737")
    yield "local start, new state", run("local", "start")
    run("local", "stop")
    yield "local start, again", run("local", "start")
    yield "first release", run("release", "--data", "first")
    yield "second release", run("release", "--data", "second")


def all_day(rounds: int) -> list[Case]:
    """The short commands and the peer, run in turn."""
    cases = [Case(f"retailctl {' '.join(line)}", [RETAILCTL, *line]) for line in ALL_DAY]
    cases.append(Case("construct the SDK's client", [sys.executable, "-c", SDK]))
    for case in cases:
        case.run()  # writes the bytecode
        case.wall.clear()
        case.cpu.clear()
    for _ in range(rounds):
        for case in cases:
            case.run()
    return cases


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with project():
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}; 60 series, two years")
        print(f"{'once':<34}{'wall s':>9}")
        for name, seconds in milestones():
            print(f"{name:<34}{seconds:>9.1f}", flush=True)
        print(f"\n{f'median of {rounds}':<34}{'wall ms':>9}{'CPU ms':>9}")
        for case in all_day(rounds):
            print(
                f"{case.name:<34}{statistics.median(case.wall) * 1000:>9.0f}{statistics.median(case.cpu) * 1000:>9.0f}"
            )


if __name__ == "__main__":
    main()
