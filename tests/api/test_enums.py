"""Roles, topics and effects are enums of the tables that declare them, and an error for an unknown value lists the values."""

from __future__ import annotations

import re
import uuid
from typing import Any, get_args

import pytest
from graphql import GraphQLEnumType, get_named_type

from automate.kernel.permissions import MEMBER_ROLES, PLATFORM_ROLE
from automate.kernel.tenancy import acting_for
from automate.outbox import claims
from automate.outbox.registry import registry
from automate.workflows.connectors import Effect
from tests.api.test_descriptions import schemas
from tests.conftest import NewTenant
from tests.support.api import Api

ROLE_NAMES = ["OWNER", "ADMIN", "EDITOR", "OPERATOR", "VIEWER"]
TABLES = {
    "MemberRole": MEMBER_ROLES,
    "CallerRole": (*MEMBER_ROLES, PLATFORM_ROLE),
    "OutboxJobTopic": tuple(registry()),
    "EffectClass": get_args(Effect),
}
CREATE = "mutation ($input: CreateTokenInput!) { createToken(input: $input) { value token { role } errors { code } } }"
JOBS = "query ($topics: [OutboxJobTopic!]) { outboxJobs(filter: {topics: $topics}) { edges { node { topic } } } }"


@pytest.mark.parametrize("name", TABLES)
def test_enum_has_the_values_of_its_table(name: str) -> None:
    kind = schemas()["tenant"].type_map[name]
    assert isinstance(kind, GraphQLEnumType)
    assert {value.value for value in kind.values.values()} == {*TABLES[name]}


ENUMS = {"role", "roles", "topic", "topics", "effect"}


def strings(schema: Any) -> list[str]:
    """The coordinates of fields, inputs and arguments that are named as one of ENUMS and are strings."""
    found = []
    for name, kind in schema.type_map.items():
        for field_name, field in getattr(kind, "fields", {}).items():
            places = {field_name: field, **getattr(field, "args", {})}
            found += [
                f"{name}.{field_name}.{place}"
                for place, one in places.items()
                if place in ENUMS and get_named_type(one.type).name == "String"
            ]
    return found


@pytest.mark.parametrize("name", ["tenant", "platform", "account"])
def test_no_role_topic_or_effect_is_a_string(name: str) -> None:
    assert strings(schemas()[name]) == []


def test_string_would_be_found() -> None:
    """The sabotaged twin."""
    from graphql import build_schema

    made = build_schema("type Query { jobs(topics: [String!]): Job } type Job { topic: String! state: String }")
    assert strings(made) == ["Query.jobs.topics", "Job.topic.topic"]


def test_role_is_given_and_shown_by_its_name(api: Api) -> None:
    made = api.data(CREATE, input={"name": "ci", "role": "VIEWER"})["createToken"]
    assert (made["token"], made["errors"]) == ({"role": "VIEWER"}, [])


def test_stored_value_of_an_earlier_client_is_accepted_in_a_variable(api: Api) -> None:
    assert api.data(CREATE, input={"name": "ci", "role": "viewer"})["createToken"]["token"] == {"role": "VIEWER"}


@pytest.mark.parametrize("role", ["emperor", "platform", "PLATFORM", "", 7, ["OWNER"], None])
def test_unknown_role_is_refused_with_all_values(api: Api, role: object) -> None:
    (error,) = api.answer(CREATE, input={"name": "ci", "role": role})["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    if role is not None:
        assert error["message"].endswith(f"Use one of {', '.join(ROLE_NAMES)}.")
        assert error["extensions"]["details"] == {"values": ROLE_NAMES}


@pytest.mark.parametrize("written", ["EMPEROR", '"owner"', "owner", "7"])
def test_unknown_value_in_a_document_is_refused_with_all_values(api: Api, written: str) -> None:
    (error,) = api.answer(f'mutation {{ createToken(input: {{name: "ci", role: {written}}}) {{ value }} }}')["errors"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert re.search(rf"Use one of {', '.join(ROLE_NAMES)}\.$", error["message"])
    assert error["extensions"]["details"] == {"values": ROLE_NAMES}


def test_values_are_not_named_where_introspection_is_off(api: Api, settings_of: Any) -> None:
    with settings_of(GRAPHQL_INTROSPECTION=False):
        (error,) = api.answer('mutation { createToken(input: {name: "ci", role: EMPEROR}) { value } }')["errors"]
    assert ("OWNER" in str(error), error["extensions"]["details"]) == (False, {})


def test_jobs_are_filtered_by_topic(tenant: NewTenant, api: Api) -> None:
    with acting_for(tenant.ref):
        for topic in ("mail.send", "notice.tell"):
            claims.enqueue(tenant.ref.id, topic, [(uuid.uuid4(), uuid.uuid4(), "0" * 32)], max_attempts=1)
    for asked, found in ((["MAIL_SEND"], ["MAIL_SEND"]), (None, ["NOTICE_TELL", "MAIL_SEND"]), ([], [])):
        edges = api.data(JOBS, topics=asked)["outboxJobs"]["edges"]
        assert sorted(edge["node"]["topic"] for edge in edges) == sorted(found)
    (error,) = api.answer(JOBS, topics=["mail.sent"])["errors"]
    assert "MAIL_SEND" in error["extensions"]["details"]["values"]


def test_connectors_declare_their_effect(api: Api) -> None:
    found = api.data("{ connectors { name effect } }")["connectors"]
    assert {one["name"]: one["effect"] for one in found}["log.write"] == "IDEMPOTENT"


def test_only_former_values_are_deprecated() -> None:
    """Members of two enums with the same stored value are equal texts, so a reason could reach the wrong enum."""
    found = {
        f"{kind.name}.{name}"
        for schema in schemas().values()
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLEnumType) and not kind.name.startswith("__")
        for name, value in kind.values.items()
        if value.deprecation_reason is not None
    }
    assert found == {"ApprovalOutcome.APPROVE", "ApprovalOutcome.REJECT"}
