"""Django's command ``showmigrations``, for the public schema or for one tenant."""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import showmigrations

from automate.kernel.tenancy import PUBLIC_SCHEMA
from tenants.management.owner import as_owner
from tenants.models import Tenant
from tenants.placement import names_of


class Command(showmigrations.Command):
    """Shows the migrations of those apps that have tables in the chosen schema."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--tenant", metavar="SLUG", default="", help="Show a tenant's schema and not the public one."
        )

    def handle(self, *args: object, **options: object) -> None:
        """List the migrations. Raises CommandError if no tenant has the slug of ``--tenant``."""
        slug = options["tenant"]
        placed = names_of(settings.TENANT_APPS if slug else settings.SHARED_APPS)
        labels = options["app_label"] or [app.label for app in apps.get_app_configs() if app.name in placed]
        with as_owner() as alias:
            schema = PUBLIC_SCHEMA
            if slug:
                row = Tenant.objects.using(alias).filter(slug=slug).only("schema_name").first()
                if row is None:
                    raise CommandError(f"There is no tenant {slug!r}. /admin/tenants/tenant/ lists the slugs.")
                schema = row.schema_name
        with as_owner(schema) as alias:
            super().handle(*args, **{**options, "app_label": labels, "database": alias})
