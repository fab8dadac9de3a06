"""Tests of workflows where they stand: a draft or a version, on an event that the tenant has, mocked or for real.

A mocked one is a rehearsal, bounded so that a request can hold it; one for real is a run that is marked as a test.
"""
