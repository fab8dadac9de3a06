"""The shape of a configuration: sections with entries. An entry has the fields of a ``save`` mutation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automate.configuration.plans import parse_timestamp
from automate.configuration.spelling import stored_options
from automate.events.event_types.names import check_name
from automate.kernel.errors import Json, NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_integer, check_pattern, check_slug, check_text
from automate.rules.predicate import check_rule
from automate.rules.windows.options import option_problems
from automate.triggers.schemes import Scheme
from automate.vault.rules import NAME, WANTED_NAME

Path = tuple[str | int, ...]
Entry = dict[str, Json]
Found = tuple[str, Path]
"""What is wrong, and where."""

THE_POLICY = "default"
"""The name of the notice policy. Each tenant has one policy."""

MOST_OBJECTS = 1_000
"""The maximum of objects of one kind, because one transaction reads all of them."""


@dataclass(frozen=True)
class Field:
    """One field of an entry."""

    kind: type
    """The Python type of the JSON value. ``object`` allows any value."""
    words: str
    """The kind, for people."""
    required: bool = False
    check: Callable[[Any], object] | None = None
    """Raises the NormalizedError with which the API would refuse a value."""
    members: Mapping[str, Field] | None = None
    """The members of a mapping, or of each element of a list."""
    one: bool = False
    """Exactly one of ``members`` must be given."""


def _check_name(name: str) -> None:
    check_text(name, path=["name"], most=LIMITS.name_characters)


def _check_secret_name(name: str) -> None:
    check_pattern(name, NAME, path=["name"], wanted=WANTED_NAME)


def _check_priority(priority: int) -> None:
    check_integer(priority, path=["priority"], most=LIMITS.rule_priority)


def _words(*words: str, name: str = "this", required: bool = False) -> Field:
    def check(value: str) -> None:
        if value not in words:
            raise NormalizedError("BAD_USER_INPUT", f"{name} must be one of {', '.join(words)}")

    return Field(str, "a text", required=required, check=check)


_SLUG = Field(str, "a text", required=True, check=check_slug)
_NAME = Field(str, "a text", required=True, check=_check_name)
_TEXT, _NUMBER = Field(str, "a text"), Field(int, "a whole number")
_SWITCH, _TEXTS = Field(bool, "true or false"), Field(list, "a list of texts")
_TIMESTAMP = Field(str, "a timestamp in quotes, such as 2027-05-01T12:00:00Z", check=parse_timestamp)
_PLACE: Mapping[str, Field] = {"header": _TEXT, "expression": _TEXT}
_KEY: Mapping[str, Field] = {"key": _TEXT}
_SEARCH_KEY: Mapping[str, Field] = {
    "name": Field(str, "a text", required=True),
    "expression": Field(str, "a text", required=True),
}
OPTIONS: Mapping[str, Field] = {
    "stop": _SWITCH,
    "rateLimit": Field(dict, "a mapping", members={"limit": _NUMBER, "periodSeconds": _NUMBER, **_KEY}),
    "debounce": Field(dict, "a mapping", members={"periodSeconds": _NUMBER, "maxWaitSeconds": _NUMBER, **_KEY}),
    "throttle": Field(
        dict, "a mapping", members={"limit": _NUMBER, "periodSeconds": _NUMBER, "burst": _NUMBER, **_KEY}
    ),
    "count": Field(dict, "a mapping", members={"atLeast": _NUMBER, "withinSeconds": _NUMBER, **_KEY}),
    "absence": Field(
        dict,
        "a mapping",
        members={"unless": Field(object, "a condition"), "withinSeconds": _NUMBER, **_KEY, "unlessKey": _TEXT},
    ),
}
"""The options of a rule. ``option_problems`` has further checks."""
VERIFICATION: Mapping[str, Field] = {
    "header": _TEXT,
    "prefix": _TEXT,
    "encoding": _words("HEX", "BASE64", "BASE64URL"),
    "algorithm": _words("SHA256", "SHA1", "SHA512"),
    "signs": _TEXT,
    "timestampHeader": _TEXT,
    "idHeader": _TEXT,
    "toleranceSeconds": _NUMBER,
    "trustUnsignedHeaders": _SWITCH,
}
INTAKE: Mapping[str, Field] = {
    "rateLimit": Field(dict, "a mapping", members={"perSecond": _NUMBER, "burst": _NUMBER}),
    "maxBytes": _NUMBER,
    "idempotencyKey": Field(dict, "a mapping", members={**_PLACE, "keepSeconds": _NUMBER}),
    "eventType": Field(dict, "a mapping", members=_PLACE),
    "subject": Field(dict, "a mapping", members=_PLACE),
    "keepDeliveriesDays": _NUMBER,
}
PLAN: Mapping[str, Field] = {
    "cron": Field(
        dict, "a mapping", members={"expression": Field(str, "a text", required=True), "timezone": Field(str, "a text")}
    ),
    "interval": Field(dict, "a mapping", members={"everySeconds": Field(int, "a whole number", required=True)}),
    "at": _TIMESTAMP,
}
SECTIONS: Mapping[str, Mapping[str, Field]] = {
    "secrets": {
        "name": Field(str, "a text", required=True, check=_check_secret_name),
        "allowedHosts": _TEXTS,
        "allowedConnectors": _TEXTS,
        "allowedWorkflows": _TEXTS,
    },
    "eventTypes": {
        "name": Field(str, "a text", required=True, check=check_name),
        "schema": Field(dict, "a JSON Schema"),
        "onMismatch": _words("FLAG", "REJECT", name="onMismatch"),
        "searchKeys": Field(list, "a list of mappings with name and expression", members=_SEARCH_KEY),
        "sensitivePaths": _TEXTS,
    },
    "sources": {
        "slug": _SLUG,
        "scheme": _words(*(scheme.value for scheme in Scheme), name="scheme", required=True),
        "secrets": _TEXTS,
        "options": Field(dict, "a mapping"),
        "verification": Field(dict, "a mapping", members=VERIFICATION),
        "intake": Field(dict, "a mapping", members=INTAKE),
        "enabled": _SWITCH,
    },
    "webhookEndpoints": {
        "slug": _SLUG,
        "url": Field(str, "a text", required=True),
        "secrets": _TEXTS,
        "enabled": _SWITCH,
    },
    "workflows": {
        "slug": _SLUG,
        "name": _NAME,
        "definition": Field(dict, "a mapping", required=True),
        "published": _SWITCH,
        "draft": Field(dict, "a mapping"),
    },
    "rules": {
        "slug": _SLUG,
        "name": _NAME,
        "workflow": Field(str, "the slug of a workflow", required=True),
        "when": Field(object, "a condition", required=True),
        "enabled": _SWITCH,
        "priority": Field(int, "a whole number", check=_check_priority),
        "options": Field(dict, "a mapping", members=OPTIONS),
    },
    "schedules": {
        "slug": _SLUG,
        "name": _NAME,
        "plan": Field(dict, "a mapping with cron, interval or at", required=True, members=PLAN, one=True),
        "startsAt": _TIMESTAMP,
        "endsAt": _TIMESTAMP,
        "jitterSeconds": _NUMBER,
        "eventType": _TEXT,
        "data": Field(object, "any value"),
        "overlap": _words("ALLOW", "SKIP", "QUEUE"),
        "catchUp": _words("COLLAPSE", "EACH"),
        "catchUpSeconds": _NUMBER,
    },
    "noticePolicies": {
        "name": _words(THE_POLICY, name="name", required=True),
        "kinds": _TEXTS,
        "roles": _TEXTS,
        "emitsEvents": _SWITCH,
        "slackWebhook": _TEXT,
        "webhookEndpoint": _TEXT,
        "pausesFailingWorkflows": _SWITCH,
        "digestHour": _NUMBER,
        "approvalMinutes": _NUMBER,
    },
}
"""The sections in the order in which they are applied. A workflow may depend on the usage rules of a secret, and a rule
depends on its workflow.
"""


def key_of(section: str) -> str:
    """Return the field that identifies an entry of a section."""
    return next(iter(SECTIONS[section]))


def shape_problems(value: Json, *, may_be_empty: bool = False) -> Iterator[Found]:
    """Return the problems that are visible without the tenant's objects, each with its path."""
    if not isinstance(value, dict):
        yield f"a file holds a mapping with {_names(SECTIONS)}", ()
        return
    for name, section in value.items():
        if name not in SECTIONS:
            yield f"there is no such section; a file has {_names(SECTIONS)}", (name,)
        elif not isinstance(section, list | None):
            yield "this must be a list", (name,)
        elif len(section or ()) > MOST_OBJECTS:
            yield f"there are {len(section or ()):,} of these; at most {MOST_OBJECTS:,} are applied at once", (name,)
        else:
            yield from _section_problems(name, section or [])
    if not may_be_empty and all(value.get(name, []) in (None, []) for name in SECTIONS):
        yield f"there is nothing to apply; a file has {_names(SECTIONS)}", ()


