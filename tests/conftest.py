"""The order in which test files begin: by the time that they take, so that no process works alone at the end."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ("tests.contract.watching",)

TESTS = Path(__file__).parent
LONGEST_FIRST = (
    "acceptance/test_containers.py",
    "serving/test_mutations.py",
    "contract/test_chaos_flow.py",
    "acceptance/test_flow.py",
    "acceptance/test_faults.py",
    "acceptance/test_compare.py",
    "contract/test_faulty_slot.py",
    "emulator/crash/test_crash.py",
    "emulator/soak/test_soak.py",
    "serving/test_schemathesis.py",
    "serving/test_soak.py",
    "serving/test_faults_artifacts.py",
)
"""What takes more than half a minute; all other files follow as they stand."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    starts = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: starts.get(item.path, len(starts)))
