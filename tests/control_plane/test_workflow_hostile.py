"""No JSON makes the check raise, however near it comes to a definition."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from automate.kernel.errors import CODES, NormalizedError
from automate.kernel.strict_json import check_value
from automate.workflows.definition import FOR_EACH, item_step, parse
from automate.workflows.flow_steps import FLOW_SPECS
from automate.workflows.graph import effective_needs, topological_order
from tests.support.definitions import CONNECTORS, check

WORDS = st.sampled_from(
    [
        "schema",
        "steps",
        "key",
        "uses",
        "with",
        "needs",
        "if",
        "retry",
        "timeout_seconds",
        "max_attempts",
        "initial_seconds",
        "max_seconds",
        "concurrency",
        "var",
        "a",
        "b",
        "http.request",
        "log.write",
        "url",
        "json",
    ]
)
TEXTS = st.one_of(
    WORDS,
    st.text(),
    st.text(alphabet="{}'`\"$secret:A@1 .ab|&[]()*"),
    st.sampled_from(["{{ steps.a.x }}", "$secret:A", "\0", "\ud800"]),
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(WORDS | st.text(), inner, max_size=8),
    max_leaves=25,
)
STEPS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("key", "uses", "with", "needs", "if", "retry", "timeout_seconds"), ANY)
    | {
        "key": st.sampled_from(["a", "b"]) | ANY,
        "uses": st.sampled_from(list(CONNECTORS)) | ANY,
        "needs": st.lists(WORDS) | ANY,
    },
)
DEFINITIONS = ANY | st.fixed_dictionaries(
    {"schema": st.just(1) | ANY, "steps": st.lists(STEPS, max_size=5) | ANY}, optional={"timeout_seconds": ANY}
)


@given(DEFINITIONS)
def test_no_json_makes_the_check_raise(raw):
    try:
        check_value(raw)
    except NormalizedError:
        return  # was refused before
    problems = check(raw)
    assert all(problem.code in CODES and problem.message.endswith((".", "?")) for problem in problems)
    if not problems:
        parse(raw)


