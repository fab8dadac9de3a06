"""Saved views: the filters and columns of a list, stored under a name."""

from __future__ import annotations

from django.db import models

from automate.kernel.models import Row

MOST_PAGE, MOST_NAME, MOST_SEARCH = 32, 60, 2_000


class SavedView(Row):
    """A saved view of one list. ``owner`` is empty for a view that all members share."""

    page = models.CharField(max_length=MOST_PAGE, help_text="The list that the view belongs to, such as `runs`.")
    name = models.CharField(
        max_length=MOST_NAME, help_text="The name that people see. It is unique among the views of a list."
    )
    search = models.CharField(
        max_length=MOST_SEARCH,
        blank=True,
        help_text="The filters and columns, in the form that the client writes into its URL.",
    )
    owner = models.CharField(
        max_length=64, blank=True, help_text="The id of the view's owner. Empty for a shared view."
    )
    saved_by = models.CharField(max_length=200, help_text="The name of the caller who last saved the view.")
    saved_at = models.DateTimeField(help_text="The time at which the view was last saved.")

    class Meta:
        db_table = "saved_view"
        constraints = [models.UniqueConstraint(fields=["page", "owner", "name"], name="saved_view_once")]
