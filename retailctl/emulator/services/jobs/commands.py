"""The command of a job with its `${{inputs.x}}` and `${{outputs.y}}` replaced, and the macros in an output's uri."""

from __future__ import annotations

import re
from collections.abc import Mapping

from retailctl.emulator.arm.errors import bad_request

_EXPRESSION = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")


def expand(command: str, inputs: Mapping[str, str], outputs: Mapping[str, str]) -> str:
    """The command to run. Raises ArmError (400) for an expression that means nothing here."""

    def replace(match: re.Match[str]) -> str:
        group, _, name = match[1].partition(".")
        values = {"inputs": inputs, "outputs": outputs}.get(group)
        if values is None or name not in values:
            raise bad_request(f"The command refers to '{match[0]}', which the job does not have.", target="command")
        return values[name]

    return _EXPRESSION.sub(replace, command)


def expand_output_uri(uri: str, job: str, output: str) -> str:
    """An output's address with `${{name}}` and `${{output_name}}` replaced. Raises ArmError (400)."""
    values = {"name": job, "output_name": output}

    def replace(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise bad_request(f"The address of output '{output}' refers to '{match[0]}', which is unknown.")
        return values[match[1]]

    return _EXPRESSION.sub(replace, uri)
