"""The program of docs/following.md follows events under twenty writers, and its documents fit the schema."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from graphql import parse, validate

from tests.support.followers import commit, write_event, writing
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "following.md").read_text()
WRITERS, EACH = 20, 10
SECONDS = 60


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def program(tenant: Any, web: str, tmp_path: Path) -> Any:
    (code,) = blocks("python")
    environ = {**os.environ, "AUTOMATE_URL": f"http://{web}", "AUTOMATE_TOKEN": tenant.token}

    @contextmanager
    def running() -> Iterator[Iterator[dict[str, Any]]]:
        with subprocess.Popen(
            [sys.executable, "-c", code], env=environ, cwd=tmp_path, stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                assert process.stdout is not None
                until = time.monotonic() + SECONDS
                while not (tmp_path / "cursor.txt").exists():
                    assert process.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.01)
                yield map(json.loads, process.stdout)
            finally:
                process.send_signal(signal.SIGTERM)

    return running


def test_program_prints_each_event_once_and_continues_after_a_restart(tenant: Any, program: Any) -> None:
    commit(tenant.ref, write_event)
    with program() as printed:
        threads = writing(tenant.ref, write_event, writers=WRITERS, each=EACH)
        seen = [next(printed)["id"] for _ in range(WRITERS * EACH)]
        threads.join()
    assert len(set(seen)) == len(seen)
    commit(tenant.ref, lambda: write_event("while it was down"))
    with program() as printed:
        # A kill may come between the work and the cursor, and then a page is repeated.
        again = next(event for event in printed if event["id"] not in seen)
    assert again["type"] == "while it was down"


def test_documents_fit_the_schema() -> None:
    from graphql_schema.schema import tenant_schema

    documents = blocks("graphql")
    assert documents
    assert [validate(tenant_schema._schema, parse(document)) for document in documents] == [[]] * len(documents)
