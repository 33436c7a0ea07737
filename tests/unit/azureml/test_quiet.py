"""The SDK's noise goes to the trace, and the process is afterwards as it was."""

from __future__ import annotations

import logging
import os
import sys
import warnings

import pytest

from retailctl.azureml.quiet import environment, quiet

RESET = "\x1b[39m\n"


def say(text: str, stream: str) -> None:
    getattr(sys, stream).write(text)


def test_prints_records_and_warnings_reach_the_trace_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    trace: list[str] = []
    with quiet(trace.append):
        say("..", "stdout")
        say(". Creating\nBearer abc\n\n..", "stdout")
        logging.getLogger("azure.ai.ml.entities").warning("experimental %s", "class")
        warnings.warn("number field", stacklevel=1)
    assert trace == [
        "azure-ai-ml: ... Creating",
        "azure-ai-ml: Bearer ***",
        "azure-ai-ml: experimental class",
    ]
    assert capsys.readouterr() == ("", "")


def test_without_a_listener_the_noise_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet(None):
        say("noise\n", "stdout")
    assert capsys.readouterr() == ("", "")


def test_a_listener_may_use_stdout_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet(lambda line: say(f"heard {line}\n", "stdout")):
        say("noise\n", "stdout")
    assert capsys.readouterr().out == "heard azure-ai-ml: noise\n"


def test_progress_on_stderr_passes_and_bare_colour_resets_do_not(capsys: pytest.CaptureFixture[str]) -> None:
    with quiet(None):
        for text in ("50 %\n", RESET, "\n", "\n", "100 %\n"):
            say(text, "stderr")
        assert sys.stderr.isatty() is False
    assert capsys.readouterr().err == "50 %\n\n100 %\n"


def test_streams_and_loggers_are_given_back_even_after_a_failure() -> None:
    logger = logging.getLogger("azure")
    before = (sys.stdout, sys.stderr, list(logger.handlers), logger.propagate)

    def fail() -> None:
        with quiet(None):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert (sys.stdout, sys.stderr, list(logger.handlers), logger.propagate) == before


def test_variables_are_given_back_even_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("Z_KEPT", "old")
    monkeypatch.setenv("Z_TAKEN", "old")

    def fail() -> None:
        with environment({"Z_KEPT": "new", "Z_TAKEN": None, "Z_NEW": "new"}):
            assert [os.environ.get(name) for name in ("Z_KEPT", "Z_TAKEN", "Z_NEW")] == ["new", None, "new"]
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert [os.environ.get(name) for name in ("Z_KEPT", "Z_TAKEN", "Z_NEW")] == ["old", "old", None]
