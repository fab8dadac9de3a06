"""Services for all answers of web: fair threads, limited bodies, streams, and one form of errors."""
