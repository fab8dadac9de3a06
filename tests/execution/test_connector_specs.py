"""What every connector tells of itself: schemas of which forms can be made, examples that hold, a whole error table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest

from actors.connectors.base import LooksUp
from actors.connectors.registry import CONNECTORS, specs
from automate.workflows.connectors import ConnectorSpec, Failure, HostField
from automate.workflows.validation import check_definition
from scripts.connectors_page import page
from tests.support.error_tables import failure_of
from tests.support.facts import Naming, naming
from tests.support.raw_server import run

ALL = sorted(CONNECTORS)


def properties(schema: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in schema.get("properties", {}).items():
        yield f"{place}{name}", part
        yield from properties(part, f"{place}{name}.")
        if isinstance(part.get("items"), dict):
            yield from properties(part["items"], f"{place}{name}[].")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("side", ["input_schema", "output_schema"])
def test_each_field_has_a_title_and_examples_that_hold(name: str, side: str) -> None:
    schema = getattr(CONNECTORS[name].spec, side)
    assert schema["title"]
    assert schema["examples"]
    for place, part in [("", schema), *properties(schema)]:
        assert part.get("title"), place
        validator = jsonschema_rs.Draft202012Validator(dict(part))
        for example in part.get("examples", ()):
            validator.validate(example)


@pytest.mark.parametrize("name", ALL)
def test_lookup_is_told_where_it_is(name: str) -> None:
    assert CONNECTORS[name].spec.lookup == isinstance(CONNECTORS[name], LooksUp)


@pytest.mark.parametrize("name", ALL)
def test_host_fields_are_fields(name: str) -> None:
    spec = CONNECTORS[name].spec
    known = {place for place, _ in properties(spec.input_schema)}
    assert {".".join(field.path) for field in spec.host_fields} <= known


def test_examples_of_the_page_are_steps_that_can_be_published() -> None:
    examples = [json.loads(text.split("```")[0]) for text in page().split("```json\n")[1:]]
    assert {step["uses"] for step in examples} == set(CONNECTORS)
    for step in examples:
        assert check_definition({"schema": 1, "steps": [step]}, specs(), lambda _name: True) == []


@pytest.mark.parametrize(
    ("name", "code"),
    [("Upper", "CONNECTOR_AUTH"), ("", "CONNECTOR_AUTH"), ("ok", "NO_SUCH_CODE"), ("a" * 65, "INTERNAL")],
)
def test_row_without_a_proper_name_or_code_is_refused(name: str, code: str) -> None:
    with pytest.raises(ValueError, match="lower case"):
        Failure(name, code, "When it happens.")


def test_table_that_names_a_row_twice_is_refused() -> None:
    row = Failure("refused", "CONNECTOR_REFUSED", "When it happens.")
    with pytest.raises(ValueError, match="twice"):
        ConnectorSpec("x.y", "X", "keyed", {}, {}, failures=(row, row))


def test_row_is_found_by_its_name() -> None:
    row = Failure("refused", "CONNECTOR_REFUSED", "When it happens.")
    spec = ConnectorSpec("x.y", "X", "keyed", {}, {}, failures=(row,), host_fields=(HostField(("host",), "host"),))
    assert (spec.failure("refused"), spec.failure("other")) == (row, None)


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"json": 1, "text": "a"}, [], naming('"with"', "json", "form", "multipart", "text", "base64")),
        ({"multipart": [{"name": "a"}]}, ["multipart", 0], naming("1", "multipart", "text", "json", "base64")),
        ({"auth": {}}, ["auth"], naming("auth", "basic", "bearer", "header", "query", "oauth2")),
        ({"method": "POST", "paginate": {"by": {"link": {}}}}, ["method"], naming("method", "GET")),
    ],
)  # fmt: skip
def test_wrong_input_is_told_at_publishing_in_plain_words(
    given: dict[str, Any], path: list[Any], message: Naming
) -> None:
    step: Any = {"key": "a", "uses": "http.request", "with": {"url": "https://x.example/", **given}}
    (problem,) = check_definition({"schema": 1, "steps": [step]}, specs(), lambda _name: True)
    assert list(problem.path) == ["steps", 0, "with", *path]
    assert problem.message == message


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"json": "s3cret", "text": "a"}, naming("with", "json", "form", "multipart", "text", "base64")),
        ({"multipart": [{"name": "s3cret"}]}, naming("multipart.0", "text", "json", "base64")),
    ],
)
def test_wrong_input_is_told_at_run_time_without_its_value(given: dict[str, Any], message: Naming) -> None:
    error = run(failure_of(CONNECTORS["http.request"], {"url": "https://x.example/", **given}))
    assert error.message == message


@pytest.mark.parametrize("name", ["email.send", "http.request", "slack.post_message", "webhook.send"])
def test_ledger_keeps_what_the_other_side_calls_it(name: str) -> None:
    """By an example of the output, so that the path cannot be one that no output has."""
    spec = CONNECTORS[name].spec
    assert any(spec.external_id_of(example) for example in spec.output_schema["examples"])
