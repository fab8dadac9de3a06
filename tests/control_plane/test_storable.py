"""One rule for JSON that can be stored: whoever takes JSON in refuses the same values, and PostgreSQL takes the rest."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automate.kernel.errors import NormalizedError
from automate.kernel.json_text import value_of
from automate.kernel.sql import as_set, fetch
from automate.kernel.storable import StorageFault, as_kept, faults, scalar_fault
from automate.kernel.strict_json import check_value
from automate.kernel.tenancy import acting_for
from automate.rules.predicate import check_rule
from automate.workflows.services import save_workflow
from automate.workflows.templates.allowance import TemplateAllowance, TemplateFailure
from tests.support.examples import examples
from tests.support.facts import Naming, naming

FAULTY = [
    ("a\0b", StorageFault.NUL),
    ("\ud800", StorageFault.SURROGATE),
    (math.nan, StorageFault.NOT_FINITE),
    (-math.inf, StorageFault.NOT_FINITE),
    (10**308, StorageFault.TOO_MANY_DIGITS),
    (-(10**400), StorageFault.TOO_MANY_DIGITS),
    (b"x", StorageFault.NO_JSON),
    ((1, 2), StorageFault.NO_JSON),
]


def found(value: Any, **bounds: Any) -> list[tuple[list[str | int], StorageFault]]:
    return [(path, fault) for path, fault, _ in faults(value, **{"max_depth": 64, **bounds})]


@pytest.mark.parametrize(("value", "fault"), FAULTY)
def test_every_door_refuses_what_cannot_be_stored(value: Any, fault: StorageFault) -> None:
    assert scalar_fault(value) is fault
    with pytest.raises(NormalizedError):
        check_value({"x": [value]})
    with pytest.raises(TemplateFailure):
        TemplateAllowance().charge({"x": [value]})
    assert [problem.path for problem in check_rule({"==": [1, value]}).problems] == [("==", 1)]


def test_all_faults_come_with_their_places() -> None:
    value = {"a": ["\0", 1, {"b": math.nan}], "c\0": {"d": b""}, "e": {1: 2}}
    assert sorted(found(value), key=str) == sorted(
        [
            (["a", 0], StorageFault.NUL),
            (["a", 2, "b"], StorageFault.NOT_FINITE),
            ([], StorageFault.NUL),
            (["c\0", "d"], StorageFault.NO_JSON),
            (["e"], StorageFault.KEY_IS_NO_TEXT),
        ],
        key=str,
    )


def test_depth_and_length_end_the_walk() -> None:
    deep: Any = "\0"
    for _ in range(5_000):
        deep = [deep]
    assert found(deep, max_depth=3) == [([0, 0, 0], StorageFault.TOO_DEEP)]
    assert found(["\0"] + [1] * 100, max_depth=3, max_bytes=50) == [([], StorageFault.TOO_LONG)]
    assert found([1, 2, 3], max_bytes=8) == []


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"steps": "a\0b"}, naming("NUL")),
        ({"steps": [{"with": {"x": 10**308}}]}, naming("308 digits")),
        ({"steps": "x" * 262_144}, naming("262144 bytes")),
    ],
)
def test_what_cannot_be_stored_is_no_draft(tenant: Any, definition: dict[str, Any], words: Naming) -> None:
    with acting_for(tenant.ref), pytest.raises(NormalizedError) as refusal:
        save_workflow(slug="w", name="W", definition=definition, expected_revision=None)
    assert refusal.value.message == words


def test_longest_integer_is_read_by_everybody(tenant: Any) -> None:
    longest = 10**308 - 1
    check_value(longest)
    assert math.isfinite(float(longest))
    step: dict[str, Any] = {"key": "a", "uses": "log.write", "with": {"message": longest}, "timeout_seconds": longest}
    with acting_for(tenant.ref):
        save_workflow(slug="w", name="W", definition={"schema": 1, "steps": [step]}, expected_revision=None)
        ((stored,),) = fetch("SELECT definition #>> '{steps,0,with,message}' FROM workflow")
    assert int(stored) == longest


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_size_is_that_of_compact_json_without_escapes(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if found(value) or "\\" in written:
        return
    size = len(written.encode())
    slack = written.count("{") + written.count("[")  # an empty container or a last comma
    assert found(value, max_bytes=size + slack) == []


STORED_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STORED_JSON, min_size=20, max_size=20))
def test_what_is_kept_is_what_postgres_gives_back(tenant: Any, values: list[Any]) -> None:
    with acting_for(tenant.ref):
        rows = fetch(
            "SELECT value::text FROM json_to_recordset(%s) AS t(number int, value jsonb) ORDER BY number",
            [as_set([{"number": number, "value": [value]} for number, value in enumerate(values)])],
        )
    assert [json.dumps([as_kept(value)]) for value in values] == [json.dumps(value_of(text)) for (text,) in rows]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"bb": 1, "a": 2, "é": 3}, '{"a": 2, "bb": 1, "\\u00e9": 3}'),
        (1e20, "100000000000000000000"),
        (-2.5e16, "-25000000000000000"),
        (1e308, "1e+308"),
        (-0.0, "0.0"),
        (1e-7, "1e-07"),
        (True, "true"),
    ],
)
def test_what_is_kept_by_example(value: Any, kept: str) -> None:
    assert json.dumps(as_kept(value)) == kept
