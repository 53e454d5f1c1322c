"""What a column of a people file can be: the fields that are compared, and what people call them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hub.canonical.schema import ENTITIES, IDENTIFIER_TYPES
from hub.errors import ConfigError
from hub.identity.features import SOURCE_COLUMNS

#: Types of identifiers that a column can hold, besides e-mail addresses and phone numbers.
OTHERS = tuple(name for name in IDENTIFIER_TYPES if name not in ("email", "phone"))
#: Fields whose columns are compared; the country also tells where a phone number is at home.
COMPARED = tuple(dict.fromkeys((*SOURCE_COLUMNS, "email", "phone", *OTHERS, "country")))
#: Before the name of any other column that is to be compared as it is.
ATTRIBUTE = "attribute:"
#: Other fields of a customer: understood, and not compared.
_IDLE = frozenset(
    field.name for entity in ("customer", "address") for field in ENTITIES[entity].fields
) - set(COMPARED)

#: (field, column or template of columns)
Fields = Sequence[tuple[str, str]]

#: What columns are often called, by the field they hold; letters and digits only.
_CALLED = {
    "given_name": "givenname firstname forename fname",
    "family_name": "familyname lastname surname lname",
    "full_name": "fullname name",
    "birth_date": "birthdate dateofbirth dob birthday",
    "email": "email emailaddress mail",
    "phone": "phone phonenumber telephone tel mobile",
    "line1": "line1 address address1 street streetaddress addressline1",
    "city": "city town suburb",
    "postal_code": "postalcode postcode zip zipcode",
    "gender": "gender sex",
    "organization_name": "organizationname organization organisation company employer",
    "tax_id": "taxid ssn",
}
_FIELD_OF = {name.replace("_", ""): name for name in COMPARED if name not in ("kind", "other")} | {
    called: field for field, names in _CALLED.items() for called in names.split()
}


def field_named(name: str) -> str:
    """The field of that name: one of COMPARED, one that is not compared, or an attribute.

    Raises ConfigError HUB-8041 for one that is none."""
    if name.startswith(ATTRIBUTE) and name != ATTRIBUTE:
        return name
    if name == "organization":
        return "organization_name"
    if name in COMPARED or name in _IDLE:
        return name
    raise ConfigError(
        "HUB-8041",
        f"there is no field {name}",
        hint=f"Fields: {', '.join(COMPARED)}; {ATTRIBUTE}NAME compares any other column as it is.",
    )


def compared(field: str) -> bool:
    """Whether the columns of a field say anything about who somebody is."""
    return field not in _IDLE


def guessed(columns: Iterable[str]) -> list[tuple[str, str]]:
    """Columns that are called like a field, as (field, column)."""
    found = ((re.sub(r"[^a-z0-9]", "", column.lower()), column) for column in columns)
    return [(_FIELD_OF[name], column) for name, column in found if name in _FIELD_OF]
