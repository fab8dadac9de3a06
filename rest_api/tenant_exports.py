"""``/api/v1/exports/tenant``: all data of a tenant as one tar file."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from automate.kernel.json_values import as_text
from automate.kernel.permissions import EXPORT_TENANT
from automate.kernel.tenancy import TenantRef
from automate.kernel.trace import current_trace, tracing
from automate.serving.streaming import Stream
from graphql_schema.allowance import allowance_of
from graphql_schema.permissions import require
from graphql_schema.prices import OPERATION_POINTS
from graphql_schema.threads import in_thread
from rest_api.described import DescribedMethod
from rest_api.fields import Text
from rest_api.views import JsonRenderer, PlatformView
from tenants.exporting.parts import archive
from tenants.exporting.tickets import check
from tenants.lanes import lane_of_tenant

TAR = "application/x-tar"
TICKET = "ticket"


class TarRenderer(JsonRenderer):
    """Accepts requests for tar files. The ``Accept`` header of such a request contains the media type of tar files."""

    media_type = TAR
    format = "tar"


class ArchiveStream(Stream):
    """The parts of the tar file. If the download breaks, the received file has no manifest."""

    def __init__(self, tenant: TenantRef) -> None:
        headers = {"X-Accel-Buffering": "no", "Content-Disposition": f'attachment; filename="{tenant.slug}.tar"'}
        super().__init__(self._parts(), content_type=TAR, headers=headers)
        self._tenant, self._made = tenant, archive(tenant)
        self._trace = current_trace()

    async def _parts(self) -> AsyncGenerator[bytes, None]:
        with tracing(self._trace):
            lane = lane_of_tenant(self._tenant)
            while (part := await in_thread(lane, lambda: _next(self._made))) is not None:
                yield part


def _next(made: Iterator[bytes]) -> bytes | None:
    return next(made, None)


class TenantExport(PlatformView):
    """Export all data of a tenant."""

    http_method_names = ["get"]
    renderer_classes: Sequence[type[BaseRenderer]] = (TarRenderer,)

    def get(self, _request: Request) -> ArchiveStream:
        given = self.query(self.described["get"].query)
        credential = self.caller()
        require(credential.principal, EXPORT_TENANT)
        tenant = credential.tenant
        if tenant is None:
            raise LookupError("the platform's token is refused before")
        check(tenant, as_text(given[TICKET]))
        allowance_of(credential).spend(OPERATION_POINTS)
        self.billed = True
        return ArchiveStream(tenant)

    described = {
        "get": DescribedMethod(
            "exportTenant",
            "exports",
            "Export a tenant",
            "All of the tenant's data except values of secrets, as a tar file: JSON lines in one folder for each table, and at the end "
            "`manifest.json` with the rows, bytes and SHA-256 of each table. A file without the manifest is incomplete.",
            EXPORT_TENANT,
            {200: bytes},
            query={TICKET: Text(help_text="The ticket in the `url` of the mutation exportTenant.")},
            media_type=TAR,
        )
    }
