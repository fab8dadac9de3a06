"""Services for every answer of web: shared threads, size limits for request bodies, streams, and one form of errors."""
