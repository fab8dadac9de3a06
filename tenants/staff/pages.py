"""The base class of all pages in Django admin. The pages are read-only, and offer changes only as actions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from automate.triggers.revealing import REASON_CHARACTERS
from tenants.staff.lists import KeysetChangeList
from tenants.staff.models import named
from tenants.staff.rows import AdminOption, AdminRow, Rows
from tenants.staff.showing import Column, inert

PAGE_ROWS = 50


class ActionRedirect(HttpResponseRedirect):
    """A redirect with an action. The middleware performs the action ``act`` after the view has returned.

    ``act`` returns the message for the person. It can raise NormalizedError.
    """

    def __init__(self, url: str, act: Callable[[], str]) -> None:
        super().__init__(url)
        self.act = act


class ReasonForm(ActionForm):
    """A form that asks for the reason of an action. The audit entry of the action contains the reason."""

    reason = forms.CharField(
        max_length=REASON_CHARACTERS,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": "why, for the audit record"}),
    )


class ChoiceFilter(SimpleListFilter):
    """A filter with fixed values, for a list in the admin. A database index finds the rows of each value."""

    words: ClassVar[Sequence[tuple[str, str]]] = ()

    def lookups(self, request: HttpRequest, model_admin: object) -> Sequence[tuple[str, str]]:  # noqa: ARG002 - Django's call
        return self.words


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[type-arg] # one class for many models
    """The read-only list of one kind of row, and the read-only page of each row."""

    permission: ClassVar[str] = ""
    """A permission from ``models``."""
    names: ClassVar[str] = ""
    """The plural name of the rows."""
    shown: ClassVar[Sequence[Column]] = ()
    """The columns of the list."""
    details: ClassVar[Sequence[Column]] = ()
    """The columns of the page of one row."""
    hidden: ClassVar[Sequence[str]] = ()
    """Columns that are not read, because they are large or secret."""
    searched: ClassVar[str] = "id"
    """The fields that the search box searches."""
    history: ClassVar[str] = "audit_auditentry"

    actions: Sequence[str] | None = None
    action_form = ReasonForm
    list_per_page = PAGE_ROWS
    show_full_result_count = False
    # Since Django 5.0 a filter may count the rows of each value.
    show_facets: ClassVar[AdminOption] = getattr(getattr(admin, "ShowFacets", None), "NEVER", None)
    sortable_by = ()
    search_fields = ("pk",)
    view_on_site = False

    def __init_subclass__(cls) -> None:
        cls.search_help_text = f"Finds by: {cls.searched}."

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return bool(request.user.has_perm(named(self.permission)))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def lookup_allowed(self, lookup: str, value: object, request: HttpRequest | None = None) -> bool:  # noqa: ARG002 - Django's call
        """Return whether a URL may filter by this field. Filters by other fields could read the whole table."""
        return lookup in {getattr(one, "parameter_name", "") for one in self.list_filter}

    def get_changelist(self, request: HttpRequest, **_options: object) -> type[KeysetChangeList]:  # noqa: ARG002
        return KeysetChangeList

    def get_list_display(self, request: HttpRequest) -> AdminOption:  # noqa: ARG002
        return self.shown

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> AdminOption:  # noqa: ARG002
        return self.details

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> AdminOption:  # noqa: ARG002
        return self.details

    def get_queryset(self, request: HttpRequest) -> Rows:
        found = super().get_queryset(request)
        return found.defer(*self.hidden) if self.hidden else found

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: Rows,
        search_term: str,
    ) -> tuple[Rows, bool]:
        term = search_term.strip()
        return (self.found(queryset, term) if term else queryset), False

    def found(self, queryset: Rows, term: str) -> Rows:
        """Return the rows that the search box finds."""
        row_id = uuid_in(term)
        return queryset.filter(pk=row_id) if row_id is not None else queryset.none()

    def load_related(self, rows: Sequence[Model]) -> None:
        """Load the rows to which the shown rows refer. Subclasses override this method."""

    def load_details(self, row: AdminRow) -> None:
        """Load data for the page of one row. The list of rows does not show this data. Subclasses override this method."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AdminRow:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.load_related([row])
            self.load_details(row)
        return row

    def label(self, row: AdminRow) -> str:
        """Return the title of the page that shows a row."""
        return str(row.pk)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": self.names, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], *_args: object, **kwargs: object
    ) -> TemplateResponse:
        """Show the page of a row. Django's own method is not called, because it reads the table of content types."""
        context.update(
            title=self.names,
            subtitle=inert(self.label(kwargs["obj"])),
            change=True,
            has_view_permission=True,
            opts=self.opts,
            app_label=self.opts.app_label,
        )
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/change_form.html", context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: object = None) -> HttpResponseRedirect:  # noqa: ARG002
        """Redirect to the audit record, with a search for the entries about one row.

        Raises Http404 if the row is not visible.
        """
        row = self.get_object(request, object_id)
        if row is None or not self.has_view_permission(request):
            raise Http404
        return HttpResponseRedirect(f"{reverse(f'admin:{self.history}_changelist')}?q={self.history_term(row)}")

    def history_term(self, row: AdminRow) -> str:
        """Return a search text for the audit record. The search finds the audit entries about this row."""
        return str(row.pk)


def load_slugs(rows: Sequence[Model], model: type[Model], relation: str) -> None:
    """Give each row the slug of a related row. For the relation ``source``, the row's new attribute is ``source_slug``."""
    ids = [getattr(row, f"{relation}_id") for row in rows]
    slugs = dict(model._default_manager.filter(pk__in=set(ids)).values_list("pk", "slug"))  # noqa: SLF001 - Django's name for the manager of every model
    for row, row_id in zip(rows, ids, strict=True):
        setattr(row, f"{relation}_slug", slugs.get(row_id, ""))


def chosen(request: HttpRequest) -> list[uuid.UUID]:
    """Return the ids of the selected rows, at most PAGE_ROWS."""
    ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)[:PAGE_ROWS]
    return [found for found in map(uuid_in, ticked) if found is not None]


def uuid_in(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
