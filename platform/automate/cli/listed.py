"""All commands, by what the list of commands shows of them. The module of a command is imported when the command runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

HERE = "On this machine"
CLIENT = "Work with a tenant (through the API, with its token)"
PROCESSES = "One process each"
SETUP = "Set up a database"
BUILD = "Build on it"


@dataclass(frozen=True)
class Listed:
    """target: ``module:attribute`` in this folder, a function or a group of commands. summary: the first line of its help."""

    panel: str
    target: str
    summary: str


def _in(panel: str, **commands: tuple[str, str]) -> dict[str, Listed]:
    return {name.replace("_", "-"): Listed(panel, target, summary) for name, (target, summary) in commands.items()}


LISTED: Mapping[str, Listed] = {
    **_in(
        HERE,
        up=("here:up", "Start servers and all processes here, and keep them running until Ctrl-C."),
        stop=("here:stop", "End the installation of AUTOMATE_HOME, or what a killed one left."),
        demo=("here:demo", "Send a recorded GitHub webhook and show what became of it."),
        doctor=("doctor:doctor", "Check the environment and the servers. Status 1 when anything fails."),
    ),
    **_in(
        CLIENT,
        init=("init:init", "Write an example, first.yaml: a workflow and the rule that starts it."),
        apply=(
            "apply:apply",
            "Bring a tenant to what a file says, whole or not at all. Run it again at will: what is so already stays untouched.",
        ),
        plan=("apply:plan_changes", "Say what `automate apply` would change, place by place, and change nothing."),
        export=(
            "apply:export",
            "Print a tenant's configuration as YAML that `automate apply` takes. Secrets are references.",
        ),
        run=("run:run", "Start a workflow by hand."),
        send=(
            "send:send",
            "Send an event. Prints its id, its trace id, and whether it is NEW, a DUPLICATE or a CONFLICT.",
        ),
        tail=(
            "tail:tail",
            "Follow the transitions of runs and steps as they happen. Its end, such as Ctrl-C, says how to go on.",
        ),
        runs=("runs:runs", "List runs, newest first, with the ids that other commands take."),
        show=(
            "show:show",
            "Show a run with its steps, an event with its decisions and runs, or the events and runs of a trace.",
        ),
        explain=("explain:explain", "Say what each rule decided about an event, and why."),
        approvals=(
            "approvals:approvals",
            "List the approvals that wait for a decision: who may decide, until when, and for which run.",
        ),
        backtest=("backtest:backtest", "Test a rule, or a draft of one, on stored events. Nothing is started."),
        deliveries=(
            "deliveries:deliveries",
            "List what came by webhook and made no event, newest first: duplicates, conflicts and what was refused, with the reason.",
        ),
        redeliver=(
            "deliveries:redeliver",
            "Take kept deliveries in after all: as their sources are now. Status 1 where one is refused again.",
        ),
        verify=(
            "deliveries:verify",
            "Say why a request's signature fails, secret by secret. Nothing is taken in. Status 1 unless it would be.",
        ),
        cancel=("recover:cancel", "End runs; what they did is compensated."),
        retry=("recover:retry", "Queue a new run in the place of each that has ended."),
        replay=("recover:replay", "Match an event anew, with the rules that are in force now."),
        pause=("recover:pause", "Let runs start nothing more until they are resumed."),
        resume=("recover:resume", "Let paused runs go on."),
        effects=(
            "effects:effects",
            "Show what a run sent where, and the proof that it was not sent twice; or what waits for a person, in all runs.",
        ),
        resolve=("effects:resolve", "Say what became of a call of which nobody else knows; its run goes on."),
        breakers=("effects:breakers", "List the hosts of which calls have failed, those that are held first."),
        breaker=(
            "effects:breaker",
            "Hold the calls to a host, let them through, or let its circuit breaker go by itself.",
        ),
        record=("record:record", "Make a test of a real run: its event, what was answered, and what came of it."),
        reveal=(
            "reveal:reveal",
            "Print an event's payload as it was sent. Needs a token whose scopes name view_raw_payload.",
        ),
        recipes=("recipe:recipes", "List the ready automations."),
        audit=("audit:audit", "Export the tenant's audit record, and verify its hashes."),
        retention=("retention:retention", "Show, set and hold how long the tenant's data is kept."),
        budgets=("budgets:budgets", "List, set and delete the tenant's budgets."),
        usage=("usage:usage", "Show what the tenant used, or export closed hours as CSV or JSONL."),
        held=("restored:held", "List the work that waits since the database was restored, with its effects."),
        release=("restored:release", "Let work go on that waits since the database was restored."),
        bulk=("bulk:bulk", "Retry, cancel, replay or redrive all that fits a filter."),
        recipe=("recipe:app", "Show a ready automation, and install it."),
        tenant=("tenant:tenant_group", "Export the tenant's data, delete the tenant, or keep it."),
        member=("member:member", "List, invite, change and remove the tenant's members."),
        token=("token:token", "List, create, revoke and rotate the tenant's tokens."),
    ),
    **_in(
        PROCESSES,
        web=("web:web", "Answer HTTP and WebSockets on AUTOMATE_HOST:AUTOMATE_PORT."),
        relay=("processes:relay", "Dispatch due jobs to the broker."),
        worker=("processes:worker", "Claim and do the jobs that the relay dispatched."),
        scheduler=("processes:scheduler", "Maintenance and provisioning, as the role that owns the tables."),
        health=(
            "health:health",
            "Whether a process of this machine and AUTOMATE_HOME makes progress; status 1 and the reason where it does not.",
        ),
    ),
    **_in(
        SETUP,
        roles=(
            "setup:roles",
            "Create the database and its roles, with the passwords of AUTOMATE_{WEB,RELAY,WORKER,ADMIN}_DATABASE_URL.",
        ),
        migrate=("setup:migrate", "Bring all tables up to date, as the role of AUTOMATE_ADMIN_DATABASE_URL."),
        platform_token=(
            "setup:platform_token",
            "Print a new token of the platform, as the role of AUTOMATE_ADMIN_DATABASE_URL. It makes and suspends tenants, and is shown this once.",
        ),
        restored=(
            "setup:restored",
            "State that the database was restored from a copy of its disk. What is open waits for `automate release`.",
        ),
        fairness=(
            "fairness:fairness",
            "Show each tenant's share of the workers, its p95 start delay and its oldest due job. Needs a platform token.",
        ),
        manage=("manage:manage", "Run one of Django's commands, such as createsuperuser, as the owner of the tables."),
        vault=("vault:vault", "Make and rotate the keys of secrets."),
    ),
    **_in(
        BUILD,
        test=(
            "test:run_cases",
            "Test workflows against recorded or mocked connectors; status 1 unless all is as expected.",
        ),
        isolation_report=(
            "isolation:isolation",
            "Let one tenant try to read, name and change what belongs to another one. Prints what it tried; exits with 1 for a leak.",
        ),
        connector=("connector:connector", "Connectors in packages of their own."),
    ),
}