def _section_problems(name: str, section: Sequence[Json]) -> Iterator[Found]:
    seen: set[str] = set()
    key = key_of(name)
    for number, entry in enumerate(section):
        path = (name, number)
        if not isinstance(entry, dict):
            yield f"this must be a mapping with {_names(SECTIONS[name])}", path
            continue
        yield from _member_problems(SECTIONS[name], entry, path)
        named = entry.get(key)
        if isinstance(named, str) and named in seen:
            yield f"the {key} {named!r} stands in {name} twice", (*path, key)
        elif isinstance(named, str):
            seen.add(named)
        if (more := _MORE.get(name)) is not None:
            yield from more(entry, path)


def _member_problems(fields: Mapping[str, Field], entry: Mapping[str, Json], path: Path) -> Iterator[Found]:
    for name in entry:
        if name not in fields:
            yield f"there is no such field; there are {_names(fields)}", (*path, name)
    for name, wanted in fields.items():
        value = entry.get(name)
        if value is None:
            if wanted.required:
                yield f"{name} is missing; it must be {wanted.words}", path
        else:
            yield from _value_problems(wanted, value, (*path, name))


def _value_problems(wanted: Field, value: Json, path: Path) -> Iterator[Found]:
    fits = isinstance(value, wanted.kind) and not (wanted.kind is int and isinstance(value, bool))
    if not fits:
        yield f"this must be {wanted.words}", path
    elif wanted is _TEXTS:
        if not all(isinstance(item, str) for item in value):
            yield "each of these must be a text; put it in quotes", path
    elif wanted.kind is list and wanted.members is not None:
        for number, item in enumerate(value):
            yield from _item_problems(wanted.members, item, (*path, number))
    elif wanted.members is not None:
        yield from _member_problems(wanted.members, value, path)
        if wanted.one and sum(value.get(name) is not None for name in wanted.members) != 1:
            yield f"this must be {wanted.words}, and no more than one of them", path
    elif wanted.check is not None:
        try:
            wanted.check(value)
        except NormalizedError as refusal:
            yield refusal.message, path


