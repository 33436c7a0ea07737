"""What a client does, one kind of resource each: a random step, the wait for what it began, the check of its books."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx

from tests.emulator.crash.client import Client, Wrong
from tests.emulator.crash.ledger import Ledger, Value
from tests.emulator.crash.operations import Operations

Step = Callable[[], None]


class Family(ABC):
    """One kind of resource of one client. All of its names begin with the client's."""

    def __init__(self, client: Client, name: str, random: Random) -> None:
        self.client = client
        self.name = name
        self.random = random
        self.ledger = Ledger()
        self.operations = Operations(client)
        self._marks = 0

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Make what the steps need. Raises Lost, Wrong."""

    @abstractmethod
    def steps(self) -> Sequence[Step]:
        """What can be done now, each as likely as it stands here."""

    @abstractmethod
    def actual(self, key: Any) -> Value:
        """What the server says of one thing, when nothing is under way. Raises Lost, Wrong."""

    def step(self) -> None:
        """Do one thing. Raises Lost, Wrong."""
        self.random.choice(self.steps())()

    def settle(self) -> None:
        """Wait for the end of what was begun. Raises Lost, Wrong."""
        self.operations.finish()

    def check(self) -> None:
        """Compare the books with the server. Raises Lost, Wrong."""
        for key in self.ledger.known():
            problem = self.ledger.compare(key, self.actual(key))
            if problem:
                raise Wrong(problem)

    def mark(self) -> str:
        """A value that was never written before."""
        self._marks += 1
        return f"{self.name}-{self._marks}"

    def write(self, key: Any, value: Value, send: Callable[[], httpx.Response]) -> bool:
        """Send a write and keep the books of it; False where it met another one. Raises Lost, Wrong."""
        self.ledger.begin(key, value)
        answer = send()
        if answer.status_code == 409:
            self.ledger.refuse(key, value)
            return False
        if not answer.is_success:
            request = answer.request
            raise Wrong(f"{request.method} {request.url.path} was refused ({answer.status_code}): {answer.text[:500]}")
        self.ledger.acknowledge(key, value)
        self.operations.note(answer)
        return True
