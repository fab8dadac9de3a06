"""The shop as an app of the host's, in a process whose settings were read without it."""

from __future__ import annotations

import importlib
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from django.apps import AppConfig, apps
from django.conf import settings
from django.test import override_settings

from tenants import provisioning
from tenants.upgrades import Upgrades

SHOP = "tests.support.shop"


@contextmanager
def _migrations() -> Iterator[str]:
    """A package of them, which Django asks for and a folder of tests/ is not."""
    name = f"shop_migrations_{uuid.uuid4().hex}"
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(sys, "path", [*sys.path, folder]):
        package = Path(folder) / name
        shutil.copytree(Path(__file__).parent / "shop" / "migrations", package)
        (package / "__init__.py").touch()
        importlib.invalidate_caches()
        yield name


@contextmanager
def shop_installed() -> Iterator[None]:
    """Tenants that are made in the block have its tables."""
    config = AppConfig.create(SHOP)
    config.apps = apps
    with (
        _migrations() as migrations,
        # By hand: ``INSTALLED_APPS`` anew would make everything ready anew, a second broker among it.
        mock.patch.dict(apps.app_configs, {config.label: config}),
        override_settings(TENANT_APPS=[*settings.TENANT_APPS, SHOP], MIGRATION_MODULES={config.label: migrations}),
        # What this process knows of new schemas is of a release without the app.
        mock.patch.object(provisioning, "UPGRADES", Upgrades(provisioning._connection)),
    ):
        config.import_models()
        apps.clear_cache()
        yield
    apps.clear_cache()
