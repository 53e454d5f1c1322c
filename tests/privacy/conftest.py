"""The CRM and projects of the push, for people who are erased."""

from tests.push.conftest import _impatient, crm, make, project

__all__ = ["_impatient", "crm", "make", "project"]
