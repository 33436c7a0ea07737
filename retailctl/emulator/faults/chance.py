"""By count and by chance, and repeatably: whether a fault strikes the next of what it names."""

from __future__ import annotations

import random


class Chance:
    """Strikes `count` of what is seen (None: no end), not before `after` have passed, each with `probability`.

    `seen` and `met` are what was seen and struck before this object was made: the seed's dice go on from there.
    """

    __slots__ = ("_after", "_count", "_dice", "_probability", "met", "seen")

    def __init__(
        self,
        count: int | None = 1,
        after: int = 0,
        probability: float = 1.0,
        seed: int = 0,
        *,
        seen: int = 0,
        met: int = 0,
    ) -> None:
        self.seen = seen
        self.met = met
        self._count = count
        self._after = after
        self._probability = probability
        self._dice = random.Random(seed)
        for _ in range(after, seen):
            self._dice.random()

    @property
    def left(self) -> int | None:
        """How many more it strikes; None for no end."""
        return None if self._count is None else self._count - self.met

    def strikes(self) -> bool:
        """Whether it strikes now; one of its strikes is spent if so."""
        if self.left == 0:
            return False
        self.seen += 1
        if self.seen <= self._after or self._dice.random() >= self._probability:
            return False
        self.met += 1
        return True
