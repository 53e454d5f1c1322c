"""This folder is a package of its own; its test runs where it is installed (tests/plugins/test_installed_guest.py)."""

collect_ignore_glob = ["tests/*"]
