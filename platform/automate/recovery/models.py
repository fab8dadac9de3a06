"""Models of recovery. Their app is ``runs``, whose migrations made their tables."""

from automate.recovery.bulk.models import BulkItem, BulkOperation
from automate.recovery.resolutions.models import FailureResolution

__all__ = ["BulkItem", "BulkOperation", "FailureResolution"]
