"""The shape of a configuration: sections with entries. An entry has the fields of a ``save`` mutation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from automate.events.event_types.names import check_name
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.shape_checks import problems_of
from automate.kernel.shapes import Checked, CheckedLater, OneOf, ShapeClass, Spell, fields_of, names
from automate.kernel.text import check_integer, check_pattern, check_slug, check_text
from automate.notices.policy import NoticeSettings
from automate.rules.predicate import check_rule
from automate.rules.windows.options import Options
from automate.triggers.schedules.plan import SchedulePlan
from automate.triggers.schemes import Scheme
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import SourceSettings
from automate.vault.rules import NAME, WANTED_NAME

Path = tuple[str | int, ...]
Entry = dict[str, JsonValue]
Found = tuple[str, Path]
"""What is wrong, and where."""

THE_POLICY = "default"
"""The name of the notice policy. Each tenant has one policy."""

MOST_OBJECTS = 1_000
"""The maximum of objects of one kind, because one transaction reads all of them."""


def _slug_problems(slug: str) -> tuple[Problem, ...]:
    check_slug(slug)
    return ()


def _name_problems(name: str) -> tuple[Problem, ...]:
    check_text(name, path=["name"], most=LIMITS.name_characters)
    return ()


def _secret_problems(name: str) -> tuple[Problem, ...]:
    check_pattern(name, NAME, path=["name"], wanted=WANTED_NAME)
    return ()


def _type_problems(name: str) -> tuple[Problem, ...]:
    check_name(name)
    return ()


def _priority_problems(priority: int) -> tuple[Problem, ...]:
    check_integer(priority, path=["priority"], most=LIMITS.rule_priority)
    return ()


_Slug = Annotated[str, Checked("a text", _slug_problems)]
_Name = Annotated[str, Checked("a text", _name_problems)]
_Condition = Annotated[JsonValue, Checked("a condition", lambda condition: check_rule(condition).problems)]


@dataclass(frozen=True)
class SecretEntry:
    name: Annotated[str, Checked("a text", _secret_problems)]
    allowed_hosts: list[str] | None = None
    allowed_connectors: list[str] | None = None
    allowed_workflows: list[str] | None = None


@dataclass(frozen=True)
class SearchKeyEntry:
    name: str
    expression: str


@dataclass(frozen=True)
class EventTypeEntry:
    name: Annotated[str, Checked("a text", _type_problems)]
    schema: Annotated[dict[str, Any] | None, Checked("a JSON Schema")] = None
    on_mismatch: Annotated[str | None, OneOf(("FLAG", "REJECT"))] = None
    search_keys: list[SearchKeyEntry] | None = None
    sensitive_paths: list[str] | None = None


@dataclass(frozen=True)
class SourceEntry:
    slug: _Slug
    scheme: Annotated[str, OneOf(tuple(scheme.value for scheme in Scheme))]
    secrets: list[str] | None = None
    options: dict[str, Any] | None = None
    # Checked together with the secrets, for the scheme of the source.
    verification: Annotated[HmacOptions | None, CheckedLater()] = None
    intake: Annotated[SourceSettings | None, CheckedLater()] = None
    enabled: bool | None = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if given.get("options") is not None and given.get("verification") is not None:
            yield Problem("BAD_USER_INPUT", "Give verification or options, not both.", ("options",))


@dataclass(frozen=True)
class WebhookEndpointEntry:
    slug: _Slug
    url: str
    secrets: list[str] | None = None
    enabled: bool | None = None


@dataclass(frozen=True)
class WorkflowEntry:
    slug: _Slug
    name: _Name
    definition: dict[str, Any]
    published: bool | None = None
    draft: dict[str, Any] | None = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if given.get("published") is False and given.get("draft") is not None:
            message = "The definition of an unpublished workflow is its draft. Leave out one of published and draft."
            yield Problem("BAD_USER_INPUT", message, ("draft",))


@dataclass(frozen=True)
class RuleEntry:
    slug: _Slug
    name: _Name
    workflow: Annotated[str, Checked("the slug of a workflow")]
    when: _Condition
    enabled: bool | None = None
    priority: Annotated[int | None, Checked("a whole number", _priority_problems)] = None
    options: Options | None = None


@dataclass(frozen=True)
class ScheduleEntry:
    slug: _Slug
    name: _Name
    plan: SchedulePlan
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    jitter_seconds: int | None = None
    event_type: str | None = None
    data: JsonValue = None
    overlap: Annotated[str | None, OneOf(("allow", "skip", "queue"), shouted=True)] = None
    catch_up: Annotated[str | None, OneOf(("collapse", "each"), shouted=True)] = None
    catch_up_seconds: int | None = None


@dataclass(frozen=True, kw_only=True)
class NoticePolicyEntry(NoticeSettings):
    name: Annotated[str, OneOf((THE_POLICY,))]


@dataclass(frozen=True)
class Configuration:
    """The sections of a configuration, in the order in which they are applied.

    A workflow may depend on a secret's usage rules, so secrets precede workflows. Workflows precede their rules.
    """

    secrets: list[SecretEntry] | None = None
    event_types: list[EventTypeEntry] | None = None
    sources: list[SourceEntry] | None = None
    webhook_endpoints: list[WebhookEndpointEntry] | None = None
    workflows: list[WorkflowEntry] | None = None
    rules: list[RuleEntry] | None = None
    schedules: list[ScheduleEntry] | None = None
    notice_policies: list[NoticePolicyEntry] | None = None


SECTIONS: Mapping[str, ShapeClass] = {field.api_name: field.type for field in fields_of(Configuration).values()}
"""The shape of an entry, by section."""


def key_of(section: str) -> str:
    """Return the name of the field that identifies an object of a section."""
    return next(field.api_name for field in fields_of(SECTIONS[section]).values() if field.required)


def shape_problems(value: JsonValue, *, may_be_empty: bool = False) -> Iterator[Found]:
    """The problems that can be found without reading the tenant's objects. Each has its path."""
    sections = value if isinstance(value, dict) else {}
    for name, section in sections.items():
        if name in SECTIONS and isinstance(section, list) and len(section) > MOST_OBJECTS:
            yield f"{name} has {len(section):,} objects; at most {MOST_OBJECTS:,} are applied at once.", (name,)
            return
    for problem in problems_of(Configuration, value, ()):
        yield problem.message, problem.path
    for name in SECTIONS:
        if isinstance(section := sections.get(name), list):
            yield from _repeated(name, section)
    if isinstance(value, dict) and not may_be_empty and all(sections.get(name) in (None, []) for name in SECTIONS):
        yield f"There is nothing to apply. A file has {names(Configuration)}.", ()


def _repeated(name: str, section: Sequence[JsonValue]) -> Iterator[Found]:
    seen: set[str] = set()
    key = key_of(name)
    for number, entry in enumerate(section):
        named = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(named, str) and named in seen:
            yield f"{key} is {named!r}, which {name} has twice. Use each {key} once.", (name, number, key)
        elif isinstance(named, str):
            seen.add(named)
