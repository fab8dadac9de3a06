"""Pages of events. A payload is redacted, unless the person has given a reason to read this payload."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from automate.events.event_types.models import EventType
from automate.events.models import Event, Source
from automate.events.queries import payloads_of
from automate.kernel.json_values import JsonValue
from automate.kernel.limits import LIMITS
from automate.kernel.sensitive_paths import hidden
from automate.kernel.tenancy import current_tenant
from automate.triggers.revealing import GRANT_SECONDS, REASON_CHARACTERS, revealed_payload
from tenants.staff.acts import reveal
from tenants.staff.models import VIEW_RAW_PAYLOAD, VIEW_TENANT_DATA, named
from tenants.staff.pages import ActionRedirect, ReadOnlyAdmin, load_slugs, uuid_in
from tenants.staff.rows import AdminRow, Rows
from tenants.staff.showing import document, inert, reference, text, timestamp


def _payload(event: Event) -> JsonValue:
    body = payloads_of([event.id], LIMITS.event_bytes).get(event.id)
    return None if body is None else _without_sensitive(event, "payload", json.loads(body))


def _headers(event: Event) -> JsonValue:
    return _without_sensitive(event, "headers", event.headers)


def _without_sensitive(event: AdminRow, root: str, value: JsonValue) -> JsonValue:
    # `event`: as `get_object` returns it.
    return hidden({root: value}, event.sensitive_paths)[root]


def _fits(_size: int) -> bool:
    # The page shows one event, and `Limits.event_bytes` limits its payload.
    return True


class EventPage(ReadOnlyAdmin):
    permission = VIEW_TENANT_DATA
    names = "Events"
    searched = "id"
    shown = (
        text("type"),
        text("subject"),
        text("source_slug", "source"),
        timestamp("received_at", "received"),
        reference("id"),
    )
    details = (
        *shown, document("payload", _payload, "payload, redacted"), document("headers", _headers),
        text("idempotency_key"), reference("payload_bytes"), reference("payload_sha256"), text("actor_name", "sent by"),
        timestamp("occurred_at", "occurred"), reference("depth"), reference("derived_from_id", "derived from"), reference("trace_id"),
    )  # fmt: skip

    def load_related(self, rows: Sequence[Model]) -> None:
        load_slugs(rows, Source, "source")

    def load_details(self, row: AdminRow) -> None:
        declared = EventType.objects.filter(slug=row.type, deleted_at=None).values_list("sensitive_paths", flat=True)
        row.sensitive_paths = declared.first() or []

    def get_queryset(self, request: HttpRequest) -> Rows:
        found = super().get_queryset(request)
        return (
            found if request.resolver_match and "object_id" in request.resolver_match.kwargs else found.defer("headers")
        )

    def label(self, row: Event) -> str:
        return str(row.type)

    def may_reveal(self, request: HttpRequest) -> bool:
        return bool(self.has_view_permission(request) and request.user.has_perm(named(VIEW_RAW_PAYLOAD)))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reveal_view)
        return [path("<path:object_id>/reveal/", view, name="events_event_reveal"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, object], *args: object, **kwargs: object
    ) -> TemplateResponse:
        context["may_reveal"] = self.may_reveal(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def reveal_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Show or reveal an event's payload.

        Raises PermissionDenied if the person is not allowed to reveal payloads. Raises Http404 for an unknown event.
        """
        if not self.may_reveal(request):
            raise PermissionDenied
        event = self.get_object(request, object_id) if uuid_in(object_id) is not None else None
        if event is None:
            raise Http404
        if request.method == "POST":
            reason, proof = request.POST.get("reason", ""), request.staff_proof  # type: ignore[attr-defined] # set by StaffMiddleware; django-stubs knows no attributes of ours
            act = partial(reveal, current_tenant(), event.id, event.type, reason, proof)
            return ActionRedirect(request.get_full_path(), act)
        revealed = revealed_payload(event.id, _fits)
        context = {
            **self.admin_site.each_context(request),
            "title": "Payload as it was sent",
            "subtitle": inert(event.type),
            "opts": self.opts,
            "event_url": reverse("admin:events_event_change", args=[event.id]),
            "revealed": revealed,
            # Not cut: a page can show the largest payload.
            "body": inert(revealed.body, LIMITS.event_bytes) if revealed is not None else "",
            "reason_characters": REASON_CHARACTERS,
            "minutes": GRANT_SECONDS // 60,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "automate_admin/reveal.html", context)
