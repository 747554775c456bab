"""One file per carrier or aggregator, and what they share: `wire` (HTTP and JSON), `units`, `papers` (label files)."""
