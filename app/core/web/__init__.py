"""The HTTP edge: who asks, in which scope, with which limits; how pages, fragments and refusals are answered."""
