"""What the soak does to endpoints and slots, while its scoring requests may not notice."""

from __future__ import annotations

import random
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import requests

from tests.benchmarks.local_soak_load import Load
from tests.benchmarks.local_soak_world import ENDPOINT, SLOTS, World
from tests.contract.polling import until
from tests.emulator import bodies

_SPLITS = (100, 90, 50, 10, 0)
_FAULTS: tuple[dict[str, object], ...] = (
    {"kind": "status", "status": 429},
    {"kind": "status", "status": 424, "model_status": 503},
    *({"kind": "drop", "when": when} for when in ("before", "middle", "after")),
    {"kind": "delay", "delay_s": 0.05},
    {"kind": "trickle", "bytes_per_s": 500},
)


class Serving:
    """Actions on the data plane; none leaves anything but the endpoint with its two slots."""

    def __init__(self, world: World, load: Load, dice: random.Random) -> None:
        self._world = world
        self._load = load
        self._dice = dice
        self._numbers = count(1)
        self._key = "primary"

    def actions(self) -> dict[Callable[[], None], int]:
        """Each with how often it is to come."""
        return {
            self.shift: 4,
            self.replace: 3,
            self.roll: 2,
            self.scale: 1,
            self.mirror: 2,
            self.regenerate: 2,
            self.crash_idle: 1,
            self.fail_to_start: 1,
            self.passing_endpoint: 2,
            self.hang_up: 3,
        }

    def shift(self) -> None:
        """Another split between two healthy slots."""
        blue = self._dice.choice(_SPLITS)
        self._world.split({"blue": blue, "green": 100 - blue})

    def _idle(self) -> str:
        """A slot that gets no traffic from now on."""
        busy, idle = self._dice.sample(SLOTS, 2)
        self._world.split({busy: 100})
        return idle

    def replace(self) -> None:
        """Delete the slot without traffic, and deploy it anew."""
        idle = self._idle()
        self._world.succeed("DELETE", f"{ENDPOINT}/deployments/{idle}")
        self._world.deploy(idle, self._dice.choice([1, 2]))

    def roll(self) -> None:
        """Write a slot anew while it has traffic."""
        self._world.deploy(self._dice.choice(SLOTS), BUILD=str(next(self._numbers)))

    def scale(self) -> None:
        """Another number of instances."""
        sku = {"sku": {"capacity": self._dice.choice([1, 2])}}
        self._world.succeed("PATCH", f"{ENDPOINT}/deployments/{self._dice.choice(SLOTS)}", json=sku)

    def mirror(self) -> None:
        """Copy a part of the traffic to the idle slot for a while."""
        idle = self._idle()
        busy = next(slot for slot in SLOTS if slot != idle)
        self._world.split({busy: 100}, {idle: 50})
        before = self._load.statuses[200]
        until(lambda: self._load.statuses[200] >= before + 20)
        self._world.split({busy: 100})

    def regenerate(self) -> None:
        """Replace the key that is not in use, and go on with it; the other one is then replaced and refused."""
        other = "secondary" if self._key == "primary" else "primary"
        for kind in (other, self._key):
            old = self._world.keys()[f"{kind}Key"]
            self._world.succeed("POST", f"{ENDPOINT}/regenerateKeys", json={"keyType": kind.capitalize()})
            assert self._score(old) == 401
            if kind == other:
                self._load.use(self._world.keys()[f"{kind}Key"])
        self._key = other

    def crash_idle(self) -> None:
        """End the program of an idle slot; it is started again."""
        idle, key = self._idle(), self._world.keys()["primaryKey"]
        self._score(key, {"end": True}, idle)
        until(lambda: self._score(key, {}, idle) == 200)

    def fail_to_start(self) -> None:
        """A third slot whose program ends at once, twice; then it is deleted."""
        path = f"{ENDPOINT}/deployments/broken"
        for build in ("1", "2"):
            body = self._world.slot_body("broken", CRASH="1", BUILD=build)
            assert self._world.operate("PUT", path, json=body)["status"] == "Failed"
            logs = self._world.expect(200, "POST", f"{path}/getLogs", json={"tail": 5}).json()["content"]
            assert "the model cannot be loaded" in logs
        self._world.succeed("DELETE", path)

    def passing_endpoint(self) -> None:
        """An endpoint with tokens of its own that comes, answers, fails where it is told to, and goes."""
        path, tokens = f"/onlineEndpoints/passing-{next(self._numbers)}", {"authMode": "AMLToken"}
        self._world.succeed("PUT", path, json=bodies.endpoint(**tokens))
        self._world.deploy("only", endpoint=path)
        self._world.succeed("PUT", path, json=bodies.endpoint(**tokens, traffic={"only": 100}))
        address = self._world.expect(200, "GET", path).json()["properties"]["scoringUri"]
        token = self._world.expect(200, "POST", f"{path}/token").json()["accessToken"]
        assert self._score(token, {}, address=address) == 200
        for fault in _FAULTS:
            self._world.fault(endpoint=path.rpartition("/")[2], **fault)
            with suppress(requests.RequestException):
                self._score(token, {}, address=address)
        assert self._score(token, {}, address=address) == 200
        self._world.succeed("DELETE", path)

    def hang_up(self) -> None:
        """Callers that end in the middle of their request, or do not wait for its answer."""
        port, path = self._world.port_and_path
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._world.keys()['primaryKey']}\r\n"
        )
        for sent in ("", "Content-Length: 2\r\n\r\n{", "Content-Length: 2\r\n\r\n{}"):
            with socket.create_connection(("127.0.0.1", port)) as caller:
                caller.sendall((head + sent).encode())

    def _score(self, key: str, body: object = None, slot: str | None = None, address: str = "") -> int:
        headers = {"Authorization": f"Bearer {key}"} | ({"azureml-model-deployment": slot} if slot else {})
        answer = requests.post(address or self._world.address, json=body or {}, headers=headers, timeout=30)
        return answer.status_code
