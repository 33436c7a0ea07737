"""The local Azure ML: a workspace on 127.0.0.1 that speaks the REST API of Azure ML. Imports nothing else of ours.

from retailctl.emulator import LocalWorkspace      a server for the length of a `with` block
from retailctl.emulator import Chaos               what makes it unreliable, on purpose and repeatably
from retailctl.emulator import daemon              a server in the background
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retailctl.emulator.services.chaos import Chaos
    from retailctl.emulator.workspace import LocalWorkspace

__all__ = ["Chaos", "LocalWorkspace"]


def __getattr__(name: str) -> object:
    """The library's parts, loaded when first asked for: the daemon's callers must not pay for a web server."""
    if name == "LocalWorkspace":
        from retailctl.emulator.workspace import LocalWorkspace

        return LocalWorkspace
    if name == "Chaos":
        from retailctl.emulator.services.chaos import Chaos

        return Chaos
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
