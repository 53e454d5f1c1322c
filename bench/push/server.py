"""The fake CRM in a process of its own: prints its URL, and when its input ends how many contacts it holds and how often
it was asked too fast.

python bench/push/server.py PER_SECOND
"""

from __future__ import annotations

import json
import sys

from hub.testing.fake_crm import FakeCrm


def main() -> None:
    with FakeCrm() as crm:
        crm.per_second, crm.window = int(sys.argv[1]), 10.0
        print(crm.url, flush=True)
        sys.stdin.read()
        refused = sum(1 for one in crm.ledger.served if one.status == 429)
        print(json.dumps({"contacts": len(crm.contacts), "refused": refused}), flush=True)


if __name__ == "__main__":
    main()
