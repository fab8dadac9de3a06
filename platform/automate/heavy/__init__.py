"""Runs long computations of the web process in child processes. See docs/decisions/heavy-work-in-children.md."""
