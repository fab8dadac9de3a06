"""The isolation report: one tenant tries to reach another tenant through the API and all URLs."""
