"""Instances as containers: the image's own command, the model mounted read-only, its ports on 127.0.0.1 alone."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Any
from uuid import uuid4

from retailctl.emulator.runners.containers.container import RunningContainer
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.containers.starting import run
from retailctl.emulator.runners.launching import Target
from retailctl.emulator.runners.spec import MAX_LOG_BYTES, Limits, Route, SlotSpec

_LEAST_CORES = 0.01
_UNSAFE = re.compile(r"[^a-zA-Z0-9_.-]+")


class LaunchedContainer:
    """One container of a slot. `running` has ended when a port that it was to publish is gone again."""

    def __init__(self, running: RunningContainer, spec: SlotSpec) -> None:
        self.running = running
        self.address = f"127.0.0.1:{_published(running, spec.scoring)}"
        self.liveness = _target(running, spec.liveness)
        self.readiness = _target(running, spec.readiness)

    def stranger(self) -> str | None:
        """Nobody else gets a port that the engine holds."""
        return None

    def release(self) -> bool:
        """The engine chose a free port itself: there is no race to lose."""
        return False


class ContainerLauncher:
    """Starts containers of one image."""

    def __init__(self, spec: SlotSpec, image: ContainerImage) -> None:
        self._spec = spec
        self._image = image
        self._options = _options(spec, image)

    async def launch(self, log_file: Path, number: int) -> LaunchedContainer:
        """A container on ports that the engine picks. Raises StartFailed."""
        name = container_name(self._spec.endpoint, self._spec.deployment, str(number))
        running = await run(self._image, log_file, MAX_LOG_BYTES, serves=True, name=name, **self._options)
        return LaunchedContainer(running, self._spec)


def container_name(*words: str) -> str:
    """A name that a reader of `docker ps` understands and that nobody else has."""
    return "-".join(["retailctl", *(_UNSAFE.sub("-", word) for word in words), uuid4().hex[:8]])


def limited(limits: Limits | None, image: ContainerImage) -> dict[str, Any]:
    """The engine's words for limits; it refuses more cores than the machine has."""
    if limits is None:
        return {}
    cores = max(_LEAST_CORES, min(limits.cores, image.engine.cpus))
    # As much swap as memory means none: what passes its limit ends, as on a machine of that size.
    return {"nano_cpus": int(cores * 1e9), "mem_limit": limits.memory_bytes, "memswap_limit": limits.memory_bytes}


def _options(spec: SlotSpec, image: ContainerImage) -> dict[str, Any]:
    from docker.types import Mount

    variables, mounts = dict(spec.environment), []
    if spec.model_dir and spec.model_mount:
        _open_to_readers(spec.model_dir)
        mounts.append(Mount(spec.model_mount, str(spec.model_dir.resolve()), type="bind", read_only=True))
        variables["AZUREML_MODEL_DIR"] = spec.model_mount
    ports = {f"{route.port}/tcp": ("127.0.0.1", None) for route in (spec.scoring, spec.liveness, spec.readiness)}
    labels = {"io.retailctl.slot": f"{spec.endpoint}/{spec.deployment}"}
    return {"environment": variables, "mounts": mounts, "ports": ports, "labels": labels, **limited(spec.limits, image)}


def _open_to_readers(folder: Path) -> None:
    """Let the image's own user read the model; on this machine the state folder's mode still keeps others out."""
    for path in (folder, *folder.rglob("*")):
        if path.is_symlink():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = mode | (0o555 if path.is_dir() else 0o444)
        if wanted != mode:
            path.chmod(wanted)


def _published(running: RunningContainer, route: Route) -> int:
    bound = running.ports.get(f"{route.port}/tcp") or []
    return int(bound[0]["HostPort"]) if bound else 0


def _target(running: RunningContainer, route: Route) -> Target:
    silence = f"nothing answers on port {route.port} of the container; it must listen there on 0.0.0.0"
    return Target(_published(running, route), route.path, silence)
