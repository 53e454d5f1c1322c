"""Privacy: erasing people, and keeping out who was erased."""
