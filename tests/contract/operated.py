"""A real local Azure ML with one endpoint and two slots, served by a model small enough to start at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from retailctl.azureml.workspace import Workspace
from retailctl.config.connection import Connection
from retailctl.config.project import Project
from retailctl.config.settings import Settings
from retailctl.domain.clock import SystemClock
from retailctl.emulator import LocalWorkspace
from retailctl.workflows.events import Event
from retailctl.workflows.toolbox import Toolbox

NAME = "retail-forecast-endpoint"
SAMPLE = '{"series":[{"store_id":"CA_1","item_id":"FOODS_3_090"}]}'

SERVER = """
import http.server, json, os, pathlib, sys
MODEL = sorted(str(each.name) for each in pathlib.Path(os.environ["AZUREML_MODEL_DIR"]).rglob("*.txt"))

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"status": "ok"})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for series in request["series"]:
            print("forecast for", series.get("item_id"), flush=True)
            if series.get("item_id") == "crash":
                return self.answer(500, {"error": {"code": "internal", "message": "out of luck"}})
        if not request["series"]:
            return self.answer(422, {"error": {"code": "invalid", "message": "series is empty", "field": "series"}})
        self.answer(200, {"model": MODEL, "forecasts": [{"mean": [1.0]} for _ in request["series"]]})

    def log_message(self, *arguments):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""

ENDPOINT = f"name: {NAME}\nauth_mode: key\ntags: {{team: retail}}\n"

SLOT = """
name: {slot}
endpoint_name: {endpoint}
model: azureml:retail-forecast:{version}
environment:
  image: acr.azurecr.io/retail/infer@sha256:{digest}
  inference_config:
    liveness_route: {{path: /live, port: 8080}}
    readiness_route: {{path: /ready, port: 8080}}
    scoring_route: {{path: /score, port: 8080}}
instance_type: Standard_DS3_v2
instance_count: 1
tags: {{retailctl.image: acr.azurecr.io/retail/infer@sha256:{digest}}}
"""

JOB = """
command: {command}
environment: {{image: "acr.azurecr.io/retail/train@sha256:{digest}"}}
compute: azureml:cpu-cluster
experiment_name: retail-demand-forecast
outputs: {{model_out: {{type: uri_folder}}}}
"""
DIGEST = "a" * 64


class Operated:
    """The tools of an operator, and short ways to arrange what he finds."""

    def __init__(self, server: LocalWorkspace, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.events: list[Event] = []
        self.tools = self.another()

    def another(self) -> Toolbox:
        """The same workspace seen from another process."""
        clock = SystemClock()
        connection = Connection.from_local(self.server.connection)
        return Toolbox(
            settings=Settings(),
            project=Project(self.folder, None, self.folder / ".retailctl"),
            open_workspace=lambda: Workspace(connection, clock=clock),
            clock=clock,
            tell=self.events.append,
        )

    def file(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def model(self, mark: str) -> int:
        """Register a model that says ``mark``; its version."""
        self.file(f"models/{mark}/{mark}.txt", mark)
        fields = (
            f"name: retail-forecast\npath: models/{mark}\ntype: custom_model\ntags: {{retailctl.sample: '{SAMPLE}'}}\n"
        )
        return self.tools.workspace.models.create(self.file(f"{mark}.yml", fields)).version

    def endpoint(self) -> None:
        """Make the endpoint."""
        self.tools.workspace.endpoints.create(self.file("endpoint.yml", ENDPOINT))

    def slot(self, slot: str, version: int) -> None:
        """Deploy a model version to a slot and wait until it is ready."""
        text = SLOT.format(slot=slot, endpoint=NAME, version=version, digest=DIGEST)
        self.tools.workspace.deployments.apply(self.file(f"{slot}.yml", text))

    def job(self, script: str) -> str:
        """Submit a job that runs a line of Python; its name."""
        command = f"'python -c \"{script}\"'"
        text = JOB.format(command=command, digest=DIGEST)
        return self.tools.workspace.jobs.submit(self.file("job.yml", text)).name


@contextmanager
def operated(folder: Path) -> Iterator[Operated]:
    """A local Azure ML whose two images are a small server and whatever a job's own command is."""
    (folder / "server.py").write_text(SERVER, encoding="utf-8")
    serve = ["{python}", "server.py", "{port}"]
    runners = {
        "runners": [
            {"image": "*/retail/infer*", "command": serve, "folder": str(folder)},
            {"image": "*/retail/train*", "folder": str(folder)},
        ]
    }
    with LocalWorkspace(runners=runners) as server:
        place = Operated(server, folder)
        try:
            yield place
        finally:
            place.tools.workspace.close()
