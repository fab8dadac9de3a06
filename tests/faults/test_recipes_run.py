"""Each recipe as it is installed by one mutation: real processes, signed webhooks, and a world on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from automate.project.reaching import LOOPBACK
from tests.support.databases import copied
from tests.support.endpoint_receiver import threaded
from tests.support.facts import naming
from tests.support.mail import MailServer
from tests.support.processes import TENANT, Database, Platform
from tests.support.raw_server import Exchange, RawServer, answer
from tests.support.recipes import Erp, Installed, sample
from tests.support.servers import Servers
from tests.support.slack import CHANNEL, TOKEN, Slack

SECRET, WHSEC = "a sender's own secret", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
pytestmark = pytest.mark.slow


@contextmanager
def running(home: Path, database: Database, *, worker: str = "", **environ: str) -> Iterator[Installed]:
    """A platform at work. environ: of all processes."""
    tenant = TENANT.upper().replace("-", "_")
    secrets = {f"AUTOMATE_SECRET_{tenant}__{name}": value for name, value in environ.items() if name.isupper()}
    with Platform(home, database, **secrets, **environ) as platform:
        platform.start("worker", sabotage=worker)
        platform.start_all("web", "relay", "scheduler")
        platform.await_ready("worker")
        yield Installed(platform)


@pytest.fixture
def database(template: Database, servers: Servers) -> Iterator[Database]:
    with copied(template, servers) as made:
        yield made


def smtp(server: MailServer) -> dict[str, Any]:
    return {"smtp_host": LOOPBACK, "smtp_port": server.port, "smtp_security": "none", "from": "Us <us@host.example>"}


def subjects(server: MailServer) -> list[str]:
    return [str(one.message["subject"]) for one in server.received]


def test_issue_is_posted_once_and_calls_nobody(tmp_path: Path, database: Database) -> None:
    slack = Slack()
    with ExitStack() as stack:
        stack.enter_context(threaded(slack))
        home = tmp_path / "platform"
        there = stack.enter_context(
            running(home, database, worker="worker_with_slack_near", SLACK_TOKEN=TOKEN, NEAR_SLACK=slack.api_url)
        )
        given = {"channel": CHANNEL, "github_secret": SECRET, "repositories": ["Codertocat/Hello-World"]}
        assert there.install("github-issue-to-slack", **given) == ["created"] * 3
        assert there.install("github-issue-to-slack", **given) == ["unchanged"] * 3
        payload = sample("github-issue-to-slack")
        payload["issue"]["title"] = "<!channel> look"
        there.from_github("github-issues", SECRET, "issues", {**payload, "action": "closed"})
        elsewhere = {**payload["repository"], "full_name": "octocat/other"}
        there.from_github("github-issues", SECRET, "issues", {**payload, "repository": elsewhere})
        there.from_github("github-issues", SECRET, "issues", payload)
        (run,) = there.ended("github-issues")
        assert (run["state"], run["error"]) == ("SUCCEEDED", None)
        (message,) = slack.messages
        assert message["text"] == naming("issue", "Codertocat/Hello-World")
        assert message["blocks"][0]["text"] == {"type": "plain_text", "text": "#1 <!channel> look"}


def test_burst_of_errors_is_told_of_once_for_each_service(tmp_path: Path, database: Database) -> None:
    slack, error = Slack(), sample("error-burst-to-slack")
    with ExitStack() as stack:
        stack.enter_context(threaded(slack))
        pool = stack.enter_context(ThreadPoolExecutor(4))
        home = tmp_path / "platform"
        there = stack.enter_context(
            running(home, database, worker="worker_with_slack_near", SLACK_TOKEN=TOKEN, NEAR_SLACK=slack.api_url)
        )

        def raised(times: int, source: str = "error-burst", **data: Any) -> None:
            told = {**error, "data": {**error["data"], **data}}
            list(pool.map(lambda _: there.from_product(source, WHSEC, told), range(times)))

        given = {"channel": CHANNEL, "webhook_secret": WHSEC}
        assert there.install("error-burst-to-slack", **given, at_least=5, within_seconds=3_600) == ["created"] * 3
        raised(4)
        assert there.verdicts("error-burst", 4) == {"SUPPRESSED": 4}
        raised(20, message="<!channel> " + "x" * 3_000)  # more than Slack takes
        raised(20, service="<!here>", message="<!channel> refused")
        assert there.verdicts("error-burst", 44) == {"SUPPRESSED": 42, "MATCHED": 2}
        runs = there.ended("error-burst", 2)
        assert [(run["state"], run["error"]) for run in runs] == [("SUCCEEDED", None)] * 2
        said = [[message["text"], *(block["text"] for block in message["blocks"])] for message in slack.messages]
        burst, plain = "5 errors within 3600 s", {"type": "plain_text"}
        assert sorted(said, key=lambda lines: str(lines[0])) == [
            [
                f"A service: {burst}",
                {**plain, "text": naming("<!here>", burst, "3600 s")},
                {**plain, "text": naming("<!channel> refused")},
            ],
            [
                f"checkout: {burst}",
                {**plain, "text": naming("checkout", burst, "3600 s")},
                {**plain, "text": naming("error tracker")},
            ],
        ]
        brief = {**given, "name": "brief", "at_least": 2, "within_seconds": 5}
        assert there.install("error-burst-to-slack", **brief) == ["created"] * 3
        raised(2, "brief")
        assert there.verdicts("brief", 2) == {"SUPPRESSED": 1, "MATCHED": 1}
        there.until_windows_have_passed("brief")
        raised(2, "brief")
        assert there.verdicts("brief", 4) == {"SUPPRESSED": 2, "MATCHED": 2}
        there.ended("brief", 2)
        assert len(slack.messages) == 4


def test_failed_payment_is_reminded_of_unless_it_is_paid_in_time(tmp_path: Path, database: Database) -> None:
    with MailServer() as server, running(tmp_path / "platform", database) as there:
        three_days = {**smtp(server), "stripe_secret": SECRET}
        assert there.install("stripe-payment-reminder", **three_days) == ["created"] * 3
        assert there.install("stripe-payment-reminder", **three_days, name="soon", wait_seconds=1) == ["created"] * 3
        failed = sample("stripe-payment-reminder")
        there.from_stripe("stripe-reminder", SECRET, failed)
        there.until_waiting("stripe-reminder", "paid")
        there.from_stripe("stripe-reminder", SECRET, {**failed, "type": "invoice.payment_failed"})
        there.from_stripe("stripe-reminder", SECRET, {**failed, "type": "invoice.paid"})
        runs = there.ended("stripe-reminder", 2)
        # The second failure of the same invoice starts no second wait, and what is paid is not asked for.
        assert sorted(run["state"] for run in runs) == ["CANCELLED", "SUCCEEDED"]
        assert server.received == []
        there.from_stripe("soon", SECRET, failed)
        (run,) = there.ended("soon")
        assert [(step["key"], step["state"]) for step in run["steps"]] == [
            ("paid", "SUCCEEDED"),
            ("remind", "SUCCEEDED"),
        ]
        (mail,) = server.received
        assert (mail.recipients, mail.message["subject"]) == (
            ["jenny@example.com"], naming("payment", "ACME-0001")
        )  # fmt: skip
        assert failed["data"]["object"]["hosted_invoice_url"] in mail.message.get_content()


def test_figures_are_mailed_each_night_and_where_there_are_none_a_mail_says_so(
    tmp_path: Path, database: Database
) -> None:
    asked: list[str] = []

    async def figures(exchange: Exchange) -> None:
        asked.append(exchange.headers["authorization"])
        body = b'{"orders": 17}' if len(asked) == 1 else b"{}"
        status = "200 OK" if len(asked) == 1 else "404 Not Found"
        await exchange.send(answer(status, body, "Content-Type: application/json"))

    product = RawServer(figures)
    with ExitStack() as stack:
        server = stack.enter_context(MailServer())
        stack.enter_context(threaded(product))
        there = stack.enter_context(running(tmp_path / "platform", database, REPORT_TOKEN="report-token-very-secret"))
        given = {**smtp(server), "url": f"{product.url}daily", "api_token": "REPORT_TOKEN", "to": ["team@host.example"]}
        assert there.install("nightly-report", **given) == ["created"] * 3
        there.tick("nightly-report")
        (run,) = there.ended("nightly-report")
        assert {step["key"]: step["state"] for step in run["steps"]} == {
            "fetch": "SUCCEEDED", "send": "SUCCEEDED", "tell": "SKIPPED"
        }  # fmt: skip
        (attached,) = server.received[0].message.iter_attachments()
        assert (attached.get_filename(), attached.get_content()) == ("report.json", b'{"orders":17}')
        there.tick("nightly-report")
        there.ended("nightly-report", 2)
        assert [subject.split(" of ")[0] for subject in subjects(server)] == ["Report", "No report"]
        assert asked == ["Bearer report-token-very-secret"] * 2


def test_large_order_is_booked_once_it_is_approved_and_given_back_where_it_is_not(
    tmp_path: Path, database: Database
) -> None:
    erp = Erp()
    with ExitStack() as stack:
        stack.enter_context(threaded(erp))
        there = stack.enter_context(running(tmp_path / "platform", database, ERP_TOKEN="erp-token-very-secret"))
        given = {"limit": 1000, "erp_url": erp.url.rstrip("/"), "shopify_secret": SECRET}
        assert there.install("order-approval", **given) == ["created"] * 3
        order = sample("order-approval")
        there.from_shopify("order-approval", SECRET, "orders/create", {**order, "total_price": "999.99"})
        there.from_shopify("order-approval", SECRET, "orders/create", order)
        there.until_waiting("order-approval", "approve")
        there.decide("APPROVED")
        (run,) = there.ended("order-approval")
        assert (run["state"], run["error"]) == ("SUCCEEDED", None)
        assert [(method, path) for method, path, _ in erp.log] == [("POST", "/reservations"), ("POST", "/orders")]
        assert erp.log[0][2] == {"order": 820982911946154508, "total": "4388.00", "currency": "USD"}
        assert erp.log[1][2]["reservation"] == "r1"
        there.from_shopify("order-approval", SECRET, "orders/create", {**order, "id": 7})
        there.until_waiting("order-approval", "approve")
        there.decide("REJECTED")
        refused = next(run for run in there.ended("order-approval", 2) if run["state"] != "SUCCEEDED")
        assert (refused["state"], refused["steps"][0]["compensation"]) == ("FAILED", {"state": "SUCCEEDED"})
        assert [(method, path) for method, path, _ in erp.log[2:]] == [
            ("POST", "/reservations"), ("DELETE", "/reservations/r3")
        ]  # fmt: skip


def test_signup_is_led_until_it_has_begun(tmp_path: Path, database: Database) -> None:
    with MailServer() as server, running(tmp_path / "platform", database) as there:
        given = {
            **smtp(server),
            "webhook_secret": WHSEC,
            "product": "Acme",
            "start_url": "https://app.example.com/start",
        }
        assert there.install("signup-onboarding", **given) == ["created"] * 3
        quick = {**given, "name": "quick", "help_seconds": 1, "offer_seconds": 1}
        assert there.install("signup-onboarding", **quick) == ["created"] * 3
        signup = sample("signup-onboarding")
        there.from_product("quick", WHSEC, signup)
        there.ended("quick")
        assert subjects(server) == ["Welcome to Acme", naming("steps", "Acme"), naming("look", "Acme")]
        there.from_product("onboarding", WHSEC, signup)
        there.until_waiting("onboarding", "begun")
        there.from_product("onboarding", WHSEC, {**signup, "type": "user.activated"})
        (run,) = there.ended("onboarding")
        assert [step["key"] for step in run["steps"] if step["state"] == "SUCCEEDED"] == ["welcome", "begun"]
        assert subjects(server)[3:] == ["Welcome to Acme"]
