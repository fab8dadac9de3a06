"""The registry of topics. Each installed Django app declares its topics in its module ``topics``."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import groupby
from operator import attrgetter
from typing import Any, TypeAlias

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import module_has_submodule

from automate.kernel.errors import NormalizedError
from automate.outbox.jobs import ClaimedJob, JobSubject

MODULE, DECLARED = "topics", "TOPICS"
RUNS, MAILS = "runs", "mails"
"""The pools of threads in a worker. Mails have their own, so that a slow mail server delays no run."""

HeldWork: TypeAlias = Any
"""The RunSet of a tenant, or a StepCall: types of rooms above. Python's typing has no type of a later module."""
Begin = Callable[[HeldWork, Sequence[ClaimedJob]], list[HeldWork]]
Fail = Callable[[Sequence[uuid.UUID], NormalizedError], None]
Reopen = Callable[[Sequence[uuid.UUID]], None]


def ignore_death(_subject_ids: Sequence[uuid.UUID], _error: NormalizedError) -> None:
    """Do nothing when a job becomes dead.

    A topic uses this function if the dead job is the only record of the failure.
    """


def ignore_redrive(_subject_ids: Sequence[uuid.UUID]) -> None:
    """Do nothing when dead jobs are redriven.

    A topic uses this function if a dead job does not end its subject. The subject then need not be opened again.
    """


@dataclass(frozen=True)
class Topic:
    """One kind of work."""

    name: str
    """Stored with each job."""
    subject: str
    """The type of the row that the job is about, as the API names it."""
    description: str
    """The purpose of the job, in a sentence for clients of the API."""
    begin: Begin
    """Begin claimed jobs in a worker. Takes the tenant's RunSet and the jobs; returns the StepCalls to make."""
    fail: Fail = ignore_death
    """End the subjects of jobs that died, in the transaction that marks the jobs as dead."""
    reopen: Reopen = ignore_redrive
    """Reopen the subjects of redriven jobs, in the transaction that redrives the jobs."""
    pool: str = RUNS
    """Which threads of a worker do the work."""
    by_key: bool = False
    """Whether all of its statements find a few rows by key. A plan then fits all values, and is made once."""
    waits_after_restore: bool = False
    """Whether an operator releases the jobs after a restore, because they have effects or start what has effects."""


@cache
def registry() -> Mapping[str, Topic]:
    """Return all topics by name. Raises ImproperlyConfigured if two packages declare the same name."""
    found: dict[str, Topic] = {}
    for config in apps.get_app_configs():
        if config.module is None or not module_has_submodule(config.module, MODULE):
            continue
        for topic in getattr(import_module(f"{config.name}.{MODULE}"), DECLARED):
            if topic.name in found:
                raise ImproperlyConfigured(f"Two topics are named {topic.name!r}; {config.name} declares the second.")
            found[topic.name] = topic
    return dict(sorted(found.items()))


def by_topic(jobs: Sequence[JobSubject]) -> Iterator[tuple[Topic, list[uuid.UUID]]]:
    """Group jobs by topic. Yield each topic with the subjects of the jobs of this topic."""
    named = attrgetter("topic")
    for name, group in groupby(sorted(jobs, key=named), key=named):
        yield registry()[name], [job.subject_id for job in group]
