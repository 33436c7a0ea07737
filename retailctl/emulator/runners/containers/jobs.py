"""A job as a container: the command in the image's shell, the code, inputs and outputs mounted.

It runs as the user who runs the server, whatever user the image names, so that what it writes is that user's, to read
and to remove. Under a rootless engine that user is the container's root.
"""

from __future__ import annotations

import os
from typing import Any

from retailctl.emulator.runners.containers.container import RunningContainer
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.launcher import container_name, limited
from retailctl.emulator.runners.containers.starting import run
from retailctl.emulator.runners.job import JobSpec

# bash where the image has it, as on the platform, and else the shell that every image with a shell has.
_SHELL = ["/bin/sh", "-c", 'command -v bash >/dev/null && exec bash -c "$0"; exec /bin/sh -c "$0"']
_SHARED_MEMORY = "2g"  # the platform's default
_NO_LIMIT = 0
# Logs are followed while the job runs; OpenMP's busy-waiting threads and a quota of cores do not go together.
_UNLESS_SET = {"PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
# The user has no entry in the image's list: these are what programs then ask for a name and a home.
_USER = {"HOME": "/tmp", "USER": "azureml", "LOGNAME": "azureml"}


async def start_container(image: ContainerImage, spec: JobSpec) -> RunningContainer:
    """The job's command, running in its image. Raises StartFailed."""
    return await run(
        image,
        spec.log_file,
        _NO_LIMIT,
        serves=False,
        name=container_name("job", spec.name),
        entrypoint=_SHELL,
        command=[spec.command],
        working_dir=spec.workdir,
        user=_user(image),
        environment=_variables(image, spec),
        mounts=_mounts(spec),
        shm_size=_SHARED_MEMORY,
        labels={"io.retailctl.job": spec.name},
        **limited(spec.limits, image),
    )


def _user(image: ContainerImage) -> str:
    return "0:0" if image.engine.rootless else f"{os.getuid()}:{os.getgid()}"


def _variables(image: ContainerImage, spec: JobSpec) -> dict[str, str]:
    defaults = {name: value for name, value in _UNLESS_SET.items() if name not in image.variables}
    return {**defaults, **_USER, **spec.environment}


def _mounts(spec: JobSpec) -> list[Any]:
    from docker.types import Mount

    return [
        Mount(mount.target, str(mount.source.resolve()), type="bind", read_only=mount.read_only)
        for mount in spec.mounts
    ]
