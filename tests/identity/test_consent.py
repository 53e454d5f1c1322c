from hypothesis import given
from hypothesis import strategies as st

from hub.identity import Statement, current_consents, more_restrictive
from hub.identity.consent import restriction

STATUSES = ("granted", "denied", "revoked", "expired", "not_asked")
STATEMENTS = st.lists(
    st.builds(
        Statement,
        source_id=st.integers(1, 3),
        identifier=st.sampled_from(["", "a@x.example"]),
        purpose=st.sampled_from(["marketing", "service"]),
        channel=st.just("email"),
        status=st.sampled_from(STATUSES),
        at=st.sampled_from(["2026-01-01", "2026-02-01"]),
        id=st.integers(1, 1_000_000),
    ),
    max_size=8,
    unique_by=lambda one: one.id,
)


def _one(source: int, status: str, at: str, number: int = 1) -> Statement:
    return Statement(source, "", "marketing", "email", status, at, number)


def test_of_one_source_the_latest_counts_and_between_sources_the_more_restrictive() -> None:
    about = ("", "marketing", "email")
    again = [_one(1, "revoked", "2026-01-01"), _one(1, "granted", "2026-02-01")]
    assert current_consents(again)[about].status == "granted"
    elsewhere = [*again, _one(2, "denied", "2025-01-01")]
    assert current_consents(elsewhere)[about].status == "denied"


def test_a_word_that_nobody_knows_restricts() -> None:
    assert more_restrictive(["granted", "whatever"]) == "whatever"
    assert more_restrictive(["not_asked", "granted"]) == "not_asked"


@given(STATEMENTS, st.randoms())
def test_consent_does_not_depend_on_order_and_never_widens(
    statements: list[Statement], random: object
) -> None:
    shuffled = list(statements)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    holds = current_consents(statements)
    assert current_consents(shuffled) == holds
    for about, statement in holds.items():
        for source in {one.source_id for one in statements}:
            its = [one for one in statements if one.source_id == source and one[1:4] == about]
            if its:
                latest = max(its, key=lambda one: (one.at, one.id))
                assert restriction(statement.status) <= restriction(latest.status)
