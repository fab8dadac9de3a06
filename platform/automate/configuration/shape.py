"""The shape of a configuration: sections with entries. Each entry has the same fields as a ``save`` mutation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from automate.endpoints.settings import EndpointSettings
from automate.events.event_types.names import check_name
from automate.events.event_types.search_keys import SearchKey
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.problems import Problem
from automate.kernel.shape_checks import problems_of
from automate.kernel.shapes import Checked, CheckedLater, OneOf, Says, ShapeClass, Spell, fields_of, names
from automate.kernel.text import check_integer, check_pattern, check_slug, check_text
from automate.notices.policy import NoticeSettings
from automate.rules.predicate import check_rule
from automate.rules.windows.options import Options
from automate.triggers.schedules.plan import MOST_JITTER_SECONDS, SchedulePlan
from automate.triggers.schedules.words import ALLOW, CATCH_UP_SECONDS, CATCH_UPS, COLLAPSE, OVERLAPS, TICK_TYPE
from automate.triggers.schemes import Scheme
from automate.triggers.schemes.options import HmacOptions
from automate.triggers.source_settings import SourceSettings
from automate.vault.rules import NAME, WANTED_NAME

Path = tuple[str | int, ...]
Entry = dict[str, JsonValue]
Found = tuple[str, Path]
"""A problem: its message, and its path."""

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


def _condition_problems(condition: JsonValue) -> Sequence[Problem]:
    return check_rule(condition).problems


_Slug = Annotated[
    str, Checked("a text", _slug_problems), Says("The name in URLs and references. It is unique in the tenant.")
]
_Name = Annotated[str, Checked("a text", _name_problems), Says("The name that people see.")]


@dataclass(frozen=True)
class SecretEntry:
    name: Annotated[
        str,
        Checked("a text", _secret_problems),
        Says("The name of the secret, such as STRIPE_KEY. Steps name it as $secret:STRIPE_KEY."),
    ]
    allowed_hosts: Annotated[
        list[str] | None,
        Says(
            "The hosts to which a call with the secret may go: api.example.com, or *.example.com for all subdomains. "
            "Each may have a :port."
        ),
    ] = None
    allowed_connectors: Annotated[
        list[str] | None, Says("The connectors that may use the secret, such as http.request.")
    ] = None
    allowed_workflows: Annotated[list[str] | None, Says("The slugs of the workflows that may use the secret.")] = None


@dataclass(frozen=True)
class EventTypeEntry:
    name: Annotated[str, Checked("a text", _type_problems), Says("The type of the events, such as `order.created`.")]
    schema: Annotated[
        dict[str, object] | None,
        Checked("a JSON Schema"),
        Says(
            "JSON Schema of the payload, at most 64 KiB.",
            null="Null keeps the stored schema. An empty object removes it.",
        ),
    ] = None
    on_mismatch: Annotated[
        str | None,
        OneOf(("flag", "reject"), shouted=True),
        Says(
            "What happens to events that do not match the schema.",
            null="Null keeps the stored choice. A new event type has FLAG.",
        ),
    ] = None
    search_keys: Annotated[
        list[SearchKey] | None,
        Says("Values by which events can be found: at most 10.", null="Null keeps the stored keys."),
    ] = None
    sensitive_paths: Annotated[
        list[str] | None,
        Says(
            "Paths of sensitive values, such as `payload.customer.email`: at most 50. People and logs never see these "
            "values.",
            null="Null keeps the stored paths.",
        ),
    ] = None


@dataclass(frozen=True)
class SourceEntry:
    slug: _Slug
    scheme: Annotated[
        str,
        OneOf(tuple(scheme.value for scheme in Scheme)),
        Says("How the sender of a request is verified."),
    ]
    secrets: Annotated[
        list[str] | None,
        Says("The secrets that are accepted, newest first.", null="Null keeps the stored secrets."),
    ] = None
    options: Annotated[
        dict[str, object] | None,
        Says(
            "The options of the scheme as a JSON object, with names such as timestamp_header. It is another form of "
            "`verification`.",
            null="Null keeps the stored options of the same scheme.",
        ),
    ] = None
    # Checked together with the secrets, for the scheme of the source.
    verification: Annotated[
        HmacOptions | None,
        CheckedLater(),
        Says(
            "The options of the scheme. They replace all stored options.",
            null="Null keeps the stored options of the same scheme.",
        ),
    ] = None
    intake: Annotated[
        SourceSettings | None,
        CheckedLater(),
        Says(
            "The limits of the source, and where it reads values of an event. They replace all stored settings.",
            null="Null keeps the stored settings.",
        ),
    ] = None
    enabled: Annotated[
        bool | None,
        Says("Whether the source accepts events.", null="Null keeps the stored value. A new source is enabled."),
    ] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if given.get("options") is not None and given.get("verification") is not None:
            yield Problem("BAD_USER_INPUT", "Give verification or options, not both.", ("options",))


@dataclass(frozen=True)
class WorkflowEntry:
    slug: _Slug
    name: _Name
    definition: Annotated[dict[str, object], Says("The definition. The definition of a draft may be invalid.")]
    published: Annotated[
        bool | None, Says("Whether the definition is published. False: it is the draft. The default is true.")
    ] = None
    draft: Annotated[dict[str, object] | None, Says("The draft, if it differs from the published definition.")] = None

    @staticmethod
    def wrong(given: Mapping[str, JsonValue], _spell: Spell) -> Iterator[Problem]:
        if given.get("published") is False and given.get("draft") is not None:
            message = "The definition of an unpublished workflow is its draft. Leave out one of published and draft."
            yield Problem("BAD_USER_INPUT", message, ("draft",))


@dataclass(frozen=True)
class RuleEntry:
    slug: _Slug
    name: _Name
    workflow: Annotated[str, Checked("the slug of a workflow"), Says("The slug of the workflow that a match starts.")]
    when: Annotated[
        JsonValue,
        Checked("a condition", _condition_problems),
        Says("The condition, in JsonLogic over type, source, subject, payload, headers and occurred_at."),
    ]
    enabled: Annotated[
        bool | None,
        Says("Whether the rule matches events.", null="Null keeps the stored value. A new rule is enabled."),
    ] = None
    priority: Annotated[
        int,
        Checked("a whole number", _priority_problems),
        Says("Rules with a higher priority are matched first."),
    ] = 0
    options: Annotated[
        Options | None,
        Says(
            "How often, and when, matches start runs.",
            null="Null keeps the stored options. An empty object removes them.",
        ),
    ] = None


@dataclass(frozen=True)
class ScheduleEntry:
    slug: _Slug
    name: _Name
    plan: Annotated[SchedulePlan, Says("When the schedule ticks.")]
    starts_at: Annotated[
        datetime | None, Says("The time before which no tick comes. It cannot be combined with `at`.")
    ] = None
    ends_at: Annotated[
        datetime | None, Says("The time from which on no tick comes. It cannot be combined with `at`.")
    ] = None
    jitter_seconds: Annotated[
        int,
        Says(
            f"The largest delay of a tick, in seconds: at most {MOST_JITTER_SECONDS}. The delay of a tick is random, "
            "but does not change."
        ),
    ] = 0
    event_type: Annotated[
        str,
        Says("The type of the events that the schedule makes. The slug of the schedule is their subject."),
    ] = TICK_TYPE
    data: Annotated[JsonValue, Says("The `payload.data` of each event.")] = None
    overlap: Annotated[
        str,
        OneOf(OVERLAPS, shouted=True),
        Says("What happens at a tick while runs of an earlier tick are open."),
    ] = ALLOW
    catch_up: Annotated[str, OneOf(CATCH_UPS, shouted=True), Says("What happens if several ticks are late.")] = COLLAPSE
    catch_up_seconds: Annotated[
        int,
        Says("A tick that is late by more than this many seconds is skipped and counts as missed."),
    ] = CATCH_UP_SECONDS


@dataclass(frozen=True, kw_only=True)
class NoticePolicyEntry(NoticeSettings):
    name: Annotated[str, OneOf((THE_POLICY,))]


@dataclass(frozen=True)
class Configuration:
    """The sections of a configuration, in the order in which they are applied.

    A workflow can depend on a secret's usage rules, so secrets precede workflows. Workflows precede their rules.
    """

    secrets: list[SecretEntry] | None = None
    event_types: list[EventTypeEntry] | None = None
    sources: list[SourceEntry] | None = None
    webhook_endpoints: list[EndpointSettings] | None = None
    workflows: list[WorkflowEntry] | None = None
    rules: list[RuleEntry] | None = None
    schedules: list[ScheduleEntry] | None = None
    notice_policies: list[NoticePolicyEntry] | None = None


SECTIONS: Mapping[str, ShapeClass] = {field.api_name: field.type for field in fields_of(Configuration).values()}
"""The shape of an entry, by section."""


def key_of(section: str) -> str:
    """Return the name of the field that identifies each entry in a section."""
    return next(field.api_name for field in fields_of(SECTIONS[section]).values() if field.required)


def shape_problems(value: JsonValue, *, may_be_empty: bool = False) -> Iterator[Found]:
    """Yield the problems of a configuration, each with its path. The tenant's objects are not read."""
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
            yield f"{name} has two entries with the {key} {named!r}. Use each {key} once.", (name, number, key)
        elif isinstance(named, str):
            seen.add(named)
