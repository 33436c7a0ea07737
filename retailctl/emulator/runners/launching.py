"""How an instance of a slot is started, whichever runner does it: a launcher makes one run after another."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from retailctl.emulator.runners.running import Running


@dataclass(frozen=True, slots=True)
class Target:
    """A route on 127.0.0.1 to be probed; `silence` says what it means that the port takes a call and gives nothing."""

    port: int
    path: str
    silence: str


class Launched(Protocol):
    """One run of an instance, from its start to its end."""

    @property
    def running(self) -> Running:
        """The process or container."""

    @property
    def address(self) -> str:
        """`127.0.0.1:port` of the scoring route."""

    @property
    def liveness(self) -> Target:
        """The liveness route."""

    @property
    def readiness(self) -> Target:
        """The readiness route."""

    def stranger(self) -> str | None:
        """Why an answer on its port is not to be believed, if it is not."""

    def release(self) -> bool:
        """Give back what the run held; True when it ended only because another program was faster on its port."""


class Launcher(Protocol):
    """Starts runs of one slot's instances."""

    async def launch(self, log_file: Path, number: int) -> Launched:
        """A new run of instance `number`, its output appended to the file.

        Raises StartFailed. When cancelled, nothing is left of what was started.
        """
