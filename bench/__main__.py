"""`python -m bench`: every bench there is."""

from bench import sync

sync.main()
