"""Asks a Stripe for the ids of all that is there, with Stripe's own library: address -> JSON, ids by kind."""

import json
import sys

import stripe

client = stripe.StripeClient("sk_test_of_another_client", base_addresses={"api": sys.argv[1]})
lists = {
    "customers": client.v1.customers.list({"limit": 7}),
    "products": client.v1.products.list({"limit": 7}),
    "subscriptions": client.v1.subscriptions.list({"limit": 7, "status": "all"}),
    "invoices": client.v1.invoices.list({"limit": 7}),
    "charges": client.v1.charges.list({"limit": 7}),
    "refunds": client.v1.refunds.list({"limit": 7}),
}
print(json.dumps({kind: [one.id for one in found.auto_paging_iter()] for kind, found in lists.items()}))
