"""One instance of a slot: what is launched is probed, taken in and out of service, and restarted when it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable

from retailctl.emulator.runners.backoff import Backoff
from retailctl.emulator.runners.launching import Launched, Launcher, Target
from retailctl.emulator.runners.logs import tail
from retailctl.emulator.runners.probes import ProbeTally, Verdict, probe
from retailctl.emulator.runners.running import Running, StartFailed
from retailctl.emulator.runners.spec import InstanceUsage, ProbeTiming, SlotFailed, SlotSpec
from retailctl.emulator.runners.usage import UsageMeter

# A container that ended this often before it was ready once is not going to be.
_CRASH_LIMIT = 3
_PORT_ATTEMPTS = 5
_TAIL_LINES = 20
_RESTART_GRACE_S = 10.0


class Instance:
    """Runs one copy of the slot's program until it is stopped.

    `address` is `127.0.0.1:port` while the instance may receive requests, else None. `first_ready` ends with the
    first readiness, or with SlotFailed when there is none to come.
    """

    def __init__(self, spec: SlotSpec, number: int, launcher: Launcher, on_change: Callable[[], None]) -> None:
        self.address: str | None = None
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.log_file = spec.log_folder / f"inference-server-{number}.log"
        self.running: Running | None = None
        self._spec = spec
        self._number = number
        self._launcher = launcher
        self._on_change = on_change
        self._grace_s = _RESTART_GRACE_S
        self._meter = UsageMeter()
        self._life = asyncio.create_task(self._live())

    async def stop(self, grace_s: float) -> None:
        """Out of service at once, then SIGTERM, then SIGKILL after `grace_s`."""
        self._grace_s = grace_s
        self._life.cancel()
        await asyncio.wait([self._life])
        if self.running:  # the cancellation may have come while it was being stopped for a restart
            await self.running.stop(grace_s)
        self._give_up("it was stopped")

    def usage(self) -> InstanceUsage:
        """CPU and memory of what runs now."""
        running = self.running
        root = running.root_pid if running is not None and running.returncode is None else None
        cpu_percent, memory_bytes, processes = self._meter.read([root] if root is not None else [])
        return InstanceUsage(self.address is not None, cpu_percent, memory_bytes, processes)

    async def _live(self) -> None:
        clock = asyncio.get_running_loop().time
        backoff, crashes = Backoff.at(self._spec.pace), 0
        while not self._failed:
            began = clock()
            try:
                reason = await self._run()
            except (StartFailed, OSError) as failure:
                self._give_up(str(failure))
            else:
                crashes += 1
                if crashes >= _CRASH_LIMIT:
                    times = f"{crashes} times during start (CrashLoopBackOff)"
                    self._give_up(f"the container crashed {times}; the last time it {reason}")
            if not self._failed:
                await asyncio.sleep(backoff.next_delay_s(clock() - began))

    @property
    def _failed(self) -> bool:
        future = self.first_ready
        return future.done() and not future.cancelled() and future.exception() is not None

    def _give_up(self, reason: str) -> None:
        """Fail the slot, unless it has been ready before: then it goes on trying."""
        if not self.first_ready.done():
            sentence = f"Deployment {self._spec.deployment} did not become ready: {reason}."
            self.first_ready.set_exception(SlotFailed(sentence, tail(self.log_file, _TAIL_LINES)))

    async def _run(self) -> str:
        """One run from start to end, on another port when somebody was faster; why it ended."""
        for _ in range(_PORT_ATTEMPTS):
            launched = await self._launcher.launch(self.log_file, self._number)
            try:
                reason = await self._watch(launched)
            finally:
                lost_race = launched.release()
            if not lost_race:
                break
        return reason

    async def _watch(self, launched: Launched) -> str:
        self.running = running = launched.running
        watches = [
            asyncio.create_task(watch)
            for watch in (_watch_exit(running), self._watch_liveness(launched), self._watch_readiness(launched))
        ]
        try:
            await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            return next(watch.result() for watch in watches if watch.done())
        finally:
            for watch in watches:
                watch.cancel()
            self._set_address(None)
            await running.stop(self._grace_s)

    async def _watch_liveness(self, launched: Launched) -> str:
        """Ends with the reason for a restart."""
        timing = self._spec.liveness_probe
        async for verdict, problem in self._verdicts(launched, launched.liveness, timing):
            if verdict == "failing":
                return f"failed its liveness probe ({problem})"
        raise AssertionError("probing has no end of its own")

    async def _watch_readiness(self, launched: Launched) -> str:
        """Takes the instance in and out of service; ends only if it was not ready once within the budget."""
        timing = self._spec.readiness_probe
        async for verdict, problem in self._verdicts(launched, launched.readiness, timing):
            if verdict == "passing":
                self._set_address(launched.address)
            elif self.first_ready.done():
                self._set_address(None)
            else:
                self._give_up(f"the container was not ready within {timing.budget_s:g} s ({problem})")
                return "was not ready in time"
        raise AssertionError("probing has no end of its own")

    async def _verdicts(
        self, launched: Launched, target: Target, timing: ProbeTiming
    ) -> AsyncIterator[tuple[Verdict, str | None]]:
        """Probe for as long as the run lasts; each change of the verdict with the last problem."""
        clock = asyncio.get_running_loop().time
        tally = ProbeTally(timing, self._spec.pace, clock())
        await asyncio.sleep(tally.first_delay_s)
        while True:
            problem = await probe(target, timing.timeout_s) or launched.stranger()
            if tally.record(problem is None, clock()) and tally.verdict is not None:
                yield tally.verdict, problem
            await asyncio.sleep(tally.interval_s)

    def _set_address(self, address: str | None) -> None:
        if address and not self.first_ready.done():
            self.first_ready.set_result(None)
        if address != self.address:
            self.address = address
            self._on_change()


async def _watch_exit(running: Running) -> str:
    await running.wait()
    return running.ending
