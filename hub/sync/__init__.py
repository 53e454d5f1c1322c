"""The sync engine: pull, consolidate, push; runs that balance."""
