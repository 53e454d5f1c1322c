"""The store: one schema declared as data, portable SQL written once, a thin driver for each database.

`hub.store.api.open_store` opens it; what it holds is reached through the areas of `Store`.
"""
