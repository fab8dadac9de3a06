"""The kinds of objects in a configuration, in the order in which a configuration is applied."""

from __future__ import annotations

from automate.configuration.kinds.endpoints import Endpoints
from automate.configuration.kinds.event_types import EventTypes
from automate.configuration.kinds.kind import ObjectKind, Saved, StoredEntry, without
from automate.configuration.kinds.notice_policies import NoticePolicies
from automate.configuration.kinds.rules import Rules
from automate.configuration.kinds.schedules import Schedules
from automate.configuration.kinds.secrets import Secrets
from automate.configuration.kinds.sources import Sources
from automate.configuration.kinds.workflows import Workflows

KINDS: tuple[ObjectKind, ...] = (
    Secrets(),
    EventTypes(),
    Sources(),
    Endpoints(),
    Workflows(),
    Rules(),
    Schedules(),
    NoticePolicies(),
)

__all__ = ["KINDS", "ObjectKind", "Saved", "StoredEntry", "without"]
