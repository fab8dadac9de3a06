"""Each example of docs/templates.md gives what the page says, and the page has every function and limit."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.workflows.edges import EVENT_NAMES
from automate.workflows.templates import MAX_BYTES, MAX_OPERATIONS, ROOTS, compile_template
from automate.workflows.templates.expressions import MAX_DEPTH, MAX_EXPRESSION_CHARACTERS, MAX_NODES
from automate.workflows.templates.functions import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
(DATA,) = map(json.loads, re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
CELL = r"(``.+?``|`[^`]+`)"
EXAMPLES = re.findall(rf"^\| {CELL} \| {CELL} \|$", PAGE, re.MULTILINE)
CALLS = re.findall(rf"^\| `(\w+)\([^`]*\)` \| .* \| {CELL} \| {CELL} \|$", PAGE, re.MULTILINE)


def text_of(cell: str) -> str:
    return cell.strip("`").replace("\\|", "|")


def given(template: str) -> JsonValue:
    return compile_template(template).render(DATA)["input"]


@pytest.mark.parametrize(("template", "result"), EXAMPLES)
def test_example(template: str, result: str) -> None:
    assert given(text_of(template)) == json.loads(text_of(result))


@pytest.mark.parametrize(("name", "call", "result"), CALLS)
def test_function(name: str, call: str, result: str) -> None:
    assert f"{name}(" in call
    found, wanted = given("{{ " + text_of(call) + " }}"), json.loads(text_of(result))
    assert (found, type(found)) == (wanted, type(wanted))


def test_page_has_all_functions_names_and_limits() -> None:
    assert len(EXAMPLES) > 12
    assert [name for name, _, _ in CALLS] == sorted(FUNCTIONS.FUNCTION_TABLE)
    assert set(re.findall(r"`(?:event)?\.(\w+)`", PAGE)) >= set(EVENT_NAMES)
    assert set(re.findall(r"^\| `(\w+)\.", PAGE, re.MULTILINE)) >= set(ROOTS)
    (table,) = re.findall(r"^\| limit \| value \|\n(.*?)\n\n", PAGE, re.MULTILINE | re.DOTALL)
    assert [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", table)] == [
        MAX_EXPRESSION_CHARACTERS,
        MAX_NODES,
        MAX_DEPTH,
        MAX_OPERATIONS,
        MAX_BYTES // 2**20,
        LIMITS.template_read_bytes // 2**20,
    ]


def test_null_within_text_fails() -> None:
    with pytest.raises(NormalizedError, match="is null"):
        given("Hello {{ event.payload.missing }}")


def test_literal_braces_and_refs() -> None:
    assert given("{{ '{{' }} and }}") == "{{ and }}"
    rendered = compile_template("{{ '$secret:NAME' }}").render(DATA)
    assert rendered == {"input": "$secret:NAME", "refs": []}
