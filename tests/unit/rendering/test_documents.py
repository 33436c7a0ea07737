"""Fields with their lines."""

from __future__ import annotations

import pytest

from retailctl.errors import InvalidTemplate
from retailctl.rendering.documents import parse

TEXT = """\
name: blue
# a remark
environment:
  image: x
  routes:
    - path: /live
    - {path: /ready, port: 1}
"""


def test_every_field_knows_its_line() -> None:
    document = parse(TEXT, "d.yml")
    assert document.line("name") == 1
    assert document.line("environment") == 3
    assert document.line("environment", "image") == 4
    assert document.line("environment", "routes", 1) == 7
    assert document.line("environment", "routes", 1, "port") == 7


def test_a_field_that_is_not_there_has_the_line_of_what_should_hold_it() -> None:
    document = parse(TEXT, "d.yml")
    assert document.line("environment", "inference_config", "scoring_route") == 3
    assert document.line("nothing") == 1


def test_values_are_found_by_path() -> None:
    document = parse(TEXT, "d.yml")
    assert document.get("environment", "routes", 1, "path") == "/ready"
    assert document.get("environment", "routes", 7) is None
    assert document.get("name", "deeper") is None
    assert document.has("environment", "image")
    assert not document.has("image")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\nb: [1,\n", "d.yml:3: "),
        ("a: 1\n b: 2\n", "d.yml:2: "),
        ("- a\n- b\n", "d.yml:1: it is not a YAML mapping"),
        ("", "d.yml:1: it is not a YAML mapping"),
        ("a: 1\nc: 3\na: 2\n", "d.yml:3: 'a' is written twice"),
        ("x:\n  a: 1\n  a: 2\n", "d.yml:3: 'a' is written twice"),
    ],
)
def test_text_that_is_no_document_is_refused_with_its_line(text: str, says: str) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        parse(text, "d.yml")
    assert caught.value.message.startswith(says)