def _item_problems(fields: Mapping[str, Field], item: Json, path: Path) -> Iterator[Found]:
    if isinstance(item, dict):
        yield from _member_problems(fields, item, path)
    else:
        yield f"this must be a mapping with {_names(fields)}", path


def _source_problems(entry: Mapping[str, Json], path: Path) -> Iterator[Found]:
    if entry.get("options") is not None and entry.get("verification") is not None:
        yield "give verification or options, not both", (*path, "options")


def _workflow_problems(entry: Mapping[str, Json], path: Path) -> Iterator[Found]:
    if entry.get("published") is False and entry.get("draft") is not None:
        yield "what is not published is its draft; leave one of the two out", (*path, "draft")


def _rule_problems(entry: Mapping[str, Json], path: Path) -> Iterator[Found]:
    if "when" in entry:
        for problem in check_rule(entry["when"]).problems:
            yield problem.message, (*path, "when", *problem.path)
    options = entry.get("options")
    if isinstance(options, dict) and not any(_value_problems(SECTIONS["rules"]["options"], options, path)):
        for problem in option_problems(stored_options(options)):
            yield problem.message, (*path, *problem.path)


_MORE: Mapping[str, Callable[[Mapping[str, Json], Path], Iterator[Found]]] = {
    "sources": _source_problems,
    "workflows": _workflow_problems,
    "rules": _rule_problems,
}


def _names(names: Mapping[str, object]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}"
