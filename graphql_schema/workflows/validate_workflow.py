"""The query validateWorkflow: all problems of a definition."""

from __future__ import annotations

from typing import Annotated

import strawberry

from automate.kernel.permissions import EDIT_WORKFLOWS
from automate.workflows.services import problem_json, problems_of_draft
from graphql_schema.errors import QueryPayload
from graphql_schema.json_text import json_of
from graphql_schema.permissions import Requires
from graphql_schema.scalars import JSON
from graphql_schema.workflows.types import Problem, problem_of


@strawberry.type(description="The result of validating a definition.")
class ValidateWorkflowPayload(QueryPayload):
    valid: bool = strawberry.field(description="Whether the definition could be published.")
    problems: list[Problem] = strawberry.field(description="All problems, each with its path.")


@strawberry.type
class ValidateQueries:
    @strawberry.field(
        extensions=[Requires(EDIT_WORKFLOWS)], description="Find all problems of a definition. Nothing is saved."
    )
    def validate_workflow(
        self,
        definition: JSON,
        workflow: Annotated[
            str | None,
            strawberry.argument(
                description="The workflow's slug. It is needed to check which secrets the workflow may use. Null skips this "
                "check."
            ),
        ] = None,
    ) -> ValidateWorkflowPayload:
        problems = [problem_of(problem_json(problem)) for problem in problems_of_draft(workflow, json_of(definition))]
        return ValidateWorkflowPayload(valid=not problems, problems=problems)
