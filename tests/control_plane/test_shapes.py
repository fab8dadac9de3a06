"""A shape is declared once: its checks, its JSON Schema, the file's form and the inputs of GraphQL follow from it."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Annotated, Any

import jsonschema_rs
import pytest
import strawberry
from graphql import get_named_type
from hypothesis import given, settings
from hypothesis import strategies as st

from automate.budgets.settings import BudgetSettings
from automate.configuration.shape import SECTIONS
from automate.endpoints.settings import EndpointSettings
from automate.kernel.json_values import as_object
from automate.kernel.problems import Problem
from automate.kernel.shape_checks import json_schema, problems_of
from automate.kernel.shapes import (
    Checked,
    Fitting,
    OneOf,
    Says,
    Spell,
    Whole,
    api_form,
    fields_of,
    read,
    stored_form,
    with_defaults,
    without_defaults,
)
from automate.retention.settings import RetentionDays
from automate.triggers.schedules.plan import SchedulePlan
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import SourceSettings
from graphql_schema.shaped import ShapeInput, input_of, output_of, shown
from scripts.configuration_schema_page import page
from tests.support.examples import examples
from tests.support.whole_configuration import whole


def _even(value: int) -> Iterator[Problem]:
    if value % 2:
        yield Problem("INVALID_RULE", f"{value} is odd.", ("deep",))


@dataclass(frozen=True)
class Inner:
    per_second: Annotated[int, Whole(1, 10), Says("Webhooks per second.")] = 5
    encoding: Annotated[str | None, OneOf(("hex", "base64"), shouted=True), Says("The encoding.")] = None

    @staticmethod
    def wrong(given: Mapping[str, Any], spell: Spell) -> Iterator[Problem]:
        if given.get("per_second") == 7:
            yield Problem("BAD_USER_INPUT", f"{spell('per_second')} is seven.", ("per_second",))


@dataclass(frozen=True)
class Outer:
    name: Annotated[str, Fitting("a short text", lambda text: len(text) < 5), Says("The name.")]
    inner: Annotated[Inner, Says("What is inside.", null="Null: the default.")] = Inner()
    several: Annotated[list[Inner] | None, Says("More of them.")] = None
    words: list[str] | None = None
    even: Annotated[int | None, Checked("an even number", _even)] = None
    at: datetime | None = None
    on: bool = False
    anything: Annotated[object, Says("Any value.")] = None


def told(value: Any, **how: Any) -> list[tuple[str, str]]:
    return [(".".join(map(str, one.path)), one.message) for one in problems_of(Outer, value, ("outer",), **how)]


RIGHT: dict[str, Any] = {
    "name": "a",
    "inner": {"perSecond": 3, "encoding": "HEX"},
    "several": [{}, {"perSecond": 4}],
    "words": ["x"],
    "even": 2,
    "at": "2027-05-01T12:00:00Z",
    "on": True,
    "anything": {"perSecond": [None]},
}


def test_right_value_has_no_problem_in_either_spelling() -> None:
    assert told(RIGHT) == []
    assert told(stored_form(Outer, RIGHT), stored=True) == []
    assert told({"name": "a", "inner": None, "words": None, "on": None}) == []


@pytest.mark.parametrize(
    ("value", "path", "message"),
    [
        (7, "outer", "outer must be a mapping with name, inner, several, words, even, at, on and anything."),
        ({}, "outer", "name is missing; it must be a short text."),
        ({"name": None}, "outer.name", "name is missing; it must be a short text."),
        ({"name": "too long"}, "outer.name", "name must be a short text."),
        ({"name": 7}, "outer.name", "name must be a short text."),
        ({"name": "a", "inner": []}, "outer.inner", "inner must be a mapping with perSecond and encoding."),
        ({"name": "a", "inner": {"perSecond": True}}, "outer.inner.perSecond", "perSecond must be a whole number from 1 to 10."),
        ({"name": "a", "inner": {"perSecond": 3.0}}, "outer.inner.perSecond", "perSecond must be a whole number from 1 to 10."),
        ({"name": "a", "inner": {"encoding": "hex"}}, "outer.inner.encoding", "encoding must be one of HEX, BASE64."),
        ({"name": "a", "inner": {"per_second": 1}}, "outer.inner.per_second", "There is no 'per_second' here; there are perSecond and encoding."),
        ({"name": "a", "several": [{}, 1]}, "outer.several.1", "entry 2 of several must be a mapping with perSecond and encoding."),
        ({"name": "a", "several": [{"perSecond": 7}]}, "outer.several.0.perSecond", "perSecond is seven."),
        ({"name": "a", "words": "x"}, "outer.words", "words must be a list of texts."),
        ({"name": "a", "words": [1]}, "outer.words.0", "entry 1 of words must be a text; put it in quotes."),
        ({"name": "a", "even": 3}, "outer.even.deep", "3 is odd."),
        ({"name": "a", "at": "2027-05-01"}, "outer.at", "at must be a timestamp in quotes, such as 2027-05-01T12:00:00Z."),
        ({"name": "a", "on": 1}, "outer.on", "on must be true or false."),
        ({"name": "a", "more": 1}, "outer.more", "There is no 'more' here; there are name, inner, several, words, even, at, on and anything."),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(value: Any, path: str, message: str) -> None:
    assert told(value) == [(path, message)]


def test_all_faults_are_told_at_once() -> None:
    """Also those of several fields beside those of one."""
    wrong = {"name": 1, "inner": {"perSecond": 7, "encoding": 1}, "several": [{"perSecond": 0}], "on": 2, "x": 1}
    assert sorted(path for path, _ in told(wrong)) == [
        "outer.inner.encoding", "outer.inner.perSecond", "outer.name", "outer.on", "outer.several.0.perSecond", "outer.x",
    ]  # fmt: skip


def test_stored_spelling_takes_no_api_names() -> None:
    wrong = {"name": "a", "inner": {"perSecond": 3, "encoding": "HEX"}}
    assert [path for path, _ in told(wrong, stored=True, spell=str)] == [
        "outer.inner.encoding",
        "outer.inner.perSecond",
    ]


def test_forms_go_there_and_back() -> None:
    stored = stored_form(Outer, RIGHT)
    assert stored["inner"] == {"per_second": 3, "encoding": "hex"}
    assert stored["anything"] == {"perSecond": [None]}, "what is inside a JSON value is not ours to rename"
    assert api_form(Outer, stored) == RIGHT
    made = read(Outer, {**stored, "of_a_later_release": 1})
    assert made.inner == Inner(3, "hex")
    assert made.several == [Inner(), Inner(4)]
    assert made.at == datetime(2027, 5, 1, 12, tzinfo=timezone.utc)


def test_defaults_are_left_out_and_filled_in() -> None:
    assert without_defaults(Outer, {"name": "a", "inner": {"per_second": 5, "encoding": "hex"}, "on": False}) == {
        "name": "a",
        "inner": {"encoding": "hex"},
    }
    assert without_defaults(Outer, {"name": "a", "on": 0}) == {"name": "a", "on": 0}, "0 is not false"
    assert with_defaults(Outer, {"name": "a", "inner": {"encoding": "hex"}}) == {
        "name": "a",
        "inner": {"per_second": 5, "encoding": "hex"},
        "on": False,
    }


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-20, 20) | st.sampled_from(["HEX", "hex", "a", "2027-05-01T12:00:00Z"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["name", "inner", "perSecond", "per_second", "encoding", "several", "on"]), inner
        )
    ),
    max_leaves=8,
)


@settings(max_examples=examples(200), deadline=None)
@given(_JSON)
def test_schema_and_checks_agree(value: Any) -> None:
    """But for the checks that JSON Schema cannot express, and integers that are written with a point."""
    schema = jsonschema_rs.validator_for(json_schema(Inner))
    # JSON Schema does not know that 7 is refused.
    seven = isinstance(value, dict) and value.get("perSecond") == 7
    fine = not problems_of(Inner, {**value, "perSecond": 1} if seven else value, ("inner",))
    assert schema.is_valid(value) == fine


def test_schema_knows_bounds_words_and_descriptions() -> None:
    found: Any = json_schema(SourceSettings)
    rate = found["$defs"]["SourceRate"]["properties"]["perSecond"]
    assert {"type": "integer", "minimum": 1, "maximum": 10_000} in rate["anyOf"]
    assert rate["description"] == fields_of(fields_of(SourceSettings)["rate_limit"].type)["per_second"].says.text
    assert found["additionalProperties"] is False


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        (SourceSettings, "SourceIntakeInput"), (HmacOptions, "SourceVerificationInput"), (SchedulePlan, "SchedulePlanInput"),
        (EndpointSettings, "SaveWebhookEndpointInput"), (BudgetSettings, "SetBudgetInput"), (RetentionDays, "RetentionDaysInput"),
        (SECTIONS["rules"], "SaveRuleInput"), (SECTIONS["schedules"], "SaveScheduleInput"), (SECTIONS["sources"], "SaveSourceInput"),
        (SECTIONS["eventTypes"], "SaveEventTypeInput"), (SECTIONS["secrets"], "SaveSecretInput"),
    ],
)  # fmt: skip
def test_inputs_have_the_fields_of_the_declaration(shape: type[Any], name: str) -> None:
    from graphql_schema.schema import tenant_schema

    types = tenant_schema._schema.type_map

    def compare(kind: type[Any], fields: Any) -> None:
        declared = [field.api_name for field in fields_of(kind).values()]
        assert list(fields)[: len(declared)] == declared
        for field in fields_of(kind).values():
            if field.nested is not None:
                compare(field.nested, get_named_type(fields[field.api_name].type).fields)

    compare(shape, types[name].fields)


@dataclass(frozen=True)
class Wider:
    """Inner with one more field, as an edit would make it."""

    per_second: Annotated[int, Whole(1, 10), Says("Webhooks per second.")] = 5
    added_later: Annotated[int, Whole(1, 3), Says("A new option.", null="Null: 2.")] = 2


@input_of(Wider)
class WiderInput(ShapeInput):
    pass


@output_of(Wider, "Wider.")
class WiderShown:
    pass


@strawberry.type
class Query:
    @strawberry.field
    def wider(self, given: WiderInput) -> WiderShown:
        return shown(read(Wider, given.stored()))


def test_new_field_of_a_shape_reaches_all_forms() -> None:
    assert [one.message for one in problems_of(Wider, {"addedLater": 9}, ("x",))] == [
        "addedLater must be a whole number from 1 to 3."
    ]
    assert "addedLater" in as_object(json_schema(Wider)["properties"])
    assert stored_form(Wider, {"addedLater": 3}) == {"added_later": 3}
    schema = strawberry.Schema(Query)
    assert "addedLater: Int = null" in schema.as_str()
    asked = schema.execute_sync("{ wider(given: {addedLater: 3}) { perSecond addedLater } }")
    assert asked.data == {"wider": {"perSecond": 5, "addedLater": 3}}
    default = schema.execute_sync("{ wider(given: {perSecond: 6}) { perSecond addedLater } }")
    assert default.data == {"wider": {"perSecond": 6, "addedLater": None}}


def test_input_that_differs_from_its_shape_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="WrongInput has fields that Inner does not have: speed"):

        @input_of(Inner)
        class WrongInput(ShapeInput):
            speed: int | None


class Speed(enum.Enum):
    SLOW = "slow"
    FAST = "fast"


strawberry.enum(Speed)


@dataclass(frozen=True)
class Saved:
    slug: Annotated[str, Says("The name.")]
    speed: Annotated[str, OneOf(("slow", "fast"), shouted=True), Says("The speed.")] = "slow"
    note: Annotated[str | None, Says("A note.")] = None
    later: Annotated[str | None, Says("Only in the file.")] = None


@input_of(Saved, only=("slug", "speed", "note"), tells_null=True)
class SaveInput(ShapeInput):
    speed: Speed
    expected_revision: int | None = None


def test_save_input_has_chosen_fields_enums_and_fields_of_its_own() -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def saved(self, wanted: SaveInput) -> str:
            note = getattr(wanted, "note")  # noqa: B009 - made by input_of
            return f"{wanted.stored()} {note is strawberry.UNSET} {wanted.expected_revision}"

    schema = strawberry.Schema(Query)
    assert "later" not in schema.as_str()
    assert "speed: Speed! = SLOW" in schema.as_str()
    for fields, answer in {
        '{slug: "a"}': "{'slug': 'a', 'speed': 'slow'} True None",
        '{slug: "a", speed: FAST, note: null, expectedRevision: 3}': "{'slug': 'a', 'speed': 'fast'} False 3",
    }.items():
        assert schema.execute_sync(f"{{ saved(wanted: {fields}) }}").data == {"saved": answer}


def test_schema_for_editors_accepts_a_whole_configuration() -> None:
    validator = jsonschema_rs.validator_for(json.loads(page()))
    assert validator.is_valid(whole())
    assert not validator.is_valid({"rules": [{"slug": "r", "name": "R", "workflow": "w"}]})
    assert not validator.is_valid({"sources": [{"slug": "s", "scheme": "HMAC", "intake": {"maxBytes": 1}}]})


def test_every_section_has_a_schema() -> None:
    for shape in SECTIONS.values():
        jsonschema_rs.validator_for(json_schema(shape))
