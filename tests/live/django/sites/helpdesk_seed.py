"""Fills a fresh help desk: two queues, an admin, an agent, a plain user, and 60 tickets with their follow-ups."""

from datetime import UTC, datetime, timedelta

import django

django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - models exist only after setup
from helpdesk.models import FollowUp, Queue, Ticket  # noqa: E402

START = datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
User = get_user_model()

admin = User.objects.create_superuser("admin", "desk.admin@example.com", "admin-secret")
agent = User.objects.create_user(
    "agent", "ada.agent@example.com", "agent-secret", first_name="Ada", last_name="Agent", is_staff=True
)
User.objects.create_user("visitor", "visitor@example.net", "visitor-secret")
support = Queue.objects.create(title="Support", slug="support", allow_public_submission=True)
billing = Queue.objects.create(title="Billing", slug="billing", allow_public_submission=False)

for number in range(1, 61):
    opened = START + timedelta(hours=number)
    ticket = Ticket.objects.create(
        queue=billing if number % 5 == 0 else support,
        title=f"Question {number}",
        description=f"Body of question {number}",
        submitter_email=f"person{number % 20}@example.org" if number % 12 else "",
        assigned_to=agent if number % 3 == 0 else None,
        status=1 + number % 5,
        on_hold=number % 10 == 1,
        priority=1 + number % 5,
    )
    FollowUp.objects.create(
        ticket=ticket, title="Ticket Opened Via Web", comment=ticket.description, public=True, date=opened
    )
    if number % 2 == 0:
        FollowUp.objects.create(
            ticket=ticket, title="Comment", comment=f"Answer {number}", public=number % 4 == 0,
            user=agent, date=opened + timedelta(minutes=30),
        )  # fmt: skip
    if number % 7 == 0:
        FollowUp.objects.create(
            ticket=ticket, title="E-Mail Received from person", comment=f"Thanks {number}", public=True,
            message_id=f"<m{number}@example.org>", date=opened + timedelta(hours=2),
        )  # fmt: skip
