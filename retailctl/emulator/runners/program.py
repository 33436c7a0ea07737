"""What an image runs as: a row of the runner table, or the image itself in a Docker engine."""

from typing import Literal

from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.table import RunnerEntry

Program = RunnerEntry | ContainerImage
RunnerName = Literal["process", "docker"]
RunnerMode = Literal["auto", "docker", "process"]
"""Which runner is asked for; `auto` takes Docker where an engine has the image."""


def runner_of(program: Program) -> RunnerName:
    """The runner that runs it."""
    return "docker" if isinstance(program, ContainerImage) else "process"
