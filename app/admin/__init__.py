"""A door: platform administration, the style guide, health and metrics."""
