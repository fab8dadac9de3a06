"""A release to come, whose one more migration changes ``execution_run``: ``python -m tests.support.later_release FOLDER SQL [KILLED_AFTER]``.

KILLED_AFTER: the process kills itself once so many schemas are done. Prints how many are behind, before and after.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import django

EARLIER = ("0001_initial", "0002_guards", "0003_commit_order", "0004_filters")
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("audit", "0004_filters")]
    operations = [migrations.RunSQL({statement!r})]
"""
PACKAGE = "later_release_of_audit"


def write(folder: Path, statement: str) -> None:
    """The migrations of the app of audit entries, and one more."""
    package = folder / PACKAGE
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    for name in EARLIER:
        text = f"import importlib\nMigration = importlib.import_module('automate.audit.migrations.{name}').Migration\n"
        (package / f"{name}.py").write_text(text)
    (package / "0005_later.py").write_text(MIGRATION.format(statement=statement))


def main(folder: str, statement: str, killed_after: str = "") -> None:
    write(Path(folder), statement)
    sys.path.insert(0, folder)

    from django.conf import settings

    settings.MIGRATION_MODULES = {"audit": PACKAGE}
    django.setup()

    from tenants import provisioning

    def behind() -> str:
        return " ".join(str(one.slug) for one in provisioning.status() if not one.ready)

    done_before = []

    def report(done: int, _total: int) -> None:
        done_before.append(done)
        if killed_after and done - done_before[0] >= int(killed_after):
            os.kill(os.getpid(), signal.SIGKILL)

    print(behind(), flush=True)
    provisioning.migrate(report, 2)
    print(behind(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
