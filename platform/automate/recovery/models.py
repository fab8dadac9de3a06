"""Models of recovery. They belong to the app ``runs``, whose migrations created their tables."""

from automate.recovery.bulk.models import BulkItem, BulkOperation

__all__ = ["BulkItem", "BulkOperation"]
