"""Django's commands, as an administrator runs them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automate.kernel.ids import new_id
from automate.kernel.tenancy import acting_for_platform
from automate.project.home import kept_secret, prepare
from tests.support.facts import naming
from tests.support.staff import PASSWORD

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow
"""Each starts a process that imports Django."""


def manage(*words: str, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env={**os.environ, **environ}, input=given, text=True,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip


def person_named(email: str) -> Any:
    from tenants.people.models import User

    with acting_for_platform("a test"):
        return User.objects.filter(email=email).first()


def has_password(person: Any, password: str) -> bool:
    """Without the save that Django adds where this process has another hasher than the command."""
    from django.contrib.auth.hashers import check_password

    return check_password(password, person.password)


def actions_on(person: Any) -> list[str]:
    from tenants.models import PlatformAuditEntry

    with acting_for_platform("a test"):
        return list(
            PlatformAuditEntry.objects.filter(object_id=str(person.pk)).order_by("id").values_list("action", flat=True)
        )


@pytest.fixture
def email(database: Any) -> str:
    return f"root-{new_id().hex}@example.com"


def test_superuser_is_made_signs_in_and_is_recorded(email: str) -> None:
    made = manage(
        "createsuperuser", "--noinput", DJANGO_SUPERUSER_EMAIL=email.upper(), DJANGO_SUPERUSER_PASSWORD=PASSWORD
    )
    assert made.returncode == 0, made.stderr
    person = person_named(email)
    assert (person.is_staff, person.is_superuser, has_password(person, PASSWORD)) == (True, True, True)
    assert person.password.startswith("argon2$argon2id$v=19$m=65536,t=3,")
    assert actions_on(person) == ["person.create_superuser"]
    again = manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_EMAIL=email, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    assert (again.returncode, "Traceback" in again.stderr) == (1, False)


def test_password_is_changed_and_recorded(email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.management import CommandError, call_command

    from tenants.management.commands import changepassword

    manage("createsuperuser", "--noinput", DJANGO_SUPERUSER_EMAIL=email, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    typed = iter(["another long password", "another long password", "one", "two"])
    monkeypatch.setattr(changepassword.Command, "_get_pass", lambda *_prompt: next(typed))
    call_command("changepassword", email)
    assert has_password(person_named(email), "another long password")
    with pytest.raises(CommandError):
        call_command("changepassword", email)
    assert actions_on(person_named(email)) == ["person.create_superuser", "person.change_password"]


def test_password_of_nobody_is_not_changed(database: Any) -> None:
    refused = manage("changepassword", "nobody@example.com")
    assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)


@pytest.mark.long
def test_migrations_are_shown_of_the_public_schema_and_of_a_tenant(tenant: Any) -> None:
    public, own = manage("showmigrations"), manage("showmigrations", "--tenant", tenant.ref.slug)
    for shown, app, other in ((public, "people", "events"), (own, "events", "people")):
        lines = shown.stdout.splitlines()
        assert (shown.returncode, app in lines, other in lines) == (0, True, False), shown.stderr
        assert not [line for line in lines if line.strip().startswith("[ ]")]
    assert manage("showmigrations", "--tenant", "nosuch").returncode == 1


def test_shell_reads_within_a_scope(tenant: Any) -> None:
    code = (
        "from tenants.directory import tenant_by_slug; from automate.kernel.tenancy import acting_for\n"
        f"with acting_for(tenant_by_slug('{tenant.ref.slug}').ref):\n"
        "    from automate.events.models import Source; print('sources', Source.objects.count())"
    )
    shown = manage("shell", "-c", code)
    assert (shown.returncode, "sources" in shown.stdout) == (0, True), shown.stderr


def test_manage_works_beside_a_running_installation(email: str, tmp_path: Path) -> None:
    """``make up`` leaves what the command needs in a private file, and no variable has to be set."""
    from automate.devserver import upfile

    upfile.write_environ(tmp_path, os.environ)
    assert (tmp_path / upfile.ENVIRON).stat().st_mode & 0o777 == 0o600
    kept = {name: value for name, value in os.environ.items() if name not in upfile.OF_COMMANDS}
    kept |= {"AUTOMATE_HOME": str(tmp_path), "DJANGO_SUPERUSER_EMAIL": email, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    words = [sys.executable, "-m", "automate.cli", "manage", "createsuperuser", "--noinput"]
    made = subprocess.run(words, cwd=ROOT, env=kept, text=True, capture_output=True, check=False)
    assert (made.returncode, person_named(email).is_superuser) == (0, True), made.stderr
    upfile.remove(tmp_path)
    assert upfile.read_environ(tmp_path) == {}


@pytest.mark.parametrize("command", ["createsuperuser", "changepassword", "showmigrations"])
def test_commands_say_which_login_they_need(database: Any, command: str) -> None:
    refused = manage(
        command, *(["x@example.com"] if command == "changepassword" else []), AUTOMATE_ADMIN_DATABASE_URL=""
    )
    assert (refused.returncode, "AUTOMATE_ADMIN_DATABASE_URL" in refused.stderr) == (1, True)


def test_command_that_knows_no_tenants_says_what_to_do_in_one_line(database: Any) -> None:
    refused = manage("flush", "--noinput")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.splitlines() == [naming("acting_for", "automate manage shell")]


PRODUCTION = {
    "AUTOMATE_BASE_URL": "https://automate.example.com",
    "AUTOMATE_ALLOWED_HOSTS": "automate.example.com",
    "AUTOMATE_SECRET_KEY": "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184",
    "AUTOMATE_PROCESS": "web",
}


def test_deployment_check_is_clean(database: Any) -> None:
    checked = manage("check", "--deploy", "--fail-level", "DEBUG", **PRODUCTION)
    assert (checked.returncode, checked.stderr.strip()) == (0, ""), checked.stderr


def test_key_that_make_up_makes_passes_the_deployment_check(database: Any, tmp_path: Path) -> None:
    made = kept_secret(prepare(tmp_path), "secret_key")
    checked = manage("check", "--deploy", "--fail-level", "DEBUG", **{**PRODUCTION, "AUTOMATE_SECRET_KEY": made})
    assert (checked.returncode, checked.stderr.strip()) == (0, ""), checked.stderr


def test_web_imports_no_admin_before_it_is_asked_for(database: Any) -> None:
    code = "import sys, automate.web.asgi; print([name for name in sys.modules if name.startswith(('django.contrib.admin', 'servestatic'))])"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "AUTOMATE_PROCESS": "web"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert shown.stdout.strip() == "[]", shown.stderr
