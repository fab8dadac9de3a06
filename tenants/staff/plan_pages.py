"""The pages about plans in Django admin. A change needs a platform token."""

from __future__ import annotations

from functools import partial

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from automate.kernel.errors import NormalizedError
from tenants.models import Plan
from tenants.plan_specs import MOST_PRICES, PlanSpec, check_plan
from tenants.staff.acts import delete_plan_by_staff, save_plan_by_staff
from tenants.staff.models import CHANGE_PLANS, VIEW_TENANTS, named
from tenants.staff.pages import ActionRedirect, ReadOnlyAdmin, uuid_in
from tenants.staff.plan_forms import (
    EXAMPLE_BUDGETS,
    EXAMPLE_PRICES,
    EXAMPLE_RETENTION,
    budget_lines,
    budgets_of,
    price_lines,
    prices_of,
    retention_lines,
    retention_of,
)
from tenants.staff.rows import Rows
from tenants.staff.showing import column, document, inert, reference, table, text, timestamp

LINES = ("budgets", "prices", "retention")
"""Parts of the form with one entry on each line. Their line ends are kept."""
CHARACTERS = 100 * MOST_PRICES
"""The maximum length of one part of the form."""


def _budgets(row: Plan) -> SafeString:
    heads = ("metric", "window", "limit", "action")
    return table(heads, [[inert(str(one.get(head, ""))) for head in heads] for one in row.budgets])


def _retention(row: Plan) -> SafeString:
    days = [
        [inert(name), "for ever" if value is None else f"{int(value)} days"] for name, value in row.retention.items()
    ]
    return table(("class", "days"), days)


class PlanPage(ReadOnlyAdmin):
    permission = VIEW_TENANTS
    names = "Plans"
    history = "tenants_platformauditentry"
    searched = "slug or id"
    shown = (
        text("slug"), text("name"), reference("weight", "weight in the queue"), column("count", lambda row: len(row.budgets), "budgets"),
        timestamp("updated_at", "changed"),
    )  # fmt: skip
    details = (
        text("slug"), text("name"), reference("weight", "weight in the queue"), column("budgets", _budgets), document("prices", lambda row: row.prices, "prices in millionths"),
        column("retention", _retention), reference("revision"),
        timestamp("created_at", "created"), timestamp("updated_at", "changed"), reference("id"),
    )  # fmt: skip

    def found(self, queryset: Rows, term: str) -> Rows:
        return super().found(queryset, term) if uuid_in(term) is not None else queryset.filter(slug=term)

    def label(self, row: Plan) -> str:
        return str(row.slug)

    def may_change(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request) and request.user.has_perm(named(CHANGE_PLANS)))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.save_view)
        return [
            path("save/", view, name="tenants_plan_new"),
            path("<path:object_id>/save/", view, name="tenants_plan_save"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_change_plans": self.may_change(request), **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object
    ) -> TemplateResponse:
        context["may_change_plan"] = self.may_change(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_view(self, request: HttpRequest, object_id: str = "") -> HttpResponseBase:
        """Show or save a plan.

        Raises PermissionDenied if the person is not allowed to change plans. Raises Http404 for an unknown plan.
        """
        if not self.may_change(request):
            raise PermissionDenied
        plan = self.get_object(request, object_id) if uuid_in(object_id) is not None else None
        if object_id and plan is None:
            raise Http404
        values, refusal = _values(request, plan), ""
        if request.method == "POST":
            try:
                return self._act(request, plan, values)
            except NormalizedError as error:
                refusal = error.message
        context = {
            **self.admin_site.each_context(request),
            "title": "Change a plan" if plan else "Add a plan",
            "subtitle": inert(plan.slug) if plan else "",
            "opts": self.opts,
            "plan": plan,
            "refusal": inert(refusal, 1_000),
            "example_budgets": EXAMPLE_BUDGETS,
            "example_prices": EXAMPLE_PRICES,
            "example_retention": EXAMPLE_RETENTION,
            "characters": CHARACTERS,
            **{name: value if name in LINES else inert(value) for name, value in values.items()},
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "automate_admin/plan.html", context, status=400 if refusal else 200)

    def _act(self, request: HttpRequest, plan: Plan | None, values: dict[str, str]) -> ActionRedirect:
        # Raises NormalizedError for invalid input.
        token, revision = request.POST.get("token", ""), _whole(values["revision"], "revision") if plan else None
        slug = plan.slug if plan else values["slug"]
        if plan and "delete" in request.POST:
            return ActionRedirect(
                reverse("admin:tenants_plan_changelist"), partial(delete_plan_by_staff, slug, revision, token)
            )
        spec = PlanSpec(
            slug,
            values["name"] or None,
            _whole(values["weight"], "weight"),
            budgets_of(values["budgets"]),
            prices_of(values["prices"]),
            retention_of(values["retention"]),
        )
        check_plan(spec)
        to = request.get_full_path() if plan else reverse("admin:tenants_plan_changelist")
        return ActionRedirect(to, partial(save_plan_by_staff, spec, revision, token))


def _values(request: HttpRequest, plan: Plan | None) -> dict[str, str]:
    # After a POST the submitted values, and otherwise the stored plan.
    if request.method == "POST":
        names = ("slug", "name", "weight", *LINES, "revision")
        return {name: request.POST.get(name, "")[:CHARACTERS].strip() for name in names}
    if plan is None:
        return {"slug": "", "name": "", "weight": "1", **dict.fromkeys(LINES, ""), "revision": ""}
    return {
        "slug": plan.slug,
        "name": plan.name,
        "weight": str(plan.weight),
        "budgets": budget_lines(plan),
        "prices": price_lines(plan),
        "retention": retention_lines(plan),
        "revision": str(plan.revision),
    }


def _whole(text_: str, field: str) -> int:
    if not (text_.isdecimal() and len(text_) < 10):  # noqa: PLR2004 - further bounds are the service's
        raise NormalizedError(
            "BAD_USER_INPUT",
            f"The {field} is {text_[:64]!r}, which is not a whole number. Write a number such as 10.",
            path=[field],
        )
    return int(text_)
