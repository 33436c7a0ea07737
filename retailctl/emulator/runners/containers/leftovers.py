"""What servers that were killed left in the Docker engine, removed from outside of any server."""

from __future__ import annotations

import logging
from pathlib import Path

from retailctl.emulator.runners.containers.engine import EngineError, guarded
from retailctl.emulator.runners.containers.keeper import remove_all
from retailctl.emulator.runners.containers.owner import STATE_LABEL

_PATIENCE_S = 20.0
_log = logging.getLogger(__name__)


def remove_leftovers(state: Path, marker: Path) -> None:
    """Remove every container of a state folder on which no server runs, and then the marker that there may be some.

    Where no engine answers the marker stays, and the next start, stop or reset tries again.
    """
    import docker

    try:
        client = guarded(lambda patience: docker.from_env(timeout=patience), _PATIENCE_S)
        guarded(lambda asked: remove_all(asked, f"{STATE_LABEL}={state}"), client)
    except EngineError as error:
        _log.warning("Containers of %s that may be left cannot be removed: %s", state, error)
        return
    marker.unlink(missing_ok=True)
