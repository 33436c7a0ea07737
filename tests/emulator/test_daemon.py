"""The background server: started and stopped by its state folder, and nothing lost however it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import psutil
import pytest
import requests

from retailctl.emulator import daemon
from retailctl.emulator.connection import Connection
from retailctl.emulator.errors import AlreadyRunning, CorruptState, InvalidRunners, NotRunning, PortTaken, UnusableState
from retailctl.emulator.server import Server, ServerOptions
from tests.contract.conftest import RUNNERS
from tests.contract.polling import until
from tests.emulator import bodies
from tests.emulator.api import Api

Start = Callable[..., Connection]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A state folder whose server, if one is left, is stopped."""
    folder = tmp_path / "state"
    yield folder
    if daemon.status(folder) is not None:
        daemon.stop(folder)


@pytest.fixture
def start(state: Path, tmp_path: Path) -> Start:
    """Starts a server with the stand-ins for images."""
    table = tmp_path / "runners.json"
    table.write_text(json.dumps(RUNNERS))
    return lambda **options: daemon.start(state, table, **options)


def _kill(connection: Connection) -> list[psutil.Process]:
    """End a server without warning; the processes that it had started."""
    server = psutil.Process(connection["pid"])
    family = server.children(recursive=True)
    server.kill()
    server.wait()
    return family


def _serve(api: Api, count: int = 1) -> str:
    """An endpoint with a slot that takes all traffic; its scoring address."""
    environment = api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
    api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
    path = "/onlineEndpoints/shop/deployments/blue"
    api.done(api.arm("PUT", path, json=bodies.deployment(environment, count=count)))
    api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint(traffic={"blue": 100})))
    found: str = api.arm("GET", "/onlineEndpoints/shop").json()["properties"]["scoringUri"]
    return found


def _answers(address: str, key: str) -> bool:
    try:
        answer = requests.post(address, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=5)
    except requests.ConnectionError:
        return False
    return answer.status_code == 200


def test_it_starts_answers_and_stops(state: Path, start: Start) -> None:
    connection = start()
    assert daemon.status(state) == connection
    assert Api(connection).call("GET", "/_local/status").json()["pid"] == connection["pid"]
    daemon.stop(state)
    assert daemon.status(state) is None
    with pytest.raises(NotRunning):
        daemon.stop(state)


def test_a_stop_withdraws_the_connection_and_closes_the_state_file(state: Path, start: Start) -> None:
    start()
    daemon.stop(state)
    assert not (state / "connection.json").exists()
    assert not (state / "state.sqlite-wal").exists()


