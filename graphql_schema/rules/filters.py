"""The filter of a list of rules."""

from __future__ import annotations

import strawberry

from automate.rules.queries import RulesFilter


@strawberry.input
class RuleFilter:
    workflow: str | None = strawberry.field(default=None, description="The slug of the workflow that the rules start.")
    enabled: bool | None = strawberry.field(default=None, description="Only enabled rules, or only disabled ones.")
    paused: bool | None = strawberry.field(default=None, description="True: only paused rules. False: only others.")

    def rows(self) -> RulesFilter:
        return RulesFilter(workflow=self.workflow, enabled=self.enabled, paused=self.paused)
