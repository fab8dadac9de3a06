"""The topics of jobs as an enum. Import this module after ``django.setup()``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import TextChoices

from automate.outbox.registry import registry

if TYPE_CHECKING:

    class OutboxJobTopic(TextChoices):
        """The kind of work that a job does."""
else:
    OutboxJobTopic = TextChoices(
        "OutboxJobTopic",
        [
            (
                topic.name.upper().replace(".", "_"),
                (topic.name, f"{topic.description} The subject is of the type {topic.subject}."),
            )
            for topic in registry().values()
        ],
    )
    OutboxJobTopic.__doc__ = "The kind of work that a job does, and the type of the job's subject."
