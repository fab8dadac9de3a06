"""A host's own project, made of what docs/signals.md prints: its tables in tenants' schemas, and a change that is an event."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.support.facts import naming
from tests.support.processes import environ_of, migrate
from tests.support.servers import Servers
from tests.support.tree import ROOT

PAGE = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
FILES = re.findall(r"^```python\n# (\S+\.py)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.findall(r"^\$ (.+)$", PAGE, re.MULTILINE)
DATABASE = "embedded"
INSTEAD = naming("CommandError:", "automate migrate")

NEW_TENANT = """
    import django
    django.setup()
    from automate.kernel.tenancy import acting_for_platform
    from tenants.provisioning import create_spare_schema
    from tenants.services import upsert_tenants
    from tenants.specs import TenantSpec

    create_spare_schema()
    with acting_for_platform("a test's new tenant"):
        upsert_tenants([TenantSpec(external_id="new", slug="new", name="New", plan="standard")])
"""
CHANGE = """
    import sys, django
    django.setup()
    from shop.orders import place
    place(sys.argv[1], "10.50")
"""
EVENTS = """
    import sys, django
    django.setup()
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import acting_for
    from shop.models import Order
    from tenants.directory import tenant_by_slug

    with acting_for(tenant_by_slug(sys.argv[1]).ref):
        print(Order.objects.count(), fetch("SELECT type, subject FROM event ORDER BY id"))
"""


class Project:
    """A project in a folder, on a database of its own."""

    def __init__(self, folder: Path, app_url: str, admin_url: str) -> None:
        self.folder = folder
        self._environ = environ_of(folder / "home", DATABASE_URL=app_url, AUTOMATE_ADMIN_DATABASE_URL=admin_url)
        self._environ.update(DJANGO_SETTINGS_MODULE="host.settings")
        self._environ["PYTHONPATH"] = f"{folder}:{self._environ['PYTHONPATH']}"

    def write(self, path: str, text: str) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / "__init__.py").touch()
        file.write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, env=self._environ, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False
        )

    def done(self, *arguments: str) -> str:
        """What a command said, which has to succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def automate(self, *arguments: str) -> str:
        return self.done("-m", "automate.cli", *arguments)

    def script(self, text: str, *arguments: str) -> str:
        return self.done("-c", textwrap.dedent(text), *arguments)


@pytest.fixture
def project(tmp_path: Path, servers: Servers) -> Iterator[Project]:
    """As the page has it. Its database has tenants already, from before the project had an app."""
    app_url, admin_url = servers.new_database(DATABASE)
    (tmp_path / "home").mkdir()
    migrate(tmp_path / "home", app_url, admin_url)
    made = Project(tmp_path, app_url, admin_url)
    for path, text in FILES:
        made.write(path, text)
    yield made
    with psycopg.connect(servers.superuser_url, autocommit=True) as root:
        root.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@pytest.mark.long
@pytest.mark.slow
def test_project_of_the_page_makes_events_of_its_changes(project: Project) -> None:
    assert [command.split()[0] for command in COMMANDS] == ["export", "django-admin", "automate"]
    for command in (["migrate"], ["migrate", "shop", "--plan"], ["migrate_schemas"]):
        refused = project.run("-m", "django", *command)
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", INSTEAD)
    project.done("-m", "django", *COMMANDS[1].split()[1:])
    assert project.automate(*COMMANDS[2].split()[1:]).startswith("Migrated ")
    project.script(NEW_TENANT)
    for slug in ("acme", "new"):
        project.script(CHANGE, slug)
        assert project.script(EVENTS, slug) == "1 [('shop.order.created', '1')]\n"


@pytest.mark.slow
def test_app_that_is_placed_nowhere_is_told_before_anything_is_migrated(project: Project) -> None:
    settings = dict(FILES)["host/settings.py"]
    for text, said in (
        (
            re.sub(r"(?m)^TENANT_APPS.*\n", "", settings),
            naming("TENANT_APPS", "SHARED_APPS"),
        ),
        (
            re.sub(r"(?m)^INSTALLED_APPS.*\n", "", settings),
            naming("TENANT_APPS", "INSTALLED_APPS"),
        ),
        (settings, naming("makemigrations shop", "shop.Order")),
    ):
        project.write("host/settings.py", text)
        refused = project.run("-m", "automate.cli", "migrate")
        assert refused.returncode == 1
        assert refused.stderr == said, refused.stderr
