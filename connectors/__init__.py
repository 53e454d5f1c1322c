"""Built-in connectors, a folder each; they come in by the entry points, as a guest's do."""
