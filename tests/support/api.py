"""A GraphQL client over Django's own test client, and the operations of the contract."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.test import Client
from graphql import OperationDefinitionNode, parse, print_ast

CONTRACT = Path(__file__).parent.parent / "api" / "contract"


def operations(*files: str) -> dict[str, str]:
    """Each operation of the contract's files, by its name, as a document of its own."""
    documents = [parse((CONTRACT / file).read_text()) for file in files]
    return {
        node.name.value: print_ast(node)
        for document in documents
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode) and node.name is not None
    }


MAIN_JOB = operations("main_job.graphql")
PLATFORM = operations("platform.graphql")
OPERATE = operations("operate.graphql")


@dataclass
class Api:
    """token: whose requests these are; empty for nobody's."""

    token: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def post(self, body: bytes | dict[str, Any], **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.post("/graphql", data=data, content_type=content_type, headers=headers)

    def get(self, parameters: dict[str, str], **headers: str) -> Any:
        return self.client.get("/graphql", parameters, headers={"Authorization": f"Bearer {self.token}", **headers})

    def answer(self, query: str, **variables: Any) -> dict[str, Any]:
        response = self.post({"query": query, "variables": variables})
        answer: dict[str, Any] = response.json()
        return answer

    def data(self, query: str, **variables: Any) -> Any:
        """The data of an operation that must have no errors."""
        answer = self.answer(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    def code(self, query: str, **variables: Any) -> str:
        """The code of the one error that the operation must have."""
        answer = self.answer(query, **variables)
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code


def body_of(response: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(response.content)
    return body


def code_of(response: Any) -> str:
    code: str = body_of(response)["errors"][0]["extensions"]["code"]
    return code
