"""The YAML files that these tests send, as an ``az ml`` user would write them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

ENDPOINT = "retail-forecast"
IMAGE = f"reg.example/retail/infer@sha256:{'1' * 64}"
ROUTES = {
    "liveness_route": {"path": "/live", "port": 8080},
    "readiness_route": {"path": "/ready", "port": 8080},
    "scoring_route": {"path": "/score", "port": 8080},
}
PROBE = {"initial_delay": 1, "period": 1, "timeout": 2, "failure_threshold": 3}


def write(folder: Path, name: str, content: Mapping[str, object]) -> Path:
    """``content`` as a file of that name."""
    file = folder / f"{name}.yml"
    file.write_text(yaml.safe_dump(dict(content)), encoding="utf-8")
    return file


def endpoint(folder: Path, name: str, **more: object) -> Path:
    """An endpoint that wants keys."""
    return write(folder, name, {"name": name, "auth_mode": "key", **more})


def environment(folder: Path, name: str = "retail-infer", version: str = "1") -> Path:
    """The environment of the small image."""
    content = {"name": name, "version": version, "image": IMAGE, "inference_config": ROUTES}
    return write(folder, f"{name}-{version}", content)


def model(folder: Path, name: str) -> Path:
    """A model of one file, without a version: the service numbers it."""
    files = folder / name
    files.mkdir(exist_ok=True)
    (files / "weights.txt").write_text("1 2 3", encoding="utf-8")
    return write(
        folder, f"{name}-model", {"name": name, "path": str(files), "type": "custom_model", "tags": {"git": "abc"}}
    )


def deployment(folder: Path, endpoint_name: str, slot: str, model_name: str, **variables: str) -> Path:
    """A slot of the small image."""
    content = {
        "name": slot,
        "endpoint_name": endpoint_name,
        "model": f"azureml:{model_name}:1",
        "environment": "azureml:retail-infer:1",
        "environment_variables": {"SLOT": slot, **variables},
        "instance_type": "Standard_DS3_v2",
        "instance_count": 1,
        "request_settings": {"request_timeout_ms": 5000, "max_concurrent_requests_per_instance": 4},
        "liveness_probe": PROBE,
        "readiness_probe": PROBE,
        "tags": {"retailctl.image": IMAGE},
    }
    return write(folder, f"{endpoint_name}-{slot}", content)


def job(folder: Path, command: str, **more: object) -> Path:
    """A command job with a code folder of one script."""
    code = folder / "code"
    code.mkdir(exist_ok=True)
    (code / "say.py").write_text(SCRIPT, encoding="utf-8")
    content = {
        "command": command,
        "code": str(code),
        "environment": {"image": IMAGE.replace("infer", "train")},
        "compute": "azureml:cpu-cluster",
        "experiment_name": "demand",
        "outputs": {"model_out": {"type": "uri_folder"}},
        **more,
    }
    return write(folder, "job", content)


SCRIPT = """\
import pathlib, sys, time

said = sys.argv[1]
for count in range(3):
    print(f"{said} {count} ü", flush=True)
    time.sleep(0.2)
if said == "wait":
    time.sleep(600)
if said == "fail":
    sys.exit(6)
if len(sys.argv) > 2:
    pathlib.Path(sys.argv[2], "model.txt").write_text("trained", encoding="utf-8")
"""
