"""Everything in the schemas has a description, and a column is described once: in its model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLSchema, build_schema, is_enum_type


def schemas() -> dict[str, GraphQLSchema]:
    from graphql_schema.account.schema import account_schema
    from graphql_schema.schema import platform_schema, tenant_schema

    made = {"tenant": tenant_schema, "platform": platform_schema, "account": account_schema}
    return {name: schema._schema for name, schema in made.items()}


def undescribed(schema: GraphQLSchema) -> Iterator[str]:
    """The coordinates of types, fields, arguments and enum values without a description."""
    for name, kind in schema.type_map.items():
        if name.startswith("__"):
            continue
        below: list[tuple[str, Any]] = [(name, kind)]
        if is_enum_type(kind):
            below += [(f"{name}.{value}", found) for value, found in kind.values.items()]
        for field_name, field in getattr(kind, "fields", {}).items():
            below.append((f"{name}.{field_name}", field))
            for argument_name, argument in getattr(field, "args", {}).items():
                below.append((f"{name}.{field_name}({argument_name}:)", argument))
        yield from (coordinate for coordinate, found in below if not (found.description or "").strip())


@pytest.mark.parametrize("name", ["tenant", "platform", "account"])
def test_everything_is_described(name: str) -> None:
    schema = schemas()[name]
    assert len(schema.type_map) > 10
    assert list(undescribed(schema)) == []


def test_undescribed_parts_are_found() -> None:
    """The sabotaged twin."""
    sabotaged = build_schema(
        '"Reads." type Query { a(b: C): Int }\n"An enum." enum C { "A value." D E }\n"An input." input F { g: Int }'
    )
    assert [one for one in undescribed(sabotaged) if one[0] in "QCF"] == ["Query.a", "Query.a(b:)", "C.E", "F.g"]


def test_every_column_of_ours_has_a_help_text() -> None:
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.startswith(("automate.", "tenants."))]
    assert len(ours) > 50
    inherited = {
        "id",
        "password",
        "last_login",
        "is_superuser",
        "groups",
        "user_permissions",
        "schema_name",
        "expire_date",
    }
    missing = [
        f"{model.__name__}.{field.name}"
        for model in ours
        for field in model._meta.fields
        if not field.help_text and field.name not in inherited and field.model.__name__ != "Domain"
    ]
    assert missing == []


def test_types_of_stored_things_are_of_their_models() -> None:
    """Each type that has a global id is made of its model, so that a column is described there alone."""
    from graphql_schema.schema import platform_schema, tenant_schema

    plain = []
    for schema in (tenant_schema._schema, platform_schema._schema):
        for kind in schema.get_possible_types(schema.type_map["Node"]):  # type: ignore[arg-type]
            origin = kind.extensions["strawberry-definition"].origin
            if not hasattr(origin, "__strawberry_django_definition__"):
                plain.append(kind.name)
    assert plain == []


def test_big_integers_are_big_ints_and_ids_are_global() -> None:
    """The library would show a column of 64 bits as an Int, which has 32, and a UUID as the id of a row."""
    from django.db.models import BigIntegerField
    from graphql import get_named_type

    from graphql_schema.schema import tenant_schema

    schema, seen = tenant_schema._schema, 0
    for kind in schema.type_map.values():
        origin = getattr(kind.extensions.get("strawberry-definition"), "origin", None)
        found = getattr(origin, "__strawberry_django_definition__", None)
        if found is None:
            continue
        assert "id" not in kind.fields or str(kind.fields["id"].type) == "ID!", kind
        for field in kind.extensions["strawberry-definition"].fields:
            if isinstance(getattr(found.model, field.python_name, None), property):
                continue
            column = {one.name: one for one in found.model._meta.fields}.get(field.python_name)
            if isinstance(column, BigIntegerField):
                name = tenant_schema.config.name_converter.get_graphql_name(field)
                assert get_named_type(kind.fields[name].type).name == "BigInt", (kind, name)
                seen += 1
    assert seen >= 2


def test_enums_of_columns_hold_the_values_of_the_tables_of_moves() -> None:
    """A state that is added to a table of moves, and not to its enum, would be an internal error for clients."""
    from automate.effects import states as effect_states
    from automate.mail.models import STATES as MAIL_STATES
    from automate.outbox.states import STATES
    from automate.rules.backtests.states import MOVES
    from automate.rules.windows.words import OUTCOMES, WINDOWED
    from automate.runs import states
    from automate.triggers.schedules import words
    from graphql_schema import enums

    for kind, values in (
        (enums.RunState, states.RUN_MOVES),
        (enums.StepState, states.STEP_MOVES),
        (enums.EffectState, effect_states.EFFECT_MOVES),
        (enums.BreakerState, effect_states.BREAKER_MOVES),
        (enums.ApprovalState, states.APPROVAL_MOVES),
        (enums.BulkState, states.BULK_MOVES),
        (enums.BulkOutcome, states.BULK_OUTCOMES),
        (enums.OutboxJobState, STATES),
        (enums.MailState, MAIL_STATES),
        (enums.BacktestState, MOVES),
        (enums.RuleWindowOption, WINDOWED),
        (enums.RuleWindowOutcome, set(OUTCOMES) - {""}),
        (enums.ScheduleOverlap, words.OVERLAPS),
        (enums.ScheduleCatchUp, words.CATCH_UPS),
        (enums.ScheduleTickOutcome, words.OUTCOMES),
    ):
        assert set(kind.values) == set(values), kind


def test_new_description_alone_makes_no_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.management import call_command

    from automate.endpoints.models import WebhookEndpoint

    monkeypatch.setattr(WebhookEndpoint._meta.get_field("url"), "help_text", "Other words.")
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_new_column_still_makes_a_migration(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin."""
    from django.core.management import call_command

    from automate.endpoints.models import WebhookEndpoint

    monkeypatch.setattr(WebhookEndpoint._meta.get_field("url"), "max_length", 4096)
    with pytest.raises(SystemExit):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
