"""Heavy computation of web, in child processes that are bounded in time and memory: docs/decisions/heavy-work-in-children.md."""
