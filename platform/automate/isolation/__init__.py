"""The isolation report: the owner of one tenant tries to reach another tenant through the API and through all URLs.

The report is a client of the installation. It uses no tables and no views.
"""
