"""No JSON makes the check raise, however near it comes to a definition."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from automate.kernel.errors import CODES, NormalizedError
from automate.kernel.json_values import as_list, as_object
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
        "on_failure",
        "continue",
        "compensate",
        "queue_timeout_seconds",
        "limit",
        "strategy",
        "flow.delay",
        *sorted({name for spec in FLOW_SPECS.values() for name in as_object(spec.input_schema["properties"])}),
        "$ref",
        "event",
        "equals",
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
CALLS = st.fixed_dictionaries({}, optional=dict.fromkeys(("uses", "with", "retry", "timeout_seconds"), ANY))
FLOW_INPUTS = st.sampled_from(list(FLOW_SPECS.values())).flatmap(
    lambda spec: st.fixed_dictionaries(
        {}, optional=dict.fromkeys(as_object(spec.input_schema["properties"]), ANY) | {"step": CALLS}
    )
)
STEPS = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("if", "retry", "timeout_seconds"), ANY)
    | {
        "key": st.sampled_from(["a", "b"]) | ANY,
        "uses": st.sampled_from([*CONNECTORS, *FLOW_SPECS]) | ANY,
        "with": FLOW_INPUTS | ANY,
        "needs": st.lists(WORDS) | ANY,
        "on_failure": st.sampled_from(["a", "b", "continue"]) | ANY,
        "compensate": CALLS | ANY,
    },
)
CONCURRENCIES = st.fixed_dictionaries({}, optional=dict.fromkeys(("key", "limit", "strategy"), ANY))
DEFINITIONS = ANY | st.fixed_dictionaries(
    {"schema": st.just(1) | ANY, "steps": st.lists(STEPS, max_size=5) | ANY},
    optional={"timeout_seconds": ANY, "queue_timeout_seconds": ANY, "concurrency": CONCURRENCIES | ANY},
)

# Every word of the language, and no problem.
SOUND = {
    "schema": 1,
    "timeout_seconds": 864_000,
    "queue_timeout_seconds": 60,
    "concurrency": {"key": "{{ event.id }}", "limit": 2, "strategy": "cancel_newest"},
    "steps": [
        *(
            {
                "key": f"s{n}",
                "uses": name,
                "with": as_list(spec.input_schema["examples"])[-1],
                "if": {"exists": "event.id"},
            }
            for n, (name, spec) in enumerate(FLOW_SPECS.items())
        ),
        {
            "key": "call",
            "uses": "http.request",
            "with": {"url": "https://x", "json": "{{ steps.s0.output }}", "headers": {"a": "$secret:STRIPE_KEY"}},
            "needs": ["s0"],
            "retry": {"max_attempts": 2},
            "timeout_seconds": 5,
            "on_failure": "handle",
            "compensate": {"uses": "http.request", "with": {"url": "https://x"}, "timeout_seconds": 5},
        },
        {"key": "handle", "uses": "log.write", "with": {"x": "{{ steps.call.error }}"}},
    ],
}


def places(value, path=()):
    """The paths of everything in a JSON value, itself included."""
    yield path
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(item, (*path, name))


def replaced(value, path, by):
    if not path:
        return by
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], by)
    return copy


def judge(raw):
    """Check a definition and, where nothing is wrong with it, take it as the engine does."""
    try:
        check_value(raw)
    except NormalizedError:
        return  # was refused before
    problems = check(raw)
    assert all(problem.code in CODES and problem.message.endswith((".", "?")) for problem in problems)
    if not problems:
        definition = parse(raw)
        needs = effective_needs(definition.steps)
        assert len(topological_order(needs)) == len(definition.steps)
        for step in definition.steps:
            if step.uses == FOR_EACH:
                item_step(step)


def test_sound_definition_with_every_word_has_no_problems():
    assert check(SOUND) == []
    judge(SOUND)


@settings(deadline=None)
@given(DEFINITIONS)
def test_no_json_makes_the_check_raise(raw):
    judge(raw)


@settings(deadline=None)
@given(st.sampled_from(list(places(SOUND))), ANY)
def test_nothing_in_the_place_of_anything_makes_the_check_raise(path, by):
    judge(replaced(SOUND, path, by))


@settings(deadline=None)
@given(st.sampled_from(list(places(SOUND))), st.sampled_from(list(places(SOUND))))
def test_nothing_that_stands_elsewhere_makes_the_check_raise(path, other):
    value: Any = SOUND
    for name in other:
        value = value[name]
    judge(replaced(SOUND, path, value))
