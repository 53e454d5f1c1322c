"""The canonical schema as data, and the normalisers of its field types."""
