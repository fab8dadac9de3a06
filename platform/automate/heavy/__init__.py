"""Runs long computations of web in child processes. See docs/decisions/heavy-work-in-children.md."""
