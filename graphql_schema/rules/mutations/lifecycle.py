"""The mutations pauseRule, resumeRule and deleteRule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_RULES, PAUSE_RULES
from automate.recovery import holds
from automate.rules import services
from automate.rules.queries import rules_by_id
from graphql_schema.connections import found_by
from graphql_schema.mutating import REASON, Family
from graphql_schema.rules.types import RuleSpec, rule_of

RULE = Family("rule", RuleSpec, found_by(rules_by_id, rule_of))


@strawberry.type
class RuleLifecycle:
    pause_rule = RULE.changes(
        "pause_rule",
        holds.pause_rule,
        PAUSE_RULES,
        "Pause a rule. It still matches events, but its runs wait to begin. Unlike with `enabled: false`, no run is lost.",
        reason=REASON,
    )
    resume_rule = RULE.changes(
        "resume_rule",
        holds.resume_rule,
        PAUSE_RULES,
        "Resume a rule. Its waiting runs begin, and so do further runs.",
    )
    delete_rule = RULE.deletes(
        "delete_rule",
        services.delete_rule,
        EDIT_RULES,
        "Delete a rule. It starts no run from then on. Its decisions and runs stay, and queued runs continue. Open waits of "
        "its debounce or absence options end without a run. A paused rule must be resumed before it is deleted.",
    )
