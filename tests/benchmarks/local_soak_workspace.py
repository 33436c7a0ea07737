"""What the soak does beside the endpoints: jobs, assets, blobs, questions, logins, and faults on purpose."""

from __future__ import annotations

import contextlib
import random
from base64 import b64encode
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import requests

from tests.benchmarks.local_soak_world import ENDPOINT, World
from tests.contract.polling import until
from tests.emulator import bodies

_ENDED = {"Completed", "Failed", "Canceled"}
_KEPT = 5
_CROWD = 16
_ACCOUNT = "/local.blob.core.local/azureml-blobstore"
_OUTPUTS = {"o": {"jobOutputType": "uri_folder", "assetName": "made"}}
_LIMIT = {"jobLimitsType": "Command", "timeout": "PT1S"}
_JOBS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("Completed", "seq 20000; echo 1 > ${{outputs.o}}/file; sleep 0.2", {"outputs": _OUTPUTS}),
    ("Completed", "seq 10 > outputs/kept", {}),
    ("Failed", "echo the reason; exit 3", {}),
    ("Failed", "cat ${{inputs.ghost}}", {}),
    ("Canceled", "sleep 300 & sleep 300", {"limits": _LIMIT}),
)


class Workspace:
    """Actions on the workspace. What they make is kept for a while, the last few of each kind, and then deleted."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self._world = world
        self._api = world.api
        self._dice = dice
        self._numbers = count(1)
        self._kept: dict[str, deque[Callable[[], None]]] = {}

    def actions(self) -> dict[Callable[[], None], int]:
        """Each with how often it is to come."""
        return {
            self.run_job: 3,
            self.cancel_job: 2,
            self.version: 3,
            self.blob: 3,
            self.blocks: 2,
            self.crowd: 1,
            self.break_off_upload: 1,
            self.read: 3,
            self.log_in: 1,
            self.refuse: 2,
            self.fail_work: 1,
            self.hold_work: 1,
            self.chaos: 1,
            self.pace: 1,
        }

    def tidy(self) -> None:
        """Delete all that is kept."""
        for kept in self._kept.values():
            while kept:
                kept.popleft()()
        for kind in ("data/made", "data/soaked", "models/soaked", "environments/soaked"):
            assert self._api.arm("DELETE", f"/{kind}").status_code in {200, 204}

    def _keep(self, kind: str, forget: Callable[[], None]) -> None:
        kept = self._kept.setdefault(kind, deque())
        kept.append(forget)
        if len(kept) > _KEPT:
            kept.popleft()()

    def _name(self, kind: str) -> str:
        return f"{kind}-{next(self._numbers)}"

    def run_job(self) -> None:
        """A job of some kind to its end, its log read."""
        expected, command, properties = self._dice.choice(_JOBS)
        name = self._submit(command, **properties)
        run = self._ended(name)
        assert run["status"] == expected, run
        for address in run["logFiles"].values():
            assert requests.get(address, verify=self._api.session.verify, timeout=30).status_code == 200

    def cancel_job(self) -> None:
        """A job that is cancelled, at any moment."""
        name = self._submit("sleep 300 & sleep 300")
        wanted = self._dice.choice(["any", "Running"])
        until(lambda: wanted in {"any", self._status(name)})
        self._world.succeed("POST", f"/jobs/{name}/cancel")
        assert self._status(name) == "Canceled"

    def _submit(self, command: str, **properties: Any) -> str:
        name = self._name("job")
        self._world.expect(201, "PUT", f"/jobs/{name}", json=bodies.job(self._world.train, command, **properties))
        self._keep("job", lambda: self._forget_job(name))
        return name

    def _forget_job(self, name: str) -> None:
        self._ended(name)
        outputs = self._world.expect(200, "GET", f"/jobs/{name}").json()["properties"]["outputs"]
        self._world.succeed("DELETE", f"/jobs/{name}")
        if version := outputs.get("o", {}).get("assetVersion"):
            self._world.expect(200, "DELETE", f"/data/made/versions/{version}")
            self._storage(202, "DELETE", f"azureml/{name}/o/file")

    def _status(self, name: str) -> str:
        found: str = self._world.expect(200, "GET", f"/jobs/{name}").json()["properties"]["status"]
        return found

    def _ended(self, name: str) -> dict[str, Any]:
        until(lambda: self._status(name) in _ENDED)
        found: dict[str, Any] = self._api.call("GET", f"/history/v1.0{self._api.workspace}/runs/{name}/details").json()
        return found

    def version(self) -> None:
        """A version of an asset, archived and restored; it is deleted later."""
        place = self._put_blob(b"a,b\n1,2\n")
        uri = f"azureml://datastores/workspaceblobstore/paths/{place}"
        documents: dict[str, dict[str, Any]] = {
            "data": {"dataType": "uri_file", "dataUri": uri},
            "models": {"modelType": "custom_model", "modelUri": uri},
            "environments": bodies.environment()["properties"],
        }
        kind = self._dice.choice(list(documents))
        path = f"/{kind}/soaked/versions/{next(self._numbers)}"
        for archived, status in ((False, 201), (True, 200), (False, 200)):
            document = {"properties": {**documents[kind], "isArchived": archived}}
            self._world.expect(status, "PUT", path, json=document)
        self._keep("version", lambda: self._forget_version(path))

    def _forget_version(self, path: str) -> None:
        self._world.expect(200, "DELETE", path)

    def blob(self) -> None:
        """An upload, a download and a part of it."""
        content = self._dice.randbytes(self._dice.choice([0, 1_000, 1_000_000]))
        place = self._put_blob(content)
        assert self._storage(200, "GET", place).content == content
        if content:
            assert self._storage(206, "GET", place, headers={"x-ms-range": "bytes=10-19"}).content == content[10:20]

    def blocks(self) -> None:
        """An upload in blocks."""
        place, block, listed = self._name("blob"), self._dice.randbytes(300_000), ""
        for number in range(3):
            identifier = b64encode(str(number).encode()).decode()
            self._storage(201, "PUT", place, params={"comp": "block", "blockid": identifier}, data=block)
            listed += f"<Latest>{identifier}</Latest>"
        body = f"<BlockList>{listed}</BlockList>".encode()
        self._storage(201, "PUT", place, params={"comp": "blocklist"}, data=body)
        self._keep("blob", lambda: self._forget_blob(place))
        assert len(self._storage(200, "GET", place).content) == 3 * len(block)

    def crowd(self) -> None:
        """Many uploads at once."""
        with ThreadPoolExecutor(_CROWD) as pool:
            for upload in [pool.submit(self._put_blob, bytes(500_000)) for _ in range(_CROWD)]:
                upload.result()

    def break_off_upload(self) -> None:
        """A client that hangs up in the middle of its body, and one that does so in the middle of an answer."""

        def half() -> Any:
            yield b"begun"
            raise ConnectionAbortedError

        with contextlib.suppress(ConnectionAbortedError, requests.RequestException):
            self._api.call("PUT", f"{_ACCOUNT}/{self._name('blob')}", data=half())
        place = self._put_blob(bytes(5_000_000))
        with self._api.session.get(f"{self._api.url}{_ACCOUNT}/{place}", stream=True, timeout=30) as answer:
            answer.raw.read(1000)

    def _put_blob(self, content: bytes) -> str:
        place = self._name("blob")
        self._storage(201, "PUT", place, data=content, headers={"x-ms-meta-soak": "1"})
        self._keep("blob", lambda: self._forget_blob(place))
        return place

    def _forget_blob(self, place: str) -> None:
        self._storage(202, "DELETE", place)

    def _storage(self, status: int, method: str, place: str, **options: Any) -> requests.Response:
        headers = {"x-ms-blob-type": "BlockBlob", **options.pop("headers", {})}
        answer = self._api.call(method, f"{_ACCOUNT}/{place}", headers=headers, **options)
        assert answer.status_code == status, f"{method} {place}: {answer.status_code} {answer.text[:200]}"
        return answer

    def read(self) -> None:
        """Lists, logs and metrics."""
        for path in ("/jobs", "/models", "/data/soaked/versions", "/onlineEndpoints", "/computes"):
            assert self._api.arm("GET", path).status_code in {200, 404}  # until the first version is there
        for container in ("InferenceServer", "StorageInitializer"):
            body = {"containerType": container, "tail": self._dice.choice([1, 500])}
            self._world.expect(200, "POST", f"{ENDPOINT}/deployments/blue/getLogs", json=body)
        query = {"metricnames": "RequestsPerMinute,RequestLatency_P99", "$filter": "deployment eq '*'"}
        self._world.expect(200, "GET", f"{ENDPOINT}/providers/microsoft.insights/metrics", params=query)
        usage = {"metricnames": "CpuUtilizationPercentage"}
        self._world.expect(
            200, "GET", f"{ENDPOINT}/deployments/blue/providers/microsoft.insights/metrics", params=usage
        )

    def log_in(self) -> None:
        """A token, and a question with it."""
        connection = self._world.connection
        form = {"grant_type": "client_credentials", "scope": "https://management.azure.com/.default"}
        secret = {"client_id": connection["client_id"], "client_secret": connection["client_secret"]}
        answer = self._api.call("POST", f"/{connection['tenant_id']}/oauth2/v2.0/token", data=form | secret)
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        self._world.expect(200, "GET", "", headers=bearer)

    def refuse(self) -> None:
        """A few requests that are refused, dropped, delayed or answered slowly."""
        kinds: tuple[dict[str, Any], ...] = (
            {"kind": "status", "status": 429, "retry_after_s": 0},
            {"kind": "drop", "when": self._dice.choice(["before", "middle", "after"])},
            {"kind": "delay", "delay_s": 0.1},
            {"kind": "trickle", "bytes_per_s": 20_000},
        )
        self._world.fault(**self._dice.choice(kinds), path="/computes", count=3)
        for _ in range(4):
            with contextlib.suppress(requests.RequestException):
                self._api.arm("GET", "/computes")
        self._api.call("DELETE", "/_local/faults")

    def fail_work(self) -> None:
        """Work that is told to fail: a job's, and an endpoint's."""
        self._world.fault(kind="fail", transition="job.queue", resource=".*")
        assert self._ended(self._submit("true"))["status"] == "Failed"
        path = f"/onlineEndpoints/{self._name('failing')}"
        self._world.fault(kind="fail", transition="endpoint.write", resource=path.rpartition("/")[2])
        assert self._world.operate("PUT", path, json=bodies.endpoint())["status"] == "Failed"
        self._world.succeed("DELETE", path)

    def hold_work(self) -> None:
        """Work that hangs until its fault is taken back, and a job that is cancelled while it hangs."""
        fault = self._world.fault(kind="stuck", transition="job.queue", resource=".*")
        held, canceled = self._submit("true"), self._submit("true")
        until(lambda: self._status(canceled) == "Queued")
        self._world.succeed("POST", f"/jobs/{canceled}/cancel")
        self._api.call("DELETE", f"/_local/faults/{fault}")
        assert self._ended(held)["status"] == "Completed"

    def chaos(self) -> None:
        """Some requests in chaos mode, each for another address."""
        self._api.call("PUT", "/_local/chaos", json={"seed": next(self._numbers), "rate": 0.5, "retry_after_s": 0})
        for _ in range(20):
            with contextlib.suppress(requests.RequestException):
                self._api.arm("GET", f"/jobs/{self._name('ghost')}")
        self._api.call("DELETE", "/_local/chaos")

    def pace(self) -> None:
        """Transitions that take a while."""
        self._api.call("PUT", "/_local/pace", json={"pace": "timed", "transitions": {"job.queue": 0.2}})
        self._ended(self._submit("true"))
        self._api.call("PUT", "/_local/pace", json={"pace": "immediate"})
