"""A plain HTTP client for the local Azure ML: no SDK in between, so that tests say what goes over the wire."""

from __future__ import annotations

from typing import Any

import requests

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.connection import Connection
from tests.contract.polling import until
from tests.emulator import bodies

PROVIDER = "Microsoft.MachineLearningServices"
VERSION = "2024-04-01"


class Api:
    """Requests below the workspace, with its token and api-version unless told otherwise."""

    def __init__(self, connection: Connection) -> None:
        self.url = connection["url"]
        self.session = requests.Session()
        self.session.trust_env = False  # a bundle or a proxy that the machine sets is not for this server
        self.session.verify = connection["ca_bundle"]
        self.session.headers["Authorization"] = f"Bearer {connection['token']}"
        group = f"/subscriptions/{connection['subscription_id']}/resourceGroups/{connection['resource_group']}"
        self.workspace = f"{group}/providers/{PROVIDER}/workspaces/{connection['workspace_name']}"

    @classmethod
    def of(cls, workspace: LocalWorkspace) -> Api:
        """The client of a running workspace."""
        return cls(workspace.connection)

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request to any path of the server."""
        return self.session.request(method, self.url + path, timeout=30, **options)

    def arm(self, method: str, path: str, **options: Any) -> requests.Response:
        """A request below the workspace."""
        query = {"api-version": VERSION, **options.pop("params", {})}
        return self.call(method, self.workspace + path, params=query, **options)

    def done(self, answer: requests.Response) -> dict[str, Any]:
        """The end of a long-running operation that an answer announced."""
        assert answer.status_code in {200, 201, 202}, answer.text
        address = answer.headers["Azure-AsyncOperation"]
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self.session.get(address, timeout=30).json())
            return found["status"] != "InProgress"

        until(ended)
        return found

    def two_slots(self, endpoint: str, environment: str) -> str:
        """Make an endpoint whose slots blue and green are of one environment; its scoring address."""
        self.done(self.arm("PUT", endpoint, json=bodies.endpoint()))
        for slot in ("blue", "green"):
            answer = self.arm("PUT", f"{endpoint}/deployments/{slot}", json=bodies.deployment(environment, slot))
            done = self.done(answer)
            assert done["status"] == "Succeeded", done
        found: str = self.arm("GET", endpoint).json()["properties"]["scoringUri"]
        return found
