"""log.write, and the registry that both connectors stand in."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from structlog.testing import capture_logs

from actors.connectors.base import ConnectorError
from actors.connectors.registry import CONNECTORS, specs
from automate.kernel.json_values import as_object
from tests.support.facts import naming
from tests.support.outbound import TRACE_ID, call
from tests.support.raw_server import run

LOG = CONNECTORS["log.write"]


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_one_line_is_written_at_its_level(level: str) -> None:
    with capture_logs() as lines:
        output = run(LOG.call(call({"message": "paid", "level": level, "data": {"n": 1}})))
    assert output == {"message": "paid", "level": level}
    assert lines == [
        {"event": "log.write", "message": "paid", "data": {"n": 1}, "trace_id": TRACE_ID, "log_level": level}
    ]


def test_level_is_info_and_data_absent_unless_given() -> None:
    with capture_logs() as lines:
        assert run(LOG.call(call({"message": "paid"}))) == {"message": "paid", "level": "info"}
    assert lines == [{"event": "log.write", "message": "paid", "trace_id": TRACE_ID, "log_level": "info"}]


@pytest.mark.parametrize(
    ("given", "field"),
    [({}, "with"), ({"message": 1}, "message"), ({"message": "a", "level": "fatal"}, "level"), ({"message": "a", "x": 1}, "with")],
)  # fmt: skip
def test_bad_input_writes_nothing(given: dict[str, Any], field: str) -> None:
    with capture_logs() as lines, pytest.raises(ConnectorError) as caught:
        run(LOG.call(call(given)))
    assert (caught.value.code, caught.value.details, lines) == (
        "BAD_USER_INPUT",
        {"failure": "bad_input", "field": field},
        [],
    )


@pytest.mark.parametrize("value", [7, 7.5, True, ["a"], {"a": 1}])
def test_expression_that_is_no_text_says_how_to_make_it_one(value: Any) -> None:
    with pytest.raises(ConnectorError) as caught:
        run(LOG.call(call({"message": value})))
    assert caught.value.message == (naming("message", '"string"', "to_string(event.payload.n)"))


@pytest.mark.parametrize("given", [{"message": None}, {"message": "a", "level": 1}, {}])
def test_advice_for_texts_is_given_where_it_helps(given: dict[str, Any]) -> None:
    with pytest.raises(ConnectorError) as caught:
        run(LOG.call(call(given)))
    assert "to_string" not in caught.value.message


def test_log_is_inline_and_idempotent() -> None:
    assert (LOG.inline, LOG.spec.effect) == (True, "idempotent")


def test_registry_names_each_connector_by_its_spec() -> None:
    assert set(specs()) == set(CONNECTORS) >= {"graphql.request", "http.request", "log.write"}
    for name, connector in CONNECTORS.items():
        assert specs()[name] is connector.spec
        assert connector.spec.name == name


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_schemas_are_json_schema_and_their_examples_hold(name: str) -> None:
    for schema in (CONNECTORS[name].spec.input_schema, CONNECTORS[name].spec.output_schema):
        jsonschema_rs.Draft202012Validator(dict(schema))
        parts: dict[str, Any] = as_object(schema["properties"])
        for part in parts.values():
            for example in part.get("examples", ()):
                jsonschema_rs.validate(part, example)
