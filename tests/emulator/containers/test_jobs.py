"""Jobs of real containers: what they are given, how they end, whose files they leave."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from retailctl.emulator import LocalWorkspace
from retailctl.emulator.runners.containers.images import ContainerImage
from retailctl.emulator.runners.job import JobSpec
from retailctl.emulator.runners.selection import start_job
from retailctl.emulator.runners.spec import Limits
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api
from tests.emulator.containers.conftest import containers_of

Run = Callable[..., dict[str, Any]]
# The way to tracking opens while the command starts.
_ASK_FOR_THE_VERSION = """
import os, ssl, time, urllib.error, urllib.request
tls = ssl.create_default_context(cafile=os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"])
token = {"Authorization": "Bearer " + os.environ["MLFLOW_TRACKING_TOKEN"]}
question = urllib.request.Request(os.environ["MLFLOW_TRACKING_URI"] + "/version", headers=token)
for attempt in range(100):
    try:
        print(urllib.request.urlopen(question, context=tls).read().decode())
        break
    except urllib.error.URLError:
        time.sleep(0.1)
"""


@pytest.fixture(scope="module")
def workspace(docker_client: Any) -> Iterator[LocalWorkspace]:
    """A workspace without any stand-in for images; it leaves no container."""
    with LocalWorkspace(runner="docker") as running:
        state = running.state
        yield running
    assert not containers_of(docker_client, state)


@pytest.fixture(scope="module")
def train(api: Api, image: str) -> str:
    """Id of an environment of the image."""
    found: str = api.arm("PUT", "/environments/train/versions/1", json=bodies.environment(image)).json()["id"]
    return found


@pytest.fixture
def run(api: Api, train: str, request: pytest.FixtureRequest) -> Run:
    """Submits a command and returns the run, once it has ended."""

    def submit(command: str, **properties: Any) -> dict[str, Any]:
        name = request.node.name[:60]
        answer = api.arm("PUT", f"/jobs/{name}", json=bodies.job(train, command, **properties))
        assert answer.status_code == 201, answer.text
        until(lambda: _details(api, name)["status"] in {"Completed", "Failed", "Canceled"})
        return _details(api, name)

    return submit


def _details(api: Api, name: str) -> dict[str, Any]:
    found: dict[str, Any] = api.call("GET", f"/history/v1.0{api.workspace}/runs/{name}/details").json()
    return found


def _log(api: Api, run: dict[str, Any]) -> str:
    return api.session.get(run["logFiles"]["user_logs/std_log.txt"], headers={"Authorization": ""}, timeout=30).text


def _stored(workspace: LocalWorkspace, path: str, text: str) -> None:
    file = workspace.state / "blobs/azureml-blobstore" / path
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(text)
    file.chmod(0o600)


def test_the_log_the_end_and_the_runner_are_told(api: Api, run: Run, docker_client: Any, image: str) -> None:
    ended = run("echo out; echo err >&2; echo bash ${BASH_VERSION:-is missing}")
    assert ended["status"] == "Completed", ended
    # An engine has a pipe for each of the two outputs, so that their order is not told.
    bash, *both = sorted(_log(api, ended).splitlines())
    assert (bash.partition("bash ")[2][:2], both) == ("5.", ["err", "out"])
    assert ended["properties"] == {"local.runner": "docker", "local.imageId": docker_client.images.get(image).id}


def test_inputs_are_mounted_read_only_and_outputs_lead_into_the_datastore(
    api: Api, run: Run, workspace: LocalWorkspace
) -> None:
    _stored(workspace, "mine/data/a.csv", "1,2")
    place = "azureml://datastores/workspaceblobstore/paths/mine/data"
    given = {"jobInputType": "uri_folder", "uri": place}
    ended = run(
        "cat ${{inputs.d}}/a.csv > ${{outputs.o}}/copy; touch ${{inputs.d}}/b 2>/dev/null || echo read-only;"
        " echo $AZURE_ML_INPUT_d; pwd; echo x > outputs/kept; echo y >> ${{inputs.copied}}/a.csv",
        inputs={"d": given, "copied": {**given, "mode": "Download"}},
        outputs={"o": {"jobOutputType": "uri_folder"}},
    )
    assert ended["status"] == "Completed", _log(api, ended)
    lines, base = _log(api, ended).splitlines()[-3:], f"/mnt/azureml/cr/j/{ended['runId']}"
    assert lines == ["read-only", f"{base}/cap/data-capability/wd/INPUT_d", f"{base}/exe/wd"]
    blobs = workspace.state / "blobs"
    copy = blobs / "azureml-blobstore/azureml" / ended["runId"] / "o/copy"
    assert (copy.read_text(), copy.stat().st_uid) == ("1,2", os.getuid())
    assert (blobs / f"azureml/ExperimentRun/dcid.{ended['runId']}/outputs/kept").read_text() == "x\n"
    assert (blobs / "azureml-blobstore/mine/data/a.csv").read_text() == "1,2"


def test_tracking_is_reached_at_the_address_that_the_job_is_given(api: Api, run: Run) -> None:
    mlflow = pytest.importorskip("mlflow", reason="the tracking server is MLflow's own")
    said = _log(api, run(f"python -c '{_ASK_FOR_THE_VERSION}'"))
    assert said.strip() == mlflow.__version__


def test_the_operators_secrets_do_not_reach_a_job(api: Api, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "the operator's")
    said = _log(api, run("env", environmentVariables={"OWN": "value"}))
    assert "the operator's" not in said
    assert {"OWN=value", "OMP_NUM_THREADS=1", "OF_THE_IMAGE=1"} <= set(said.splitlines())


def test_an_exit_code_is_told_with_the_last_lines(run: Run) -> None:
    error = run("echo the reason; exit 6")["error"]["error"]
    assert error["code"] == "UserError"
    assert "exited with status code 6" in error["message"]
    assert error["message"].endswith("the reason")


def test_an_image_that_the_engine_does_not_have_is_refused_by_name(api: Api) -> None:
    strange = api.arm("PUT", "/environments/strange/versions/1", json=bodies.environment("localhost/no/such:1")).json()
    assert api.arm("PUT", "/jobs/strange", json=bodies.job(strange["id"], "true")).status_code == 201
    until(lambda: _details(api, "strange")["status"] == "Failed")
    said = _details(api, "strange")["error"]["error"]["message"]
    assert "The image 'localhost/no/such:1' cannot be run by Docker" in said
    assert "retailctl build" in said


def test_cancelling_a_job_removes_its_container(
    api: Api, train: str, docker_client: Any, workspace: LocalWorkspace
) -> None:
    api.arm("PUT", "/jobs/endless", json=bodies.job(train, "echo begun; sleep 300"))
    until(lambda: _details(api, "endless")["status"] == "Running")
    assert len(containers_of(docker_client, workspace.state)) == 1
    api.done(api.arm("POST", "/jobs/endless/cancel"))
    assert _details(api, "endless")["status"] == "Canceled"
    assert not containers_of(docker_client, workspace.state)
    until(lambda: not any((workspace.state / "jobs").iterdir()))


def test_a_job_that_takes_too_long_is_canceled(run: Run) -> None:
    ended = run("sleep 300", limits={"jobLimitsType": "Command", "timeout": "PT1S"})
    assert (ended["status"], "longer than its limit" in ended["error"]["error"]["message"]) == ("Canceled", True)


@pytest.mark.anyio
async def test_a_job_that_passes_its_memory_says_so(served: ContainerImage, tmp_path: Path) -> None:
    spec = JobSpec(
        name="eater",
        command="python -c 'x = bytearray(200 * 2**20)'",
        folder=tmp_path,
        workdir="/",
        environment={},
        log_file=tmp_path / "log",
        limits=Limits(1, 64 * 2**20),
    )
    running = await start_job(served, spec)
    assert await running.wait() == 137
    assert running.out_of_memory
    assert "OOMKilled" in (tmp_path / "log").read_text()
