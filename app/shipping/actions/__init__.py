"""The face of shipping's actions, by noun."""
