"""Models of recovery. The app ``runs`` owns the models, because the migrations of this app created the tables."""

from automate.recovery.bulk.models import BulkItem, BulkOperation
from automate.recovery.resolutions.models import FailureResolution

__all__ = ["BulkItem", "BulkOperation", "FailureResolution"]
