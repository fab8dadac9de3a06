"""What each answer of web passes through: threads shared fairly, bodies with bounds, streams, and the one shape of errors."""
