"""Slots made of the stand-in container."""

from collections.abc import Callable
from pathlib import Path

import pytest

from retailctl.emulator.runners.slots import ProbeTiming, SlotSpec
from retailctl.emulator.runners.spec import Route
from retailctl.emulator.runners.table import RunnerEntry

FOLDER = Path(__file__).parent
QUICK = ProbeTiming(initial_delay_s=0.5, period_s=0.1, timeout_s=1, failure_threshold=2)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def spec(tmp_path: Path) -> Callable[..., SlotSpec]:
    """A slot of the stand-in container; keyword arguments override fields."""

    def make(**changes: object) -> SlotSpec:
        entry = RunnerEntry(
            "*/retail/infer*", FOLDER, ("{python}", str(FOLDER / "container.py"), "{port}"), {"IMAGE_VARIABLE": "1"}
        )
        fields: dict[str, object] = {
            "endpoint": "shop",
            "deployment": "green",
            "program": entry,
            "log_folder": tmp_path / "logs",
            "liveness": Route("/live"),
            "readiness": Route("/ready"),
            **changes,
        }
        return SlotSpec(**fields)  # type: ignore[arg-type]

    return make