def test_it_gives_large_buffers_back_and_the_operator_may_say_otherwise(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MALLOC_ARENA_MAX", "3")
    environment = psutil.Process(start()["pid"]).environ()
    assert (environment["MALLOC_ARENA_MAX"], environment["MALLOC_MMAP_THRESHOLD_"]) == ("3", "131072")


def test_what_is_secret_is_private(state: Path, start: Start) -> None:
    start()
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    for name in ("connection.json", "state.sqlite", "server.log", "tls/server.key"):
        assert stat.S_IMODE((state / name).stat().st_mode) == 0o600, name


def _contents(state: Path) -> dict[str, bytes]:
    """Every file in the state folder that is not a link; each of them must be private."""
    found = [path for path in state.rglob("*") if not path.is_symlink()]
    for path in found:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    return {path.relative_to(state).as_posix(): path.read_bytes() for path in found if path.is_file()}


def test_secrets_are_kept_in_two_private_files_and_nowhere_else(state: Path, start: Start) -> None:
    connection = start()
    api = Api(connection)
    address = _serve(api)
    keys = api.arm("POST", "/onlineEndpoints/shop/listKeys").json().values()
    account = api.arm("POST", "/datastores/workspaceblobstore/listSecrets").json()["key"]
    train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
    api.arm("PUT", "/jobs/one", json=bodies.job(train, "env; set; ps -ef"))
    until(lambda: api.arm("GET", "/jobs/one").json()["properties"]["status"] == "Completed")
    run = api.call("GET", f"/history/v1.0{api.workspace}/runs/one/details").json()
    signed = run["logFiles"]["user_logs/std_log.txt"]
    signature = parse_qs(urlsplit(signed).query)["sig"][0]
    api.session.get(signed.replace("sp=r", "sp=w"), headers={"Authorization": ""}, timeout=30)
    assert all(_answers(f"{address}?key={key}", key) for key in keys)
    api.call("GET", f"/nothing?token={connection['token']}")
    secrets = {connection["token"], connection["client_secret"], account, signature, quote(signature, safe=""), *keys}
    family = [process.cmdline() for process in psutil.Process(connection["pid"]).children(recursive=True)]
    contents = _contents(state)
    kept = {"connection.json", "state.sqlite", "state.sqlite-wal"}
    assert kept <= contents.keys()
    for secret in secrets:
        assert not any(secret in word for words in family for word in words)
        assert [name for name, data in contents.items() if secret.encode() in data and name not in kept] == []


def test_starting_again_returns_the_running_one(start: Start) -> None:
    assert start()["pid"] == start()["pid"]


def test_a_restart_keeps_the_address_and_what_was_written(state: Path, start: Start) -> None:
    first = start()
    Api(first).arm("PUT", "/models/kept", json={"properties": {"tags": {"a": "b"}}})
    daemon.stop(state)
    second = start()
    assert (second["url"], second["token"], second["ca_bundle"]) == (first["url"], first["token"], first["ca_bundle"])
    assert Api(second).arm("GET", "/models/kept").json()["properties"]["tags"] == {"a": "b"}


def test_a_killed_server_leaves_no_orphan_and_comes_back_serving(start: Start) -> None:
    first = start()
    api = Api(first)
    address = _serve(api, count=2)
    key = api.arm("POST", "/onlineEndpoints/shop/listKeys").json()["primaryKey"]
    family = _kill(first)
    assert len(family) >= 3  # the router and two instances, with their launchers
    until(lambda: not any(process.is_running() and process.status() != "zombie" for process in family))
    start()
    assert _answers(address, key)


def test_a_job_that_a_kill_interrupts_is_failed_with_the_reason(start: Start) -> None:
    first = start()
    api = Api(first)
    train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
    api.arm("PUT", "/jobs/long", json=bodies.job(train, "sleep 300"))
    until(lambda: api.arm("GET", "/jobs/long").json()["properties"]["status"] == "Running")
    family = _kill(first)
    until(lambda: not any(process.is_running() and process.status() != "zombie" for process in family))
    again = Api(start())
    run = again.call("GET", f"/history/v1.0{again.workspace}/runs/long/details").json()
    assert run["status"] == "Failed"
    assert "was stopped while the job ran" in run["error"]["error"]["message"]


def test_what_a_job_left_behind_ends_with_the_next_start_where_nothing_else_could(start: Start) -> None:
    first = start()
    api = Api(first)
    train = api.arm("PUT", "/environments/t/versions/1", json=bodies.environment(bodies.TRAIN_IMAGE)).json()["id"]
    command = "setsid sleep 601 & echo $! > ${{outputs.pids}}/pid; sleep 600"
    api.arm("PUT", "/jobs/leaving", json=bodies.job(train, command, outputs={"pids": {"jobOutputType": "uri_folder"}}))
    until(lambda: bool(_output(api)))
    left = psutil.Process(int(_output(api)))
    server = psutil.Process(first["pid"])
    server.suspend()  # it is not to see the ends of its children before its own
    for child in [*server.children(), server]:
        child.kill()
    server.wait()
    assert left.is_running()
    start()
    until(lambda: not left.is_running() or left.status() == psutil.STATUS_ZOMBIE)


def _output(api: Api) -> str:
    answer = api.call("GET", "/local.blob.core.local/azureml-blobstore/azureml/leaving/pids/pid")
    return answer.text.strip() if answer.status_code == 200 else ""


def test_a_write_that_a_kill_interrupts_is_finished_after_the_restart(start: Start) -> None:
    first = start()
    api = Api(first)
    environment = api.arm("PUT", "/environments/infer/versions/1", json=bodies.environment()).json()["id"]
    api.done(api.arm("PUT", "/onlineEndpoints/shop", json=bodies.endpoint()))
    api.call("POST", "/_local/faults", json={"kind": "stuck", "resource": "shop/blue"})
    path = "/onlineEndpoints/shop/deployments/blue"
    accepted = api.arm("PUT", path, json=bodies.deployment(environment))
    _kill(first)
    again = Api(start())
    assert again.done(accepted)["status"] == "Succeeded"
    assert again.arm("GET", path).json()["properties"]["provisioningState"] == "Succeeded"


def test_an_update_that_a_kill_interrupts_ends_in_the_new_instances(start: Start) -> None:
    first = start()
    api = Api(first)
    address = _serve(api)
    environment = api.arm("GET", "/environments/infer/versions/1").json()["id"]
    api.call("POST", "/_local/faults", json={"kind": "stuck", "resource": "shop/blue"})
    body = bodies.deployment(environment, environmentVariables={"SLOT": "new"})
    accepted = api.arm("PUT", "/onlineEndpoints/shop/deployments/blue", json=body)
    _kill(first)
    again = Api(start())
    assert again.done(accepted)["status"] == "Succeeded"
    key = again.arm("POST", "/onlineEndpoints/shop/listKeys").json()["primaryKey"]
    answer = requests.post(address, json={}, headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert answer.json()["slot"] == "new"


def test_a_second_server_on_the_same_folder_is_refused(state: Path, start: Start) -> None:
    start()
    with pytest.raises(AlreadyRunning, match="Another server holds"):
        Server(ServerOptions(state))
    with pytest.raises(AlreadyRunning):
        daemon.reset(state)


@pytest.mark.parametrize("inside", ["", "below"])
def test_a_reset_spares_the_working_folder(state: Path, monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    (state / "below").mkdir(parents=True)
    (state / "below" / "precious").touch()
    monkeypatch.chdir(state / inside)
    with pytest.raises(UnusableState, match="nothing was deleted"):
        daemon.reset(Path("..") / state.name if not inside else state)
    assert (state / "below" / "precious").exists()


def test_a_taken_port_is_named(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} of 127.0.0.1 is in use"):
            start(port=port)


def test_the_last_port_is_left_when_it_is_taken(state: Path, start: Start) -> None:
    first = start()
    daemon.stop(state)
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", int(first["url"].rpartition(":")[2])))
        taken.listen()
        assert start()["url"] != first["url"]


def test_a_corrupt_state_file_is_refused_with_the_repair(state: Path, start: Start) -> None:
    state.mkdir(parents=True)
    (state / "state.sqlite").write_bytes(b"this is no database" * 100)
    with pytest.raises(CorruptState, match=r"state\.sqlite cannot be read") as refused:
        start()
    assert "retailctl local reset" in refused.value.hint
    daemon.reset(state)
    assert Api(start()).call("GET", "/_local/status").status_code == 200


def test_a_runner_table_that_cannot_be_used_is_named(state: Path, tmp_path: Path) -> None:
    table = tmp_path / "broken.json"
    table.write_text('{"runners": [{"image": 1}]}')
    with pytest.raises(InvalidRunners, match=r"runners\[0\]"):
        daemon.start(state, table)


def test_a_connection_of_a_dead_server_is_not_believed(state: Path, start: Start) -> None:
    connection = start()
    _kill(connection)
    stale = {**connection, "pid": os.getpid()}  # the number went to another process
    (state / "connection.json").write_text(json.dumps(stale))
    assert daemon.status(state) is None


def test_an_interrupt_ends_it_cleanly(state: Path, start: Start) -> None:
    connection = start()
    os.kill(connection["pid"], signal.SIGINT)
    until(lambda: daemon.status(state) is None)
    assert not (state / "connection.json").exists()
