from __future__ import annotations

from typing import Any

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.workflows.templates import TemplateAllowance, compile_template, try_compile
from automate.workflows.templates.allowance import TemplateFailure
from automate.workflows.templates.expressions import parse_expression
from tests.support.facts import naming

CONTEXT: dict[str, Any] = {
    "event": {
        "payload": {
            "n": 42,
            "name": "Ada",
            "ok": True,
            "none": None,
            "list": [1, 2],
            "rows": [{"k": "b", "v": 2}, {"k": "a", "v": 1}],
            "price": 1.5,
            "é": {"x": "ü"},
        }
    },
    "steps": {"charge": {"output": {"id": "ch_1"}}},
    "run": {"id": "r1"},
    "workflow": {"slug": "w"},
}


def render(value, context=CONTEXT):
    return compile_template(value).render(context)["input"]


def refusal(value, context=CONTEXT):
    with pytest.raises(NormalizedError) as refused:
        compile_template(value).render(context)
    assert refused.value.code == "INVALID_TEMPLATE"
    return refused.value


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ event.payload.n }}", 42),
        ("{{ event.payload.none }}", None),
        ("{{ event.payload.rows }}", CONTEXT["event"]["payload"]["rows"]),
        ("{{ {a: {b: event.payload.n}} }}", {"a": {"b": 42}}),
        ("{{ event.payload.rows[?v > `1`].k | [0] }}", "b"),
        ("{{ sort_by(event.payload.rows, &k)[*].v }}", [1, 2]),
        ("{{ '{{' }}", "{{"),
        ('{{ event.payload."é".x }}', "ü"),
        ("{{ to_number('1_000') }}", None),
        ("{{ to_number('1e3') }}", 1000.0),
        ("{{ divide(`1999`, `100`) }}", 19.99),
        ("{{ divide(`42`, `-7`) }}", -6),
        ("{{ divide(`1`, `0.5`) }}", 2.0),
        ("{{ round(`2.5`) }}", 3),
        ("{{ round(`-2.5`) }}", -3),
        ("{{ round(`1.005`, `2`) }}", 1.01),
        ("{{ round(`7`, `2`) }}", 7),
        ("{{ format_number(`1234.5`, `2`) }}", "1234.50"),
        ("{{ format_number(`-0.5`, `0`) }}", "-1"),
        ("{{ format_number(`1e300`, `12`) }}", f"{10**300}.{'0' * 12}"),
        ("{{ format_number(`5`, `2`) }}", "5.00"),
        ("{{ event.payload.ok > `1` }}", None),
    ],
)
def test_string_that_is_one_expression_keeps_its_type(template, value):
    assert render(template) == value
    assert type(render(template)) is type(value)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("n={{ event.payload.n }}", "n=42"),
        (" {{ event.payload.n }}", " 42"),
        ("{{ event.payload.name }}{{ event.payload.price }}", "Ada1.5"),
        ("{{ event.payload.ok }}!", "true!"),
        ('{{ event.payload.list }};{{ {a: event.payload."é"} }}', '[1,2];{"a":{"x":"ü"}}'),
        ("hi {{ event.payload.none || 'nobody' }}", "hi nobody"),
        ("a {{ '{{' }} b }}", "a {{ b }}"),
    ],
)
def test_values_within_longer_text_are_written_out(template, text):
    assert render(template) == text


def test_whole_tree_is_walked_and_keys_stay():
    template = {"a": ["{{ run.id }}", {"b": "x {{ workflow.slug }}"}], "c": 1, "d": [None, True]}
    assert render(template) == {"a": ["r1", {"b": "x w"}], "c": 1, "d": [None, True]}


def test_null_within_longer_text_is_refused():
    error = refusal({"a": ["hi {{ event.payload.none }}"]})
    assert error.path == ["a", "0"]
    assert error.message == naming("event.payload.none", "null")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ event.payload.name > `3` }}", naming("text", "number")),
        ("{{ length(event.payload.n) }}", naming("length()", "number")),
        ("{{ join(',', event.payload.list) }}", naming("join()")),
        ("{{ sum(event.payload.rows) }}", naming("sum()")),
        ("{{ &event }}", naming("expression")),
        ("{{ to_string(&event) }}", naming("expression")),
        ("{{ to_number('1e999') }}", naming("finite")),
        ("{{ max_by(event.payload.rows, &[v]) }}", naming("max_by()", "array")),
        ("{{ divide(event.payload.n, `0`) }}", naming("zero")),
        ("{{ divide(`1e308`, `1e-308`) }}", naming("too large")),
        ("{{ divide(event.payload.name, `2`) }}", naming("divide()", "number")),
        ("{{ round(`1.5`, `13`) }}", naming("12 decimals")),
        ("{{ round(`1.5`, `-1`) }}", naming("12 decimals")),
        ("{{ format_number(`1.5`, `1.5`) }}", naming("12 decimals")),
    ],
)
def test_failure_on_data_is_normalized(template, message):
    assert refusal(template).message == message


