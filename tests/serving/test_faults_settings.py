"""Wrong settings and arguments end the process at once; one line names what is wrong and what was expected."""

from __future__ import annotations

import socket
from dataclasses import fields

import pytest

from serving.settings import InvalidSetting, Settings
from tests.serving.process import run

NUMBERS = {field.name: type(field.default) for field in fields(Settings) if type(field.default) in (int, float)}
NO_NUMBERS = ["", " ", "many", "1,5", "0x10", "nan", "-1", "-inf", "9" * 5000, "\u0661e", "1; rm"]
ENDLESS = ["inf", "1e400", "9" * 30]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_setting_refuses_what_is_no_number_in_its_range(name: str) -> None:
    variable = f"SERVING_{name.upper()}"
    for text in [*NO_NUMBERS, *ENDLESS]:
        with pytest.raises(InvalidSetting, match=f"^{variable}="):
            Settings.from_environment({variable: text})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SERVING_MAX_SERIES", "0"),
        ("SERVING_WORKERS", "1.5"),
        ("SERVING_DEADLINE_SECONDS", "soon"),
        ("SERVING_SHUTDOWN_SECONDS", "inf"),
        ("SERVING_DRAIN_SECONDS", "nan"),
        ("SERVING_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_ends_the_process_with_2_and_one_line(variable: str, value: str) -> None:
    ended = run("--port", "0", **{variable: value})

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"error: {variable}={value}: expected ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--port", "http"], ["--prot", "1"], ["--port"], ["--workers", "2"]])
def test_a_wrong_argument_ends_the_process_with_2(arguments: list[str]) -> None:
    ended = run(*arguments)

    assert ended.returncode == 2
    assert "error: " in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", "65536"), ("127.0.0.1", "-1"), ("no.such.host.invalid", "0"), ("203.0.113.7", "0")]
)
def test_an_address_that_cannot_be_had_ends_the_process_with_1(host: str, port: str) -> None:
    ended = run("--host", host, "--port", port)

    assert ended.returncode == 1
    assert f"error: cannot listen on {host}:{port}: " in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_taken_port_ends_the_process_with_1_before_any_model_is_loaded(workers: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run("--port", port, SERVING_WORKERS=workers, AZUREML_MODEL_DIR="/nowhere")

    assert ended.returncode == 1
    assert f"error: cannot listen on 127.0.0.1:{port}: " in ended.stderr
    assert "/nowhere" not in ended.stderr
