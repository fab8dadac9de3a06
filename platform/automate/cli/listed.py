"""Lists all commands with their summaries. A command's module is imported only when the command runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HERE = "On this machine"
CLIENT = "Work with a tenant (through the API, with its token)"
PROCESSES = "Processes"
SETUP = "Set up a database"
BUILD = "Development"


@dataclass(frozen=True)
class ListedCommand:
    """One command."""

    panel: str
    target: str
    """``module:attribute`` in this folder: a function or a group of commands."""
    summary: str
    """The first line of its help."""


def _in(panel: str, **commands: tuple[str, str]) -> dict[str, ListedCommand]:
    return {
        name.replace("_", "-"): ListedCommand(panel, target, summary) for name, (target, summary) in commands.items()
    }


LISTED: Mapping[str, ListedCommand] = {
    **_in(
        HERE,
        up=("here:up", "Start the servers and all processes on this machine, and keep them running until Ctrl-C."),
        stop=(
            "here:stop",
            "End the installation in AUTOMATE_HOME. If its supervisor was killed, also end the processes that remain.",
        ),
        demo=("here:demo", "Send a recorded GitHub webhook and show its effects."),
        doctor=("doctor:doctor", "Check the environment and the servers. Exits with 1 if a check fails."),
    ),
    **_in(
        CLIENT,
        init=("init:init", "Write the example file first.yaml: a workflow, and a rule that starts the workflow."),
        apply=(
            "apply:apply",
            "Apply a configuration file to a tenant, completely or not at all.",
        ),
        plan=("apply:plan_changes", "Show what `automate apply` would change, line by line, and change nothing."),
        export=(
            "apply:export",
            "Print a tenant's configuration as YAML for `automate apply`. Secrets are printed as references, not as values.",
        ),
        run=("run:run", "Start a run of a workflow."),
        send=(
            "send:send",
            "Send an event. Prints the event's id, its trace id, and whether the event is NEW, a DUPLICATE or a CONFLICT.",
        ),
        tail=(
            "tail:tail",
            "Show the transitions of runs and steps as they happen. When the command ends, it prints how to resume.",
        ),
        runs=("runs:runs", "List runs, newest first. Other commands accept the listed ids."),
        show=(
            "show:show",
            "Show a run with its steps, an event with its decisions and runs, or the events and runs of a trace.",
        ),
        explain=("explain:explain", "Show what each rule decided about an event, and why."),
        approvals=(
            "approvals:approvals",
            "List the approvals that wait for a decision: who may decide, until when, and for which run.",
        ),
        backtest=("backtest:backtest", "Test a rule or a draft on stored events. No run is started."),
        deliveries=(
            "deliveries:deliveries",
            "List webhooks that created no event, newest first: duplicates, conflicts and refusals, with the reason.",
        ),
        redeliver=(
            "deliveries:redeliver",
            "Check refused deliveries again, with the current settings of their sources, and accept the valid ones. Exits with 1 if a delivery is still refused.",
        ),
        verify=(
            "deliveries:verify",
            "Check a request's signature with each secret, and explain why a check fails. The request creates no event.",
        ),
        cancel=("recover:cancel", "Cancel runs. Their finished steps are compensated."),
        retry=("recover:retry", "Retry runs that have ended. Each retry is a new run."),
        replay=("recover:replay", "Match a stored event again, with the current rules."),
        pause=("recover:pause", "Pause runs. They start no step until they are resumed."),
        resume=("recover:resume", "Resume paused runs."),
        effects=(
            "effects:effects",
            "Show the calls of a run, and the proof that no call was sent twice.",
        ),
        resolve=("effects:resolve", "Decide the outcome of an uncertain call. The run then continues."),
        breakers=("effects:breakers", "List the hosts with failed calls. Hosts whose calls are held come first."),
        breaker=(
            "effects:breaker",
            "Set whether calls to a host are held, are sent, or are held only after failures.",
        ),
        record=(
            "record:record",
            "Create a test from a real run: its event, the answers of connectors, and the outcome.",
        ),
        reveal=(
            "reveal:reveal",
            "Print an event's payload as it was sent. Needs a token whose scopes include view_raw_payload.",
        ),
        recipes=("recipe:recipes", "List the ready-made automations (recipes)."),
        audit=("audit:audit", "Export the tenant's audit record, and verify its hashes."),
        retention=("retention:retention", "Show, set and hold how long the tenant's data is kept."),
        budgets=("budgets:budgets", "List, set and delete the tenant's budgets."),
        usage=("usage:usage", "Show the tenant's usage, or export complete hours as CSV or JSONL."),
        held=(
            "restored:held",
            "List each job that waits because the database was restored, and the effects of the job.",
        ),
        release=("restored:release", "Release jobs that wait because the database was restored."),
        bulk=("bulk:bulk", "Retry, cancel, replay or redrive all items that match a filter."),
        recipe=("recipe:app", "Show a ready-made automation (recipe), and install it."),
        tenant=("tenant:tenant_group", "Export the tenant's data, delete the tenant, or cancel its deletion."),
        member=("member:member", "List, invite, change and remove the tenant's members."),
        token=("token:token", "List, create, revoke and rotate the tenant's tokens."),
    ),
    **_in(
        PROCESSES,
        web=("web:web", "Serve HTTP and WebSockets on AUTOMATE_HOST:AUTOMATE_PORT."),
        relay=("processes:relay", "Send due jobs to the broker."),
        worker=("processes:worker", "Claim and process the jobs that the relay sent."),
        scheduler=(
            "processes:scheduler",
            "Prepare schemas for new tenants, and remove old data. Uses the database role that owns the tables.",
        ),
        health=(
            "health:health",
            "Check that one process, such as the relay, makes progress. The process belongs to the installation in AUTOMATE_HOME.",
        ),
    ),
    **_in(
        SETUP,
        roles=(
            "setup:roles",
            "Create the database and its roles, with the passwords of AUTOMATE_{WEB,RELAY,WORKER,ADMIN}_DATABASE_URL.",
        ),
        migrate=(
            "setup:migrate",
            "Bring all tables up to date. The command uses the database role of AUTOMATE_ADMIN_DATABASE_URL.",
        ),
        platform_token=(
            "setup:platform_token",
            "Print a new platform token, which is not shown again. The command uses the database role of AUTOMATE_ADMIN_DATABASE_URL.",
        ),
        restored=(
            "setup:restored",
            "Declare that the database was restored from a copy of its disk. Open jobs then wait for `automate release`.",
        ),
        fairness=(
            "fairness:fairness",
            "Show each tenant's share of the workers, its p95 start delay and its oldest due job. Needs a platform token.",
        ),
        manage=(
            "manage:manage",
            "Run one of Django's commands, such as createsuperuser. The command runs as the database role that owns the tables.",
        ),
        vault=("vault:vault", "Create and rotate the keys of secrets."),
    ),
    **_in(
        BUILD,
        test=(
            "test:run_cases",
            "Test workflows with recorded or mocked connectors. Exits with 1 unless all cases pass.",
        ),
        isolation_report=(
            "isolation:isolation",
            "Let one tenant try to read, change and refer to the data of another tenant.",
        ),
        connector=("connector:connector", "Create connectors in separate packages."),
    ),
}
