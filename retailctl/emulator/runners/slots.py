"""A slot: `instance_count` copies of a serving program, probed and restarted as the platform does with containers."""

import asyncio
from collections.abc import Callable

from retailctl.emulator.runners.instance import Instance
from retailctl.emulator.runners.logs import tail as tail_of
from retailctl.emulator.runners.selection import launcher_of
from retailctl.emulator.runners.spec import (
    Container,
    InstanceUsage,
    Pace,
    ProbeTiming,
    SlotFailed,
    SlotSpec,
)
from retailctl.emulator.runners.storage_initializer import LOG_NAME, mount_model

__all__ = ["Container", "InstanceUsage", "Pace", "ProbeTiming", "SlotFailed", "SlotSpec", "SlotSupervisor"]


class SlotSupervisor:
    """Starts, probes, restarts and stops the instances of one slot; belongs to one event loop."""

    def __init__(self, spec: SlotSpec, on_change: Callable[[], None]) -> None:
        """`on_change` is called in the event loop whenever `addresses` changes; it must not block."""
        self.spec = spec
        self._on_change = on_change
        self._instances: list[Instance] = []

    @property
    def addresses(self) -> tuple[str, ...]:
        """`127.0.0.1:port` of each instance that is ready now."""
        return tuple(instance.address for instance in self._instances if instance.address)

    async def start(self) -> None:
        """Return once every instance is ready; raises SlotFailed, with nothing left running, when that fails.

        Cancelling it stops what was started.
        """
        self.spec.log_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mount_model(self.spec)
        launcher = launcher_of(self.spec)
        self._instances = [
            Instance(self.spec, number, launcher, self._on_change) for number in range(self.spec.instance_count)
        ]
        try:
            await asyncio.gather(*(instance.first_ready for instance in self._instances))
        except (SlotFailed, asyncio.CancelledError):
            await self.stop(drain_s=0)
            raise

    async def stop(self, drain_s: float = 10.0) -> None:
        """SIGTERM, SIGKILL after `drain_s`. Take the slot out of the router before; safe to call twice."""
        instances, self._instances = self._instances, []
        await asyncio.gather(*(instance.stop(drain_s) for instance in instances))

    def logs(self, container: Container = "inference-server", tail: int | None = None) -> str:
        """The last `tail` lines of a container (the first instance's, since the platform offers no choice)."""
        name = LOG_NAME if container == "storage-initializer" else "inference-server-0.log"
        return tail_of(self.spec.log_folder / name, tail)

    def usage(self) -> tuple[InstanceUsage, ...]:
        """CPU and memory of each instance, in the order of their numbers."""
        return tuple(instance.usage() for instance in self._instances)
