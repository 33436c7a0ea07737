"""One instance of a slot: a process that is probed, taken in and out of service, and restarted when it ends."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping

from retailctl.emulator.runners.backoff import Backoff
from retailctl.emulator.runners.logs import tail
from retailctl.emulator.runners.ports import listens, lost_race, return_port, take_port
from retailctl.emulator.runners.probes import ProbeTally, Verdict, probe
from retailctl.emulator.runners.process import RunningProcess, StartFailed, start
from retailctl.emulator.runners.spec import ProbeTiming, SlotFailed, SlotSpec

# A container that ended this often before it was ready once is not going to be.
_CRASH_LIMIT = 3
_PORT_ATTEMPTS = 5
_MAX_LOG_BYTES = 16 * 2**20
_TAIL_LINES = 20
_RESTART_GRACE_S = 10.0


class Instance:
    """Runs one copy of the slot's command until it is stopped.

    `address` is `127.0.0.1:port` while the instance may receive requests, else None. `first_ready` ends with the
    first readiness, or with SlotFailed when there is none to come.
    """

    def __init__(
        self, spec: SlotSpec, number: int, environment: Mapping[str, str], on_change: Callable[[], None]
    ) -> None:
        self.address: str | None = None
        self.first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.log_file = spec.log_folder / f"inference-server-{number}.log"
        self.process: RunningProcess | None = None
        self._spec = spec
        self._environment = environment
        self._on_change = on_change
        self._grace_s = _RESTART_GRACE_S
        self._owns_port = False
        self._port = 0
        self._life = asyncio.create_task(self._live())

    async def stop(self, grace_s: float) -> None:
        """Out of service at once, then SIGTERM, then SIGKILL after `grace_s`."""
        self._grace_s = grace_s
        self._life.cancel()
        await asyncio.wait([self._life])
        if self.process:  # the cancellation may have come while the process was being stopped for a restart
            await self.process.stop(grace_s)
        self._give_up("it was stopped")

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
                    self._give_up(f"the container crashed {crashes} times during start; the last time it {reason}")
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
        """One process from start to end, on another port when somebody was faster; why it ended."""
        for _ in range(_PORT_ATTEMPTS):
            self._port, self._owns_port = take_port(), False
            lines_before = len(tail(self.log_file).splitlines())
            try:
                reason = await self._run_on_port()
            finally:
                return_port(self._port)
            if self._owns_port or not lost_race("\n".join(tail(self.log_file).splitlines()[lines_before:])):
                break
        return reason

    async def _run_on_port(self) -> str:
        self.process = process = await self._start()
        watches = [
            asyncio.create_task(watch)
            for watch in (_watch_exit(process), self._watch_liveness(process), self._watch_readiness(process))
        ]
        try:
            await asyncio.wait(watches, return_when=asyncio.FIRST_COMPLETED)
            return next(watch.result() for watch in watches if watch.done())
        finally:
            for watch in watches:
                watch.cancel()
            self._set_address(None)
            await process.stop(self._grace_s)

    async def _start(self) -> RunningProcess:
        words = [
            word.replace("{python}", sys.executable).replace("{port}", str(self._port))
            for word in self._spec.entry.command or ()
        ]
        return await start(
            words,
            cwd=self._spec.entry.folder,
            environment={**self._environment, "PORT": str(self._port)},
            log_file=self.log_file,
            max_log_bytes=_MAX_LOG_BYTES,
        )

    async def _watch_liveness(self, process: RunningProcess) -> str:
        """Ends with the reason for a restart."""
        timing = self._spec.liveness_probe
        async for verdict, problem in self._verdicts(process, self._spec.liveness_path, timing):
            if verdict == "failing":
                return f"failed its liveness probe ({problem})"
        raise AssertionError("probing has no end of its own")

    async def _watch_readiness(self, process: RunningProcess) -> str:
        """Takes the instance in and out of service; ends only if it was not ready once within the budget."""
        timing = self._spec.readiness_probe
        async for verdict, problem in self._verdicts(process, self._spec.readiness_path, timing):
            if verdict == "passing":
                self._set_address(f"127.0.0.1:{self._port}")
            elif self.first_ready.done():
                self._set_address(None)
            else:
                self._give_up(f"the container was not ready within {timing.budget_s:g} s ({problem})")
                return "was not ready in time"
        raise AssertionError("probing has no end of its own")

    async def _verdicts(
        self, process: RunningProcess, path: str, timing: ProbeTiming
    ) -> AsyncIterator[tuple[Verdict, str | None]]:
        """Probe for as long as the process lives; each change of the verdict with the last problem."""
        clock = asyncio.get_running_loop().time
        tally = ProbeTally(timing, self._spec.pace, clock())
        await asyncio.sleep(tally.first_delay_s)
        while True:
            problem = await probe(self._port, path, timing.timeout_s) or self._stranger(process)
            if tally.record(problem is None, clock()) and tally.verdict is not None:
                yield tally.verdict, problem
            await asyncio.sleep(tally.interval_s)

    def _stranger(self, process: RunningProcess) -> str | None:
        """Looked at once per process: an answer may come from a program that was faster on this port."""
        self._owns_port = self._owns_port or listens(process.root_pid, self._port)
        return None if self._owns_port else f"another program answers on port {self._port}"

    def _set_address(self, address: str | None) -> None:
        if address and not self.first_ready.done():
            self.first_ready.set_result(None)
        if address != self.address:
            self.address = address
            self._on_change()


async def _watch_exit(process: RunningProcess) -> str:
    code = await process.wait()
    if code >= 0:
        return f"exited with code {code}"
    return f"was killed by {signal.Signals(-code).name}"
