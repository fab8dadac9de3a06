"""Ten kinds of code on which the platform's promises depend. The first stratum that matches a candidate owns it."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Stratum:
    """A candidate belongs to a stratum by its file's path, or by a name in its scope or on its changed lines."""

    name: str
    paths: str
    names: str

    def holds(self, path: str, scope: str, lines: str) -> bool:
        named = COMMENT.sub("", f"{scope}\n{lines}")
        return bool(re.search(self.paths, path) or (self.names and re.search(self.names, named, re.IGNORECASE)))


NO_PATH = r"$^"
COMMENT = re.compile(r"(?:(?<=\s)|^)#.*$", re.MULTILINE)
STRATA = (
    Stratum("fences", NO_PATH, r"fence"),
    Stratum("leases", r"heartbeat", r"(?<!re)lease|renew"),
    Stratum("redaction", r"redaction|scrubbing|sensitive_|secret_lines", r"redact|scrub"),
    Stratum(
        "guards",
        r"connectors/guard/|/guards\.py$|/targets\.py$|vault/hosts\.py$|graphql_schema/(cost|limits)\.py$",
        r"guard",
    ),
    Stratum("budgets", r"/budgets/|/admission\.py$|/concurrency/|/rates\.py$|tenants/plans\.py$", r"budget|\bslots?\b"),
    Stratum(
        "feeds", r"feed|/streams\.py$|event_stream|/wakes\.py$|kernel/cursors\.py$", r"feed|\bxid|epoch|horizon|subscri"
    ),
    Stratum(
        "scopes",
        r"/tenancy\.py$|tenants/postgresql/|tenants/routers\.py$|kernel/transactions\.py$",
        r"acting_for|search_path|(current|apply|in|tenant|set)_scope|scope_or_none",
    ),
    Stratum(
        "permissions",
        r"permissions\.py$|/grants\.py$|tenants/\w*tokens\.py$|authentication|principals|tenants/middleware\.py$",
        r"permission|principal|\b_?roles?\b|_role\b",
    ),
    Stratum(
        "parsers",
        r"strict_json|/templates/|/predicate/|cloudevents|/headers\.py$|/schemes\.py$|bodies\.py$|backslashes|url_escapes|spelling"
        r"|/schedules/plan|/intake\.py$|json_bytes|/answers\.py$|documents\.py$",
        r"parse|scan|decode",
    ),
    Stratum("sql predicates", NO_PATH, ""),
)
"""The last stratum owns the remaining edits of SQL."""


def stratum_of(operator: str, path: str, scope: str, lines: str) -> str | None:
    """The name of the stratum that owns a candidate, or None."""
    for stratum in STRATA[:-1]:
        if stratum.holds(path, scope, lines):
            return stratum.name
    return STRATA[-1].name if operator.startswith("sql-") else None


ROOMS = {
    "platform/automate/kernel": ("tests/security", "tests/control_plane"),
    "platform/automate/vault": ("tests/security",),
    "platform/automate/runs": ("tests/execution",),
    "platform/automate/outbox": ("tests/execution",),
    "platform/automate/budgets": ("tests/execution",),
    "platform/automate/endpoints": ("tests/execution",),
    "platform/automate/recipes": ("tests/api",),
    "platform/automate/configuration": ("tests/api",),
    "platform/automate/project": ("tests/architecture", "tests/control_plane"),
    "platform/automate": ("tests/control_plane",),
    "tenants": ("tests/tenancy",),
    "graphql_schema": ("tests/api",),
    "rest_api": ("tests/api",),
    "actors": ("tests/execution",),
}


def room_of(path: str) -> str:
    """The room of a file: ``platform/automate/runs``, ``tenants``, ``actors/relay``."""
    parts = path.split("/")[:-1]
    return "/".join(parts[:3] if parts[0] == "platform" else parts[:2] if parts[0] == "actors" else parts[:1])


def folders_of_room(path: str) -> tuple[str, ...]:
    """The test folders for a file without an attributed test: those of the longest prefix."""
    return next(ROOMS[prefix] for prefix in sorted(ROOMS, key=len, reverse=True) if path.startswith(f"{prefix}/"))