def test_failure_does_not_quote_data():
    assert "Ada" not in str(refusal("{{ abs(event.payload.name) }}"))


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ }}", naming("empty")),
        ("{{ event. }}", naming("early")),
        ("x {{ a b }}", naming("{{ a b }}", '"b"', "character 3")),
        ("{{ a = b }}", naming("=")),
        ("{{ `abc` }}", naming("JSON")),
        ("{{ `NaN` }}", naming("JSON")),
        ("{{ `1e999` }}", naming("finite")),
        ('{{ `"\\u0000"` }}', naming("NUL")),
        ('{{ `"\\ud800"` }}', naming("surrogate")),
        ("{{ nope(event) }}", naming("nope()", "abs")),
        ("{{ length(event, run) }}", naming("length()", "1", "2")),
        ("{{ event[::0] }}", naming("slice")),
        ("{{ " + "(" * 900 + "event" + ")" * 900 + " }}", naming("deeply")),
        ("{{ event" + " || event" * 41 + " }}", naming("deeper", "40")),
        ("{{ [" + ",".join(["a"] * 260) + "] }}", naming("parts", "250")),
        ("{{ " + "a" * 2001 + " }}", naming("2,000")),
        ({"{{ a }}": 1}, naming("names")),
        ("{{ round(`1`, `2`, `3`) }}", naming("round()", "at most 2")),
        ("{{ multiply(`1`, `2`) }}", naming("multiply()", "divide")),
    ],
)
def test_bad_template_is_refused_when_compiled(template, message):
    with pytest.raises(NormalizedError) as refused:
        compile_template(template)
    assert refused.value.code == "INVALID_TEMPLATE"
    assert refused.value.message == message


def test_all_bad_strings_are_reported_at_once():
    _, problems = try_compile({"a": "{{", "b": ["{{ }}", "fine"]}, ("with",))
    assert [problem.path for problem in problems] == [("with", "a"), ("with", "b", 0)]


@pytest.mark.parametrize(
    ("template", "references"),
    [
        ("{{ steps.charge.output.id }}", {("steps", "charge")}),
        ("{{ steps.charge }} {{ run.id }}", {("steps", "charge"), ("run", "id")}),
        ("{{ steps }}", {("steps",)}),
        ("{{ keys(steps) }}", {("steps",)}),
        ("{{ steps.*.output }}", {("steps",)}),
        ("{{ steps.{a: charge.output, b: tell} }}", {("steps", "charge"), ("steps", "tell")}),
        ("{{ steps | charge.output }}", {("steps", "charge")}),
        ("{{ event.payload.rows[?k == 'x'].steps }}", {("event", "payload")}),
        ("{{ map(&steps.other, event.payload.rows) }}", {("event", "payload")}),
        ("{{ item || steps.a.x && !(run.b) }}", {("item",), ("steps", "a"), ("run", "b")}),
        ("{{ event.payload == `1` }}", {("event", "payload")}),
        ('{{ "steps"."a" }}', {("steps", "a")}),
        ("{{ @ }}", {()}),
        ("{{ 'steps.a' }}", set()),
    ],
)
def test_references_name_root_and_first_key(template, references):
    assert {found for _, found in compile_template([template]).located_references()} == references


def test_compiled_expressions_are_shared():
    assert parse_expression("event.shared") is parse_expression("event.shared")


NAMES = st.sampled_from(["a", "b", "c"])
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "x", "yy"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=15,
)
EXPRESSIONS = st.recursive(
    NAMES | st.sampled_from(["@", "*", "`1`", "'x'", "`[1, 2]`", "a[0]", "b[1:]", "c[]"]),
    lambda e: st.one_of(
        st.builds("{}.{}".format, e, NAMES),
        st.builds("{}[*].{}".format, e, NAMES),
        st.builds("{}.*".format, e),
        st.builds("{}[]".format, e),
        st.builds("{}[?{}]".format, e, e),
        st.builds("({} || {})".format, e, e),
        st.builds("({} && {})".format, e, e),
        st.builds("!{}".format, e),
        st.builds("({} == {})".format, e, e),
        st.builds("({} | {})".format, e, e),
        st.builds("[{}, {}]".format, e, e),
        st.builds("{{x: {}}}".format, e),
        st.builds("to_array({})".format, e),
        st.builds("not_null({}, {})".format, e, e),
        st.builds("type({})".format, e),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS, DATA)
def test_values_are_those_of_stock_jmespath(source, data):
    try:
        expected = jmespath.search(source, data)
    except jmespath.exceptions.ParseError:
        with pytest.raises(TemplateFailure):
            parse_expression(source)
        return
    assert parse_expression(source).evaluate(data, TemplateAllowance()) == expected
