"""What a mail says: a message in bytes becomes the raw record that the starter mapping of e-mail reads. No I/O.

    reader = MailReader(OwnAddresses(frozenset(), frozenset({"shop.example"})), keep_body=20_000)
    landed = land_mail(reader, raw, MailOrigin("INBOX"), key)     # a record, or why there is none
    yield mail_page([landed], checkpoint)

parse                     the record: who, when, which conversation, what was written
mime, headers             messages and headers taken apart, however they are made
classify                  a letter, a bounce, an automatic reply, a list's
people, signature         who is behind an address; what a signature tells
text, plain               what was written, apart from what it answers; HTML made readable
landing                   messages made pages: none stops the mailbox
"""

from __future__ import annotations

from hub.mail.headers import clean as clean_text
from hub.mail.headers import when as mail_date
from hub.mail.landing import (
    MAIL_STREAM,
    LandedMail,
    MailBatch,
    is_draft,
    land_mail,
    mail_page,
    refused_mail,
    until_limit,
)
from hub.mail.parse import MailOrigin, MailReader
from hub.mail.people import PUBLIC_PROVIDERS, OwnAddresses

__all__ = [
    "MAIL_STREAM",
    "PUBLIC_PROVIDERS",
    "LandedMail",
    "MailBatch",
    "MailOrigin",
    "MailReader",
    "OwnAddresses",
    "clean_text",
    "is_draft",
    "land_mail",
    "mail_date",
    "mail_page",
    "refused_mail",
    "until_limit",
]
