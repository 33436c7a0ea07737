"""What the local Azure ML supports, and what contract tests saw of it: the tables of its README.

The operations come from the routes, the statuses from a recorded run of the contract tests (`operations.json`, written
by `RETAILCTL_RECORD=1 pytest tests/contract`). Run as a module, it writes the README's generated part anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retailctl import emulator
from retailctl.emulator.app.build import OPERATIONS

README = Path(emulator.__file__).with_name("README.md")
RECORD = Path(__file__).with_name("operations.json")
BEGIN, END = "<!-- operations: begin -->\n", "<!-- operations: end -->"
Seen = Mapping[str, list[int]]


@dataclass(frozen=True, slots=True)
class Family:
    """Operations whose names begin alike, and how they differ from Azure's."""

    name: str
    stems: tuple[str, ...]
    differs: str


def _asset(name: str, stem: str, differs: str) -> Family:
    return Family(name, (f"{stem}Containers", f"{stem}Versions"), differs)


FAMILIES = (
    Family("workspace", ("Workspaces",), "one workspace, fixed ids"),
    Family(
        "datastores", ("Datastores",), "Blob ones, over containers of this account; the workspace's own two are fixed"
    ),
    _asset("codes", "Code", "-"),
    _asset("data", "Data", "only places in the two datastores; they must exist"),
    _asset(
        "environments",
        "Environment",
        "nothing is built: an image is the Docker engine's own, or what the runner table has for it;"
        " a conda file is kept and not installed; no curated ones",
    ),
    _asset(
        "models",
        "Model",
        "from a datastore, a job's output or a run's artifact; integer versions;"
        " a deleted version's number is not used again",
    ),
    Family(
        "computes",
        ("Compute",),
        "clusters alone, made at once; one runs as many jobs at a time as it may have nodes, on this machine;"
        " those of the catalogue can be changed and stay",
    ),
    Family(
        "jobs",
        ("Jobs",),
        "command jobs on one node, as a container or as a process; another type or a distribution is refused by name;"
        " ends with the server",
    ),
    Family(
        "endpoints", ("OnlineEndpoints",), "plain HTTP on 127.0.0.1 for scoring; AADToken takes this server's tokens"
    ),
    Family(
        "deployments",
        ("OnlineDeployments",),
        "managed, with an image that brings its server; no `codeConfiguration`, no secret references,"
        " no data collection",
    ),
)


def operations_table(seen: Seen) -> str:
    """One row an operation: what it answered in the contract tests, and how it differs."""
    rows = ["| family | operation | answers in contract tests | differs from Azure |", "|---|---|---|---|"]
    for family in FAMILIES:
        names = [each.name for each in OPERATIONS if each.name.partition("_")[0] in family.stems]
        for first, name in enumerate(names):
            statuses = ", ".join(str(status) for status in seen.get(name, ())) or "-"
            words = (family.name, family.differs) if first == 0 else ("", "")
            rows.append(f"| {words[0]} | {name} | {statuses} | {words[1]} |")
    return "\n".join(rows) + "\n"


def recorded() -> Seen:
    """What the last recorded run saw."""
    found: Seen = json.loads(RECORD.read_text())
    return found


def record(seen: Mapping[tuple[str, int], int]) -> None:
    """Keep what a run saw, by operation."""
    found: dict[str, list[int]] = {}
    for name, status in sorted(seen):
        found.setdefault(name, []).append(status)
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(statuses)}" for name, statuses in found.items())
    RECORD.write_text(f"{{\n{lines}\n}}\n")


def filled(text: str) -> str:
    """The README with its table written anew."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{operations_table(recorded())}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
