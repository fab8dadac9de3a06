"""Models of recovery. Their app is ``runs``, whose migrations made their tables."""

from automate.recovery.bulk.models import BulkItem, BulkOperation

__all__ = ["BulkItem", "BulkOperation"]
