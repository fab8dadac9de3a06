"""The connector ``log.write``: writes one line to the worker's log."""
