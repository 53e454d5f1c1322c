"""The only way to the network: one client factory, with everything a careful caller needs already in it.

    with open_http(options, connection="shop", budget=LocalBudget(), ring=Ring(), stopping=lambda: False) as http:
        answer = http.get_json("/orders", params={"per_page": 100})

client   what a request goes through, from the address to the parsed answer
outgoing addresses made whole, credentials added where they belong
retry    which failures may pass, how long to wait, when to give up
budget   calls a second and at once, shared by everything that uses one vendor account
ssrf     which addresses may be spoken to; the checked address is the one connected to
body     reading with a size limit, unpacking, JSON that survives one bad record
redact   what of an exchange may be shown or kept
held     an exchange as it was, until it is redacted
ring     the last exchanges of a connection, for a person to look at
ahead    one request on its way before somebody waits for it
lines    a large file line by line, going on where a connection broke

**Values that JSON cannot hold.** A page is not lost for one bad record. NaN, Infinity, half a surrogate, bytes that
are not UTF-8 and nesting that never ends stay in place as values that `orjson.dumps` refuses with TypeError. The
engine dumps each record by itself when it lands a page, turns a refusal into a reject, and keeps `as_evidence(record)`.
"""

from __future__ import annotations

from hub.http.body import Unstorable, as_evidence, parse_json
from hub.http.budget import Budget, HurriedBudget, LocalBudget, OwnBudget
from hub.http.client import Answer, HttpClient, open_http
from hub.http.redact import Redactor
from hub.http.retry import Limits
from hub.http.ring import Exchange, Ring

__all__ = [
    "Answer",
    "Budget",
    "Exchange",
    "HttpClient",
    "HurriedBudget",
    "Limits",
    "LocalBudget",
    "OwnBudget",
    "Redactor",
    "Ring",
    "Unstorable",
    "as_evidence",
    "open_http",
    "parse_json",
]
