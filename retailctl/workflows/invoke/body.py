"""Where the body of a request comes from, and whether it is JSON at all, before anything is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from retailctl.errors import InvalidInput


@dataclass(frozen=True)
class Body:
    """A request's content, and where it came from, in words."""

    content: bytes = field(repr=False)
    source: str


def read_body(request_file: Path | None, data: str | None, stdin: BinaryIO) -> Body | None:
    """The body that the user named; None when none was.

    Args:
        request_file: a file; ``-`` is standard input.
        data: the JSON itself; ``@FILE`` names a file and ``-`` is standard input, as with curl.

    Raises:
        InvalidInput: both were given, a file that cannot be read, or text that is not JSON.
    """
    if request_file is not None and data is not None:
        raise InvalidInput("the request was given twice", hint="use --request-file or --data, not both")
    if request_file is None and data is None:
        return None
    if "-" in (data, str(request_file)):
        return _checked(Body(stdin.read(), "standard input"))
    if data is not None and not data.startswith("@"):
        return _checked(Body(data.encode(), "--data"))
    file = request_file or Path(str(data)[1:])
    return _checked(Body(_content(file), str(file)))


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the request file {file} cannot be read",
            reason=error.strerror,
            hint="retailctl invoke, without a file, sends the model's own sample",
        ) from error


def _checked(body: Body) -> Body:
    try:
        json.loads(body.content)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            f"the request is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
            reason=f"read from {body.source}",
            hint='a request looks like {"series": [{"store_id": "CA_1", "item_id": "FOODS_3_090"}]}',
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "the request is not text in UTF-8", reason=f"read from {body.source}", hint="save it as UTF-8"
        ) from error
    return body
