"""How hard a crowd is to tell apart: every rate of the generator, in one place."""

from __future__ import annotations

from dataclasses import dataclass

SOURCES = ("shop", "desk", "mailbox", "webform", "newsletter")


@dataclass(frozen=True, slots=True)
class Knobs:
    """Shares are from 0 to 1; a tuple of five is by source, in the order of `SOURCES`."""

    #: How many of a hundred people have 1, 2, 3 … records.
    sizes: tuple[float, ...] = (44, 25, 14, 8, 4.5, 2.5, 1.2, 0.8)
    sources: tuple[float, ...] = (0.30, 0.20, 0.18, 0.15, 0.17)

    # who knows what
    has_email: tuple[float, ...] = (0.91, 0.84, 1.0, 0.90, 1.0)
    has_phone: tuple[float, ...] = (0.55, 0.38, 0.12, 0.44, 0.02)
    has_address: tuple[float, ...] = (0.88, 0.06, 0.04, 0.40, 0.04)
    has_city: tuple[float, ...] = (0.02, 0.32, 0.08, 0.30, 0.28)
    has_country: tuple[float, ...] = (1.0, 0.85, 0.35, 0.95, 0.7)
    has_birth: tuple[float, ...] = (0.33, 0.10, 0.0, 0.28, 0.22)
    has_gender: tuple[float, ...] = (0.12, 0.0, 0.0, 0.15, 0.30)
    has_company: tuple[float, ...] = (0.35, 0.55, 0.35, 0.40, 0.10)
    has_given: tuple[float, ...] = (0.99, 0.97, 0.90, 0.97, 0.62)
    has_family: tuple[float, ...] = (0.985, 0.93, 0.84, 0.94, 0.38)
    #: The source has one field for the whole name.
    one_name: tuple[float, ...] = (0.02, 1.0, 1.0, 0.30, 0.10)
    #: The source checks numbers and stores them as E.164.
    checks_phone: tuple[float, ...] = (0.95, 0.45, 0.0, 0.15, 0.5)

    # what changes in a life
    two_emails: float = 0.25
    three_emails: float = 0.12
    two_phones: float = 0.25
    moved: float = 0.30
    moved_twice: float = 0.08
    married: float = 0.05

    # how names differ between records
    nickname_users: float = 0.16
    typo: tuple[float, ...] = (0.03, 0.05, 0.015, 0.06, 0.04)
    swapped: tuple[float, ...] = (0.012, 0.01, 0.01, 0.03, 0.02)
    shouted: float = 0.025
    lowered: tuple[float, ...] = (0.01, 0.01, 0.03, 0.06, 0.08)
    initial: tuple[float, ...] = (0.008, 0.015, 0.04, 0.02, 0.02)
    says_middle: float = 0.25  # of those who have a second given name, two in five
    titled: float = 0.012
    email_typo: tuple[float, ...] = (0.003, 0.003, 0.0, 0.012, 0.006)
    tagged_email: float = 0.006
    phone_typo: float = 0.008
    birth_typo: float = 0.02
    address_typo: float = 0.03

    # who is easily taken for somebody else: shares of all people
    household_landline: float = 0.16
    family_email: float = 0.036
    twins: float = 0.01
    father_son: float = 0.012
    common_name_city: float = 0.03
    recycled_phone: float = 0.06
    workers: float = 0.2
    role_users: float = 0.10  # of the workers
    uses_landline: float = 0.45
    uses_family_email: float = 0.5
    uses_role_mailbox: float = 0.5
    says_suffix: float = 0.5

    # what is no answer at all: shares of records
    junk_email: tuple[float, ...] = (0.0025, 0.0025, 0.0, 0.006, 0.0)
    junk_phone: tuple[float, ...] = (0.007, 0.004, 0.0, 0.011, 0.0)
    junk_birth: float = 0.05  # of the birth dates
    #: The address that clerks of one shop enter for customers who gave none (share of those); no list of generic values has it.
    house_email: tuple[float, ...] = (0.012, 0.0, 0.0, 0.0, 0.0)
    junk_name: tuple[float, ...] = (0.002, 0.004, 0.002, 0.006, 0.004)
