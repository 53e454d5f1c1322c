"""The command line. `main` is the whole of it; each noun has a file of its own, imported when it is asked for.

    app      what one call of `hub` knows: shared options, the project, the store and the engine, opened when needed
    border   errors become a message, a JSON object and an exit code, in one place
    output   data on standard output, everything else on standard error
    log      the log on standard error, for people or as JSON lines

Nothing heavy is imported here: `hub --help` must be there at once.
"""

from __future__ import annotations

from hub.cli.app import Root

#: name -> (module, attribute, one line for `hub --help`), in the order of a first walk through the hub.
COMMANDS = {
    "init": ("hub.cli.init", "init", "Make a project of a folder."),
    "connectors": ("hub.cli.connectors", "connectors", "The systems that can be connected."),
    "connect": ("hub.cli.connect", "connect", "Add, test and list connections."),
    "config": ("hub.cli.config", "config", "Check the project's settings, mappings and identity rules."),
    "mappings": ("hub.cli.mappings", "mappings", "Copy, test and preview mappings."),
    "sync": ("hub.cli.sync", "sync", "Read what is new, work out the customers, push to destinations."),
    "push": ("hub.cli.push", "push", "Send what changed to destinations; pause and resume."),
    "runs": ("hub.cli.runs", "runs", "What ran, when, and what became of every record."),
    "rejects": ("hub.cli.rejects", "rejects", "Records kept aside with their reason: look, replay, drop."),
    "deliveries": (
        "hub.cli.deliveries",
        "deliveries",
        "What was sent, what was refused: look, replay, drop.",
    ),
    "customers": ("hub.cli.customers", "customers", "Find and show customers."),
    "review": ("hub.cli.review", "review", "Doubtful and refused merges: look and decide."),
    "rows": ("hub.cli.rows", "rows", "What became of single records."),
    "why": ("hub.cli.why", "why", "Why a customer is as it is: sources, evidence, winners."),
    "identity": ("hub.cli.identity", "identity", "Who is who: evaluate, train, look at the model."),
    "alerts": ("hub.cli.alerts", "alerts", "What is wrong now, and who is told: look, test, mute."),
    "serve": ("hub.cli.serve", "serve", "Receive forms and webhooks, and sync on schedule."),
    "doctor": ("hub.cli.doctor", "doctor", "Look the installation over in a few seconds."),
    "store": ("hub.cli.store", "store", "What the store holds."),
    "demo": ("hub.cli.demo", "demo", "Fill a store from invented systems, and tell what was done."),
    "completion": ("hub.cli.completion", "completion", "The completion script for a shell."),
}

main = Root(COMMANDS)
