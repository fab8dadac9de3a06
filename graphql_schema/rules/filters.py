"""What a list of rules is narrowed to."""

from __future__ import annotations

import strawberry

from automate.rules.queries import RulesFilter


@strawberry.input
class RuleFilter:
    workflow: str | None = strawberry.field(default=None, description="The slug of the workflow that they start.")
    enabled: bool | None = strawberry.field(default=None, description="Only enabled rules, or only disabled ones.")
    paused: bool | None = strawberry.field(default=None, description="True: by pauseRule, and not resumed yet.")

    def rows(self) -> RulesFilter:
        return RulesFilter(workflow=self.workflow, enabled=self.enabled, paused=self.paused)
