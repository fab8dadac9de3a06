from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.workflows.templates import TemplateAllowance, compile_template
from tests.support.cost import takes_under
from tests.support.facts import naming

ROWS = [{"id": number, "text": "x" * 50} for number in range(12_000)]
CONTEXT: Any = {"event": {"payload": {"rows": ROWS, "text": "y" * 900_000}}}

BOMBS = {
    "nested multi-selects": "|".join(["[@,@]"] * 33),
    "flattened multi-selects": "|".join(["[@,@,@,@][]"] * 17),
    "objects": "|".join(["{a: @, b: @}"] * 33),
    "text of shared parts": "|".join(["[@,@]"] * 18) + "|to_string(@)",
    "compared shared parts": "[[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]|[@,@]] | [@[0] == @[0]]",
    "loop in loop": "map(&map(&[@,@], `[1,2,3,4,5,6,7,8,9]`), event.payload.rows)",
    "long separator": "join('" + "x" * 1_500 + "', event.payload.rows[*].text)",
    "sorts": "[" + ",".join(["sort_by(event.payload.rows, &text)"] * 20) + "]",
    "comparisons": "[" + ",".join(["event.payload == event.payload"] * 30) + "]",
    "searches": "[" + ",".join(["contains(event.payload.text, 'yyyyyz')"] * 35) + "]",
    "copies": "[" + ",".join(["event.payload.text"] * 40) + "]",
    "reversals": "[" + ",".join(["reverse(event.payload.text)"] * 40) + "]",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_at_once(name):
    template = compile_template({"deep": ["{{ " + BOMBS[name] + " }}"]})

    def refused() -> None:
        with pytest.raises(NormalizedError) as refusal:
            template.render(CONTEXT)
        assert refusal.value.code == "INVALID_TEMPLATE"
        assert refusal.value.message == naming("template", "less")
        assert refusal.value.path == ["deep", "0"]

    assert takes_under(1, refused)  # typically 10 ms, 200 ms where the operations run out


def test_one_budget_serves_the_whole_input():
    allowance = TemplateAllowance(operations=1_000)
    template = compile_template(["{{ event.payload.a }}", "{{ event.payload.b }}"])
    template.render({"event": {"payload": {"a": "12345", "b": "xyz"}}}, allowance)
    assert allowance.operations == 1_000 - 2 * 4
    assert allowance.bytes == 1_048_576 - (5 + 2) - (3 + 2)


def test_operations_end_exactly_at_the_limit():
    template = compile_template("{{ event.payload.a }}")
    assert template.render({}, TemplateAllowance(operations=4))["input"] is None
    with pytest.raises(NormalizedError):
        template.render({}, TemplateAllowance(operations=3))


def test_ordinary_selection_of_large_data_fits():
    template = compile_template("{{ event.payload.rows[?id == `11999`].id | [0] }}")
    assert template.render(CONTEXT)["input"] == 11_999


@given(st.recursive(st.integers() | st.text(alphabet="abé"), st.lists, max_leaves=10))
def test_charge_counts_shared_parts_each_time(value):
    once, twice = TemplateAllowance(), TemplateAllowance()
    once.charge(value)
    twice.charge([value, value])
    spent = 1_048_576 - once.bytes
    assert 1_048_576 - twice.bytes == 2 * spent + 4


def test_two_expressions_render_in_thirty_microseconds():
    template = compile_template(
        {"url": "https://x/{{ event.payload.customer }}", "json": {"n": "{{ event.payload.n }}"}}
    )
    context = {"event": {"payload": {"customer": "c1", "n": 42}}}
    best = min(_seconds(template, context) for _ in range(20))
    assert best < 30e-6


def _seconds(template, context):
    started = time.process_time()
    for _ in range(200):
        template.render(context)
    return (time.process_time() - started) / 200
