"""One file per platform, with the `_facts` and `_requests` beside it; the port they implement is `channel.py`."""
