"""``automate``: one command per process, the commands that run a whole installation here, and those of a client."""

from automate.project.cli.app import main

__all__ = ["main"]
