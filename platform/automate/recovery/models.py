"""Models of recovery. They belong to the app ``runs``, because its migrations created their tables."""

from automate.recovery.bulk.models import BulkItem, BulkOperation
from automate.recovery.resolutions.models import FailureResolution

__all__ = ["BulkItem", "BulkOperation", "FailureResolution"]
