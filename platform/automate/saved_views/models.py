"""Saved views: the filters and columns of a list, stored under a name."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row

MOST_PAGE, MOST_NAME, MOST_SEARCH = 32, 60, 2_000


class SavedView(Row):
    """A saved view of one list. owner: the id of the person or token; empty for a view that all members share."""

    page = models.CharField(max_length=MOST_PAGE, help_text="The list that the view narrows, such as `runs`.")
    name = models.CharField(max_length=MOST_NAME, help_text="The name for people, unique among the views of a list.")
    search = models.CharField(
        max_length=MOST_SEARCH, blank=True, help_text="The filters and columns, as a client writes them in an address."
    )
    owner = models.CharField(max_length=64, blank=True, help_text="The id of its owner. Empty for a shared view.")
    saved_by = models.CharField(max_length=200, help_text="The name of the caller that saved the view last.")
    saved_at = models.DateTimeField(help_text="The time at which the view was saved last.")

    class Meta:
        db_table = "saved_view"
        constraints = [models.UniqueConstraint(fields=["page", "owner", "name"], name="saved_view_once")]
