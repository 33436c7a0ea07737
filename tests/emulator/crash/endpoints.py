"""One endpoint with two slots: created, replaced, scaled, given traffic and keys, deleted; and asked to score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx

from tests.emulator import bodies
from tests.emulator.crash.client import Wrong
from tests.emulator.crash.families import Family, Step
from tests.emulator.crash.ledger import Value
from tests.emulator.crash.operations import until

_SLOTS = ("blue", "green")
_ENVIRONMENT = "serving"
_SCORING_TIMEOUT_S = 10.0


class Endpoints(Family):
    """The endpoint of one client. Books: `endpoint` (mark, traffic), a slot (its mark, instances), `primaryKey`."""

    def steps(self) -> Sequence[Step]:
        if self.ledger.certain("endpoint") is None:
            return [self._create]
        present = [slot for slot in _SLOTS if self.ledger.certain(slot)]
        if not present:
            return [self._put_slot] * 4 + [self._delete]
        return [self._put_slot, self._shift, self._shift, self._scale, self._new_key, self._delete_slot, self._rename]

    def actual(self, key: Any) -> Value:
        if key == "primaryKey":
            answer = self.client.arm("POST", f"{self._path}/listKeys")
            return None if answer.status_code == 404 else answer.json()["primaryKey"]
        answer = self.client.arm("GET", self._path if key == "endpoint" else self._slot(key))
        if answer.status_code == 404:
            return None
        document = answer.json()
        properties = document["properties"]
        if properties["provisioningState"] != "Succeeded":
            raise Wrong(f"{self.name}/{key} is {properties['provisioningState']}")
        if key == "endpoint":
            return document["tags"]["mark"], _without_zeros(properties["traffic"])
        return properties["environmentVariables"]["SLOT"], document["sku"]["capacity"]

    def settle(self) -> None:
        """As others; an accepted write whose answer was lost ends as well."""
        super().settle()
        for path in (self._path, *map(self._slot, _SLOTS)):
            until(self.client, lambda path=path: not self._busy(path), f"{path} comes to an end")  # type: ignore[misc]

    def check(self) -> None:
        super().check()
        if self.ledger.certain("endpoint") is not None:
            self._check_scoring()

    def prepare(self) -> None:
        """The environment of the slots."""
        self.client.arm("PUT", f"/environments/{_ENVIRONMENT}/versions/1", bodies.environment())

    @property
    def _path(self) -> str:
        return f"/onlineEndpoints/{self.name}"

    def _slot(self, slot: str) -> str:
        return f"{self._path}/deployments/{slot}"

    def _busy(self, path: str) -> bool:
        answer = self.client.arm("GET", path)
        ends = {"Succeeded", "Failed"}
        return answer.status_code == 200 and answer.json()["properties"]["provisioningState"] not in ends

    def _create(self) -> None:
        key = self.mark() + "-key"
        self.ledger.begin("primaryKey", key)
        mark = self.mark()
        body = {**bodies.endpoint(keys={"primaryKey": key}), "tags": {"mark": mark}}
        if self.write("endpoint", (mark, {}), lambda: self.client.arm("PUT", self._path, body)):
            self.ledger.acknowledge("primaryKey", key)

    def _rename(self) -> None:
        _, traffic = self.ledger.certain("endpoint")
        self._put_endpoint(traffic)

    def _put_endpoint(self, traffic: dict[str, int]) -> None:
        mark = self.mark()
        body = {**bodies.endpoint(traffic=traffic), "tags": {"mark": mark}}
        self.write("endpoint", (mark, traffic), lambda: self.client.arm("PUT", self._path, body))

    def _shift(self) -> None:
        present = [slot for slot in _SLOTS if self.ledger.certain(slot)]
        share = self.random.choice([0, 10, 50, 100]) if len(present) > 1 else 100
        split = {present[0]: share, present[-1]: 100 - share} if len(present) > 1 else {present[0]: 100}
        self._put_endpoint(_without_zeros(split))

    def _put_slot(self) -> None:
        slot, mark = self.random.choice(_SLOTS), self.mark()
        environment = f"azureml:{_ENVIRONMENT}:1"
        body = bodies.deployment(environment, mark)
        self.write(slot, (mark, 1), lambda: self.client.arm("PUT", self._slot(slot), body))

    def _scale(self) -> None:
        slot = self.random.choice([slot for slot in _SLOTS if self.ledger.certain(slot)])
        mark, count = self.ledger.certain(slot)
        body = {"sku": {"name": "Default", "capacity": 3 - count}}
        self.write(slot, (mark, 3 - count), lambda: self.client.arm("PATCH", self._slot(slot), body))

    def _new_key(self) -> None:
        key = self.mark() + "-key"
        body = {"keyType": "Primary", "keyValue": key}
        self.write("primaryKey", key, lambda: self.client.arm("POST", f"{self._path}/regenerateKeys", body))

    def _delete_slot(self) -> None:
        _, traffic = self.ledger.certain("endpoint")
        idle = [slot for slot in _SLOTS if self.ledger.certain(slot) and not traffic.get(slot)]
        if idle:
            self.write(idle[0], None, lambda: self.client.arm("DELETE", self._slot(idle[0])))
        else:
            self._delete()

    def _delete(self) -> None:
        keys = ("primaryKey", *_SLOTS)
        for key in keys:
            self.ledger.begin(key, None)
        deleted = self.write("endpoint", None, lambda: self.client.arm("DELETE", self._path))
        for key in keys:
            self.ledger.acknowledge(key, None) if deleted else self.ledger.refuse(key, None)

    def _check_scoring(self) -> None:
        """Each slot answers by its name, and traffic reaches the slots that have a share of it."""
        address = self.client.arm("GET", self._path).json()["properties"]["scoringUri"]
        key = self.ledger.certain("primaryKey")
        _, traffic = self.ledger.certain("endpoint")
        for slot in _SLOTS:
            if value := self.ledger.certain(slot):
                self._score(address, key, {value[0]}, {"azureml-model-deployment": slot})
        if traffic:
            self._score(address, key, {self.ledger.certain(slot)[0] for slot in traffic}, {})

    def _score(self, address: str, key: str, marks: set[str], headers: dict[str, str]) -> None:
        """Ask until a slot answers, which must be one of these. Raises Wrong."""
        answers: list[httpx.Response] = []

        def answered() -> bool:
            try:
                sent = {**headers, "Authorization": f"Bearer {key}"}
                answers.append(httpx.post(address, json={}, headers=sent, timeout=_SCORING_TIMEOUT_S, trust_env=False))
            except httpx.TransportError:
                return False
            return answers[-1].status_code == 200

        until(self.client, answered, f"{address} answers {headers}; the last said {answers[-1:]}")
        found = answers[-1].json()["slot"]
        if found not in marks:
            raise Wrong(f"{address} {headers} was answered by {found}, and not by one of {marks}")


def _without_zeros(traffic: dict[str, int]) -> dict[str, int]:
    return {slot: percent for slot, percent in traffic.items() if percent}
