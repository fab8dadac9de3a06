"""What a connector writes into the log while it holds a secret, it and the libraries that it uses, has no secret in it."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote_plus

import pytest
import structlog

from actors.connectors.base import Call
from automate.kernel.json_values import as_text
from automate.kernel.redaction import REDACTED
from automate.project import logs
from tests.support.plane import Plane, Scripted, connectors

SECRET = 's3cret/+ of "ünïque" \\ length?'
OTHER = "another secret, of another call"
WITH = {"auth": "Bearer $secret:KEY"}
FORMS = {
    "plain": SECRET,
    "repr": repr(SECRET)[1:-1],
    "json": json.dumps(SECRET)[1:-1],
    "json in repr": repr(json.dumps({"a": SECRET}).encode()),
    "repr in json": json.dumps(repr([SECRET]))[1:-1],
    "form": quote_plus(SECRET),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "basic": base64.b64encode(f"id:{quote_plus(SECRET)}".encode()).decode(),
}


@contextmanager
def logging_to(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As a worker logs, and everything as it was afterwards."""
    root, django = logging.getLogger(), logging.getLogger("django.request")
    before = structlog.get_config(), root.handlers[:], root.level, django.level
    root.handlers.clear()  # those that are configured anew are closed
    monkeypatch.setattr("sys.stderr", lines)
    logs.log_to_stderr("worker")
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before[0])
        root.handlers[:] = before[1]
        root.setLevel(before[2])
        django.setLevel(before[3])


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    with logging_to(lines := io.StringIO(), monkeypatch):
        yield lines


@pytest.fixture
def keyed(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    tenant = plane.tenant.slug.upper().replace("-", "_")
    monkeypatch.setenv(f"AUTOMATE_SECRET_{tenant}__KEY", SECRET)
    monkeypatch.setenv(f"AUTOMATE_SECRET_{tenant}__OTHER", OTHER)
    return plane


def run_one(plane: Plane, act: Callable[[Call], Any], *, inline: bool = True) -> None:
    scripted = Scripted(acts=(act,), inline=inline)
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "with": WITH, "retry": {"max_attempts": 1}}])
        plane.send({})
        plane.drain()
        plane.until(lambda: plane.runs()[0][0] in {"succeeded", "failed"})


def by_logging(text: str) -> None:
    logging.getLogger("shop.client").warning("sent %s", text)


def by_logging_of_arguments(text: str) -> None:
    logging.getLogger("shop.client").warning("sent %(a)r and %(b)s", {"a": [text], "b": text.encode()})


def fail(text: str) -> None:
    raise ValueError({"header": text})


def by_logging_of_an_error(text: str) -> None:
    try:
        fail(text)
    except ValueError:
        logging.getLogger("shop.client").exception("it failed", stack_info=True)


def by_a_library_below(text: str) -> None:
    """That its user wants to hear all of."""
    library = logging.getLogger("httpcore.http11")
    library.setLevel(logging.DEBUG)
    library.debug("send_request_headers.started request=%r", [(b"Authorization", text.encode())])
    library.setLevel(logging.NOTSET)


def by_structlog(text: str) -> None:
    structlog.get_logger("shop").info(f"sent {text}", header=text, nested={"a": [text]}, raw=text.encode(), **{text: 1})


def by_structlog_of_an_error(text: str) -> None:
    try:
        fail(text)
    except ValueError:
        structlog.get_logger("shop").exception("it failed")


def in_a_thread_of_its_own(text: str) -> None:
    """Which inherits nothing of the call's context."""
    thread = threading.Thread(target=by_structlog, args=(text,))
    thread.start()
    thread.join()


WAYS = (
    by_logging,
    by_logging_of_arguments,
    by_logging_of_an_error,
    by_a_library_below,
    by_structlog,
    by_structlog_of_an_error,
    in_a_thread_of_its_own,
)


def assert_clean(log: io.StringIO) -> None:
    said = log.getvalue()
    for name, form in FORMS.items():
        assert form not in said, name
        assert json.dumps(form)[1:-1] not in said, name
    for line in said.splitlines():
        json.loads(line)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_log_of_a_call_has_none_of_its_secrets(
    keyed: Plane, log: io.StringIO, way: Callable[[str], None], form: str
) -> None:
    run_one(keyed, lambda _: way(FORMS[form]))
    assert keyed.runs() == [("succeeded", "")]
    assert REDACTED in log.getvalue()
    assert_clean(log)


@pytest.mark.parametrize("way", WAYS)
def test_so_it_is_on_the_loop_of_calls(keyed: Plane, log: io.StringIO, way: Callable[[str], None]) -> None:
    async def work(call: Call) -> dict[str, Any]:
        await asyncio.sleep(0)
        text = as_text(call.input["auth"])
        way(text)
        await asyncio.to_thread(way, text)
        await asyncio.get_running_loop().run_in_executor(None, way, text)
        return {}

    run_one(keyed, work, inline=False)
    assert keyed.runs() == [("succeeded", "")]
    assert log.getvalue().count(REDACTED) >= 3
    assert_clean(log)


def test_task_that_a_call_leaves_behind_stays_scrubbed(keyed: Plane, log: io.StringIO) -> None:
    go, done = threading.Event(), threading.Event()

    async def later(text: str) -> None:
        await asyncio.to_thread(go.wait)
        by_structlog(text)
        done.set()

    left = []

    async def work(call: Call) -> dict[str, Any]:
        left.append(asyncio.ensure_future(later(as_text(call.input["auth"]))))
        return {}

    run_one(keyed, work, inline=False)
    go.set()
    assert done.wait(30)
    assert REDACTED in log.getvalue()
    assert_clean(log)


def test_error_of_a_task_that_nobody_waits_for_is_told_without_its_words(keyed: Plane, log: io.StringIO) -> None:
    async def fails(text: str) -> None:
        raise ValueError(text)

    async def work(call: Call) -> dict[str, Any]:
        asyncio.ensure_future(fails(as_text(call.input["auth"])))  # noqa: RUF006 - a connector's own mistake
        await asyncio.sleep(0.05)
        return {}

    run_one(keyed, work, inline=False)
    keyed.until(lambda: "ValueError" in log.getvalue())
    assert_clean(log)


def test_log_says_the_same_where_no_call_is_under_way(log: io.StringIO) -> None:
    for way in WAYS:
        way("nothing secret")
    assert REDACTED not in log.getvalue()
    assert log.getvalue().count("nothing secret") >= len(WAYS)


def test_words_of_others_are_scrubbed_too_and_given_back_when_the_call_has_ended(log: io.StringIO) -> None:
    """Whose record it is cannot always be known: a client that two calls share has one thread of its own."""
    from automate.kernel.redaction import Scrubber
    from automate.kernel.secret_lines import redact_logs

    with redact_logs(Scrubber([SECRET])):
        with redact_logs(Scrubber([OTHER])):
            in_a_thread_of_its_own(f"{SECRET} and {OTHER}")
        by_logging(OTHER)
    by_logging(SECRET)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [
        f"sent {REDACTED} and {REDACTED}",
        f"sent {OTHER}",
        f"sent {SECRET}",
    ]


def test_without_the_scrubbing_a_secret_is_logged(keyed: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sabotaged twin: these tests would see it."""
    monkeypatch.setattr(logs, "scrubbed_line", lambda text: text)
    with logging_to(lines := io.StringIO(), monkeypatch):
        run_one(keyed, lambda _: by_logging(SECRET))
    with pytest.raises(AssertionError):
        assert_clean(lines)
