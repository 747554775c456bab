"""One file per payment provider."""
