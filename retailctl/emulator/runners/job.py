"""What a job is made of once its folder is ready: values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from retailctl.emulator.runners.spec import Limits


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of this machine, and where a container sees it."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class JobSpec:
    """One job. `folder` is where it runs on this machine, `workdir` the same place as a container sees it."""

    name: str
    command: str
    folder: Path
    workdir: str
    environment: Mapping[str, str]
    log_file: Path
    mounts: Sequence[Mount] = ()
    limits: Limits | None = None

    def shell_line(self) -> list[str]:
        """The command for a shell of this machine."""
        return ["/bin/bash" if Path("/bin/bash").exists() else "/bin/sh", "-c", self.command]
