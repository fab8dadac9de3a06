"""The types that show why a run waits, and that show the history of a run."""

from __future__ import annotations

from datetime import datetime

import strawberry
import strawberry_django
from django.db.models import TextChoices

from automate.effects.states import COMPENSATION_ITEM
from automate.runs import models, waiting
from automate.runs.history_queries import LogLine
from graphql_schema.copying import copier
from graphql_schema.enums import described
from graphql_schema.runs.log_sentences import item_of, message_of
from graphql_schema.runs.straight import TIMELINE_ENTRY
from graphql_schema.straight.columns import straight


@described
class WaitCause(TextChoices):
    """Why a run or event waits. The first seven reasons are throttles, in the order in which they apply."""

    SOURCE_RATE = waiting.SOURCE_RATE, "The source has a rate limit for runs."
    RULE = waiting.RULE, "The rule is paused, or one of its options delays the run."
    TENANT = waiting.TENANT, "The tenant is paused or suspended."
    WORKFLOW = waiting.WORKFLOW, "The workflow is paused."
    KEY = waiting.KEY, "Other runs hold the concurrency key."
    BUDGET = waiting.BUDGET, "A budget of the tenant's plan is used up."
    LIMIT = waiting.LIMIT, "A limit of the platform is reached."
    PAUSED = waiting.PAUSED, "A person has paused the run."
    QUEUE = waiting.QUEUE, "The run or event waits for a worker."
    RETRY = waiting.RETRY, "A step failed and is tried again later."
    DELAY = waiting.DELAY, "A step waits for a time."
    EVENT = waiting.EVENT, "A step waits for an event."
    APPROVAL = waiting.APPROVAL, "A step waits for people to decide."
    RUN = waiting.RUN, "A step waits for another run."
    UNCERTAIN = waiting.UNCERTAIN, "A person must say whether a call had its effect."
    BREAKER = waiting.BREAKER, "A circuit breaker holds calls to an unhealthy host."


@strawberry.type(description="The first reason why a run or event waits.")
class WaitingFor:
    cause: WaitCause = strawberry.field(description="The kind of the reason.")
    position: int | None = strawberry.field(
        description="The place among the runs or events that wait for the same reason: exact up to 10,000; 10,001 means "
        "at least that many."
    )
    until: datetime | None = strawberry.field(
        description="The earliest time at which the run continues or its wait ends, or rules look at the event. Null if the "
        "time is unknown."
    )
    sentence: str = strawberry.field(description="The reason as a sentence.")


@strawberry.type(description="The progress of a step that processes items one by one.")
class ItemsProgress:
    total: int = strawberry.field(description="The number of items.")
    done: int = strawberry.field(description="The number of items that have ended, with or without success.")
    failed: int = strawberry.field(description="The number of items that failed.")


@straight(TIMELINE_ENTRY)
@strawberry_django.type(models.RunLogEntry, description="One transition of a run or of one of its steps.")
class TimelineEntry:
    at: datetime = strawberry.field(description="The time of the transition.")
    kind: str = strawberry.field(description="What changed, and its new state: such as run.waiting or step.retrying.")
    step: str | None = strawberry.field(description="The step's key; null for the run itself.")
    item: int | None = strawberry.field(
        description="The position of the item within a flow.for_each. Null outside of one."
    )
    compensates: bool = strawberry.field(description="Whether this is the compensation of the step.")
    attempt: strawberry.auto
    message: str = strawberry.field(description="The transition as a sentence.")


def waiting_for_of(found: waiting.WaitingFor) -> WaitingFor:
    return WaitingFor(cause=WaitCause(found.cause), position=found.position, until=found.until, sentence=found.sentence)


_timeline_entry = copier(TimelineEntry, LogLine, "at", "kind", "step", "item", "compensates", "message")


def timeline_entry_of(line: LogLine) -> TimelineEntry:
    return _timeline_entry(
        line,
        at=line.occurred_at,
        kind=f"{'step' if line.step_key else 'run'}.{line.to_state}",
        step=line.step_key or None,
        item=item_of(line.item),
        compensates=line.item == COMPENSATION_ITEM,
        message=message_of(line.step_key, line.item, line.attempt, line.from_state, line.to_state, line.reason),
    )
