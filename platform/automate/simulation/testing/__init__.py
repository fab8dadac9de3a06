"""Tests a stored draft or version of a workflow on one of the tenant's events, mocked or live.

A mocked test is a simulated run whose cost fits into a request. A live test is a real run that is marked as a test.
"""
