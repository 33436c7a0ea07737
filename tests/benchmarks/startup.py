"""What starting the command line costs, as whole processes, with its peers run in turn.

    python tests/benchmarks/startup.py [--rounds 15] [-- COMMAND ...]

Peers: ``python -c pass``, and a Typer app of two commands that do nothing, with Rich (``--help``, and one command).
Medians of wall and processor time and their ratio to ``bare typer --help``. What follows ``--`` is measured as
well: for example ``-- retailctl status`` in a project whose local Azure ML is running.
"""

import argparse
import os
import resource
import shlex
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

BARE = '''
import typer

app = typer.Typer()


@app.command()
def one(name: str = "x") -> None:
    """Do one thing."""


@app.command()
def two(name: str = "x") -> None:
    """Do another."""


app()
'''
BASE = "bare typer --help"


@dataclass
class Case:
    """A command line and what each of its runs took, in seconds."""

    name: str
    line: list[str]
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self) -> None:
        """Once more."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        done = subprocess.run(self.line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        self.wall.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode:
            raise SystemExit(f"{self.name} ended with {done.returncode}: {done.stderr.decode()}")


def cases(bare: Path, extra: list[str]) -> list[Case]:
    """The peers, retailctl's help, and a command of the caller's."""
    script = Path(sysconfig.get_path("scripts")) / "retailctl"
    installed = [str(script)] if script.exists() else [sys.executable, "-m", "retailctl"]
    found = [
        Case("python -c pass", [sys.executable, "-c", "pass"]),
        Case(BASE, [sys.executable, str(bare), "--help"]),
        Case("bare typer command", [sys.executable, str(bare), "one", "--name", "y"]),
        Case("retailctl --help", [*installed, "--help"]),
        Case("retailctl traffic --help", [*installed, "traffic", "--help"]),
        Case("retailctl config show", [*installed, "config", "show"]),
    ]
    return [*found, Case(shlex.join(extra), extra)] if extra else found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("extra", nargs="*", help="a command line to measure as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "bare.py")
        bare.write_text(BARE)
        measured = cases(bare, options.extra)
        for case in measured:
            case.run()  # writes the bytecode
            case.wall.clear()
            case.cpu.clear()
        for _ in range(options.rounds):
            for case in measured:
                case.run()
    base = next(case for case in measured if case.name == BASE)
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {options.rounds} rounds, medians")
    print(f"{'command':<28}{'wall ms':>9}{'CPU ms':>9}{'wall ratio':>12}{'CPU ratio':>11}")
    for case in measured:
        wall, cpu = statistics.median(case.wall), statistics.median(case.cpu)
        ratios = wall / statistics.median(base.wall), cpu / statistics.median(base.cpu)
        print(f"{case.name[:27]:<28}{wall * 1000:>9.0f}{cpu * 1000:>9.0f}{ratios[0]:>12.2f}{ratios[1]:>11.2f}")


if __name__ == "__main__":
    main()
