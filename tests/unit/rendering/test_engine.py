"""Delimiters that leave Azure ML's own alone, and mistakes that name their line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from retailctl.errors import InvalidTemplate
from retailctl.rendering.catalogue import TemplateFile
from retailctl.rendering.engine import quoted, render

Write = Callable[[str], TemplateFile]


@pytest.mark.parametrize(
    "text",
    [
        "--data ${{inputs.train_data}} --out ${{ outputs.model_out }}",
        "${{azureml://connections/shop/credentials/key}}",
        "${{keyvault:https://v.vault.azure.net/secrets/s/1}} {{ jinja }} {% raw %} {# no #}",
    ],
)
def test_azure_ml_expressions_pass_untouched(write_template: Write, text: str) -> None:
    template = write_template(f"[[ slot ]] {text}\n")
    assert render(template, {"slot": "blue", "inputs": "never"}) == f"blue {text}\n"


def test_blocks_and_comments_leave_no_lines_behind(write_template: Write) -> None:
    template = write_template("a\n[# a remark #]\n[% for name in names %]\n- [[ name ]]\n[% endfor %]\nb\n")
    assert render(template, {"names": ["x", "y"]}) == "a\n- x\n- y\nb\n"


def test_an_undefined_variable_is_named_with_its_line_and_the_nearest_known_one(write_template: Write) -> None:
    template = write_template("one\ntwo [[ slto ]]\n")
    with pytest.raises(InvalidTemplate) as caught:
        render(template, {"slot": "blue", "model": "m"})
    assert caught.value.message == f"{template.path}:2: 'slto' is undefined"
    assert caught.value.reason == "did you mean 'slot'?"


def test_without_a_near_one_every_variable_is_listed(write_template: Write) -> None:
    with pytest.raises(InvalidTemplate) as caught:
        render(write_template("[[ zzz ]]"), {"slot": "blue", "model": "m"})
    assert caught.value.reason == "the variables are model, slot"


def test_an_undefined_variable_in_an_include_names_the_included_file(write_template: Write, tmp_path: Path) -> None:
    (tmp_path / "part.yml.j2").write_text("\n\n[[ nothing ]]")
    with pytest.raises(InvalidTemplate) as caught:
        render(write_template("[% include 'part.yml.j2' %]"), {})
    assert caught.value.message.startswith(f"{tmp_path / 'part.yml.j2'}:3:")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n[% if x %]\nb\n", 3),
        ("a\n[[ x + ]]\n", 2),
        ("a\n\n[[ x | no_such_filter ]]\n", 3),
        ("[% include 'missing.j2' %]", 1),
        ("a\n[[ x // 0 ]]", 2),
        ("a\n[[ x.y.z ]]", 2),
    ],
)
def test_every_mistake_in_a_template_has_its_file_and_line(write_template: Write, text: str, line: int) -> None:
    template = write_template(text)
    with pytest.raises(InvalidTemplate) as caught:
        render(template, {"x": 1})
    assert caught.value.details == {"file": str(template.path), "line": line}
    assert caught.value.message.startswith(f"{template.path}:{line}: ")


@pytest.mark.parametrize(
    "value", ["a: b", "it's", 'say "x"', "# no comment", "line\nbreak", "é €", True, 3, ["a", "b"]]
)
def test_a_quoted_value_survives_yaml_whatever_is_in_it(value: object) -> None:
    assert yaml.safe_load(f"field: {quoted(value)}")["field"] == value
