"""How a container ended, in the words that a deployment's error and log use."""

import contextlib
import signal
from dataclasses import dataclass

_BY_SIGNAL = 128


@dataclass(frozen=True, slots=True)
class End:
    """How a container ended; `problem` is set when the engine could not say."""

    code: int
    out_of_memory: bool = False
    problem: str = ""

    @property
    def is_abrupt(self) -> bool:
        """Whether the program had no say in it, and so could not log why."""
        return self.out_of_memory or bool(self.problem)

    @property
    def words(self) -> str:
        """To follow "the container": with the exit code, and what the platform calls it."""
        if self.problem:
            return f"was lost: {self.problem}"
        if self.out_of_memory:
            return f"passed its memory limit and was killed (OOMKilled, exit code {self.code})"
        return f"exited with code {self.code}" + _signal_of(self.code)


def _signal_of(code: int) -> str:
    with contextlib.suppress(ValueError):
        return f" ({signal.Signals(code - _BY_SIGNAL).name})" if code > _BY_SIGNAL else ""
    return ""
