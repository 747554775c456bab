"""Named work. Each module registers jobs under the names that `later()` uses; a body is one call of an action."""
