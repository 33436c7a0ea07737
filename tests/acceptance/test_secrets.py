"""Keys and tokens: printed by the two commands that exist to print them, and found nowhere else."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.acceptance.conftest import QUICK, Shell

pytestmark = pytest.mark.acceptance


@pytest.fixture(scope="module")
def secrets(shell: Shell, sample: Path) -> list[str]:
    shell.run("release", "--data", str(sample), *QUICK)
    credentials = shell.json("endpoint", "get-credentials")
    published = shell.json("local", "env")
    found = [*credentials.values(), published["token"], published["client_secret"]]
    assert all(len(secret) >= 16 for secret in found)
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["invoke"],
        ["traffic", "blue=100"],
        ["logs", "--slot", "blue"],
        ["local", "logs"],
        ["local", "status"],
        ["config", "show"],
        ["doctor"],
        ["job", "list"],
        ["endpoint", "show"],
    ],
)
def test_no_command_shows_a_secret_not_even_with_debug(shell: Shell, secrets: list[str], arguments: list[str]) -> None:
    ended = shell.run(*arguments, "--debug", code=None)
    assert not [secret for secret in secrets if secret in ended.stdout + ended.stderr]


def test_files_with_secrets_are_their_owner_s_alone(shell: Shell, secrets: list[str]) -> None:
    assert stat.S_IMODE(shell.state.stat().st_mode) == 0o700
    for file in (each for each in shell.state.rglob("*") if each.is_file()):
        content = file.read_bytes()
        if any(secret.encode() in content for secret in secrets):
            assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file
            assert file.suffix not in (".log", ".txt"), file


def test_no_process_carries_a_secret_in_its_arguments(shell: Shell, secrets: list[str]) -> None:
    for arguments in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = arguments.read_bytes()
        except OSError:
            continue
        assert not [secret for secret in secrets if secret.encode() in line]
