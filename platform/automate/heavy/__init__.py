"""Long computations of web, in child processes with limits. See docs/decisions/heavy-work-in-children.md."""
