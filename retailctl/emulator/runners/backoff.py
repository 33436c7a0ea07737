"""The growing pause between restarts of a container that keeps ending."""

from dataclasses import dataclass

from retailctl.emulator.runners.spec import Pace


@dataclass(slots=True)
class Backoff:
    """Doubles from `first_s` to `longest_s`; a run of `steady_s` counts as recovered and starts anew."""

    first_s: float
    longest_s: float
    steady_s: float
    restarts: int = 0

    @classmethod
    def at(cls, pace: Pace) -> "Backoff":
        """Kubernetes' own figures (10 s to 5 min, forgiven after 10 min), or the same shape in a hurry."""
        return cls(10.0, 300.0, 600.0) if pace == "realistic" else cls(0.1, 5.0, 10.0)

    def next_delay_s(self, ran_for_s: float) -> float:
        """The pause after a run of that length."""
        if ran_for_s >= self.steady_s:
            self.restarts = 0
        delay_s = min(self.longest_s, self.first_s * 2.0**self.restarts)
        self.restarts += 1
        return delay_s
