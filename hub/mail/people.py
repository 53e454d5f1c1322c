"""Who is behind an address: one of us, a machine, a list, a role mailbox, or somebody who may be a customer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:no|do|not?)[._-]?(?:n?t|not)?[._-]?reply(?:$|[._+-])|^noreply|noreply$|^no[._-]?response|^nicht[._-]?antworten"
)
_MACHINE = re.compile(
    r"^(?:mailer-?daemon|postmaster|mail-?delivery|bounces?(?:[+=._-].*)?|prvs=.*|msprvs\d*=.*|srs[01][=+-].*"
    r"|daemon|root|cron|nobody|www-data|apache|notifications?|notify|notifier|alerts?|automailer|autoreply|auto-reply"
    r"|autoresponder|robot|system|newsletters?|mailing|unsubscribe[+=._-]?.*)$"
)
_LIST = re.compile(
    r"^(?:owner-.+|.+-(?:request|owner|bounces|subscribe|unsubscribe)|listserv|majordomo|.+-list|all|everyone)$"
)
_LIST_DOMAIN = re.compile(r"^(?:lists?\.|groups\.|listserv\.|googlegroups\.com$)")
_ROLES = (
    "abuse accounting accounts admin administration ap ar billing bookings booking buchhaltung careers compliance contact"
    " contacts customercare customerservice dispatch einkauf enquiries finance frontdesk hello help helpdesk hi hr info"
    " inquiries invoices invoice it jobs kontakt legal logistics mail marketing office order orders parts payments press"
    " privacy procurement purchasing reception returns sales security service services shipping shop store support team"
    " tech vertrieb warehouse webmaster"
)
_ROLE = frozenset(_ROLES.split())

_PROVIDERS = (
    "126.com 163.com aol.com fastmail.com gmail.com gmx.de gmx.net googlemail.com hotmail.com icloud.com live.com"
    " mail.com mail.ru me.com msn.com outlook.com proton.me protonmail.com qq.com t-online.de web.de yahoo.com"
    " yandex.ru zoho.com"
)
#: Providers whose domain is shared by the whole world: never a company's own.
PUBLIC_PROVIDERS = frozenset(_PROVIDERS.split())


@dataclass(frozen=True, slots=True)
class OwnAddresses:
    """Our own addresses and domains, lower case."""

    addresses: frozenset[str]
    domains: frozenset[str]

    @classmethod
    def of(cls, mailbox: str, addresses: str, domains: Iterable[str]) -> Self:
        """Those of a mailbox: its own address, more of them in a text with commas, and our domains.

        Without any domain it is the mailbox's, unless that is a public provider's.
        """
        ours = frozenset(word.strip().lower() for word in f"{mailbox},{addresses}".split(",") if word.strip())
        told = frozenset(name for domain in domains if (name := domain.strip().lower().lstrip("@")))
        own = frozenset((mailbox.rpartition("@")[2].strip().lower(),)) - PUBLIC_PROVIDERS - {""}
        return cls(ours, (told - PUBLIC_PROVIDERS) or own)

    def owns(self, address: str) -> bool:
        """Whether the address is one of ours; a subdomain of ours is ours."""
        if address in self.addresses:
            return True
        domain = address.rpartition("@")[2]
        while domain:
            if domain in self.domains:
                return True
            domain = domain.partition(".")[2]
        return False


def is_no_reply(address: str) -> bool:
    """noreply@, do-not-reply@ and their kin."""
    return bool(_NO_REPLY.search(_local(address)))


def is_machine(address: str) -> bool:
    """A program writes from here: mailer-daemon, bounces, notifications."""
    return bool(_MACHINE.match(_local(address)))


def is_list(address: str, list_addresses: frozenset[str] = frozenset()) -> bool:
    """A mailing list or its administration; `list_addresses` are those the message's own headers name."""
    local, _, domain = address.rpartition("@")
    return address in list_addresses or bool(_LIST.match(local[:100]) or _LIST_DOMAIN.match(domain))


def is_role(address: str) -> bool:
    """A mailbox of a desk, not of a person: info@, sales@."""
    return _local(address).partition("+")[0] in _ROLE


def _local(address: str) -> str:
    return address.rpartition("@")[0][:100]
