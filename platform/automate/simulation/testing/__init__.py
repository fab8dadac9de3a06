"""Test a stored draft or version of a workflow on one of the tenant's events, mocked or live.

A mocked test is a rehearsal that is bounded to fit into a request. A live test is a run that is marked as a test.
"""
