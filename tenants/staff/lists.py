"""Shows lists of any length in the admin. A page begins after a given row, without the SQL clause OFFSET."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import Model
from django.db.models.expressions import Combinable
from django.http import HttpRequest

from tenants.staff.rows import AdminOption

AFTER, BEFORE = "after", "before"


class KeysetChangeList(ChangeList):
    """A list with the newest rows first. ``?after=`` and ``?before=`` contain the id of a row."""

    model_admin: AdminOption

    def __init__(self, request: HttpRequest, *args: AdminOption, **kwargs: AdminOption) -> None:
        values = request.GET.copy()
        self.after, self.before = (_id_in(values.pop(name, [""])[-1]) for name in (AFTER, BEFORE))
        # Django treats the remaining parameters as filters.
        request.GET = values  # type: ignore[assignment] # a QueryDict that may be changed
        self.newer = self.older = self.newest = ""
        super().__init__(request, *args, **kwargs)

    def get_ordering(self, request: HttpRequest, queryset: object) -> list[str | Combinable]:  # noqa: ARG002 - Django's call
        """Sort by the primary key, newest first. Other orders have no index."""
        return ["-pk"]

    def get_results(self, request: HttpRequest) -> None:  # noqa: ARG002 - Django's call
        found, size = self.queryset, self.list_per_page
        if self.before is not None:
            rows = list(found.filter(pk__gt=self.before).order_by("pk")[: size + 1])
            shown, more = rows[:size][::-1], len(rows) > size
            has_newer, has_older = more, True
        else:
            bounded = found if self.after is None else found.filter(pk__lt=self.after)
            rows = list(bounded[: size + 1])
            shown, has_older = rows[:size], len(rows) > size
            has_newer = self.after is not None
        self.model_admin.load_related(shown)
        self._link(shown, has_newer=has_newer, has_older=has_older)
        self.result_list = shown
        self.result_count = self.full_result_count = len(shown)
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = bool(shown)
        self.paginator = Paginator(shown, size)

    def _link(self, shown: Sequence[Model], *, has_newer: bool, has_older: bool) -> None:
        if has_newer:
            self.newest = self.get_query_string()
            self.newer = self.get_query_string({BEFORE: shown[0].pk}) if shown else self.newest
        if has_older and shown:
            self.older = self.get_query_string({AFTER: shown[-1].pk})


def _id_in(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
