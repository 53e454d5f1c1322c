"""Runs localstripe, in its own environment, on the loopback port given as argument.

Its own command listens on all addresses. Of Stripe's lists it lacks `created[gte]`, which is added here, and the order:
newest first. What comes after an id, what is on a page and whether there is more stays its own.
"""

import sys

from aiohttp import web
from localstripe import resources, server


def with_time(cls):
    own = cls._api_list_all.__func__

    def listed(kind, url, created=None, **asked):
        found = own(kind, url, **asked)
        since = int((created or {}).get("gte", 0))
        found._list = sorted(
            (one for one in found._list if one.created >= since), key=lambda one: one.created, reverse=True
        )
        return found

    cls._api_list_all = classmethod(listed)


for kind in (
    resources.Charge, resources.Customer, resources.Invoice, resources.Product, resources.Refund,
    resources.Subscription,
):  # fmt: skip
    with_time(kind)

# It writes everything to disk after each change; nothing of a test is to be kept.
resources.store.dump_to_disk = lambda: None
web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
