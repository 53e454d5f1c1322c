"""Where each of the fourteen acceptance tests of pushing lives; a name that is not there any more is told.

 1  100 rows, one invalid, the vendor fails the whole batch: 99 arrive, at most 14 calls more
 2  a time-out after the create was stored: exactly one record
 3  the worker dies between the vendor's answer and our commit: nothing doubled, nothing lost
 4  edits on both sides, then quiet: writes stop, both sides are equal
 5  a CRM that upper-cases a field: no loop, and it is told of
 6  a source that returns nothing, or half: nothing is deleted, and it is told of
 7  a changed mapping on many records: shown, held, nothing deleted
 8  429 without a header, 403 and 200 for "too fast", 207: each what it means
 9  who says no while an update waits is not sent it, and other systems are told of the no first
10  an erased person that comes back in an old file stays out
11  two customers claim one record: no write
12  12,000 rows of one moment: all read once, and the cursor moves on
13  a record that a person deleted there: asked about, never made again by itself
14  the numbers of every push add up
"""

from __future__ import annotations

from importlib import import_module

import pytest

#: Number -> tests, as module.test. The numbers of 14 are added up by `PushProject.counts`, which all of them use.
TESTS: dict[int, tuple[str, ...]] = {
    1: (
        "push.test_delivery.test_one_bad_row_costs_only_itself_where_the_vendor_fails_the_whole_batch",
        "push.test_delivery.test_and_only_that_row_where_the_vendor_tells_of_each",
    ),
    2: (
        "push.test_delivery.test_a_create_whose_answer_is_lost_makes_one_record",
        "push.test_delivery.test_without_keys_the_same_create_makes_two",
        "push.test_vendors.test_a_create_whose_answer_was_lost_is_looked_for_and_made_once",
    ),
    3: (
        "push.test_kill.test_nothing_is_lost_or_doubled_when_the_process_dies",
        "push.test_kill.test_a_destination_that_is_careless_is_found_out",
    ),
    4: ("push.test_echo.test_edits_on_both_sides_come_to_rest",),
    5: (
        "push.test_echo.test_a_crm_that_upper_cases_makes_no_loop_and_is_told_of",
        "push.test_echo.test_a_field_that_is_rewritten_again_and_again_is_not_sent_any_more",
    ),
    6: (
        "push.test_guard.test_an_emptied_source_deletes_nothing",
        "push.test_guard.test_deletes_that_were_planned_wait_while_a_source_looks_emptied",
    ),
    7: ("push.test_guard.test_a_changed_mapping_is_shown_and_held",),
    8: (
        "push.test_delivery.test_too_fast_is_waited_for",
        "push.test_delivery.test_too_fast_in_a_good_answer_is_no_success",
        "push.test_delivery.test_and_only_that_row_where_the_vendor_tells_of_each",
    ),
    9: (
        "push.test_consent.test_a_no_that_comes_while_the_row_waits_is_heard",
        "push.test_consent.test_also_where_an_earlier_try_may_have_arrived",
        "push.test_opt_outs.test_a_no_travels_first_and_what_is_for_marketing_stays",
        "push.test_opt_outs.test_without_its_priority_it_would_wait_its_turn",
        "push.test_opt_outs.test_one_that_comes_while_others_are_sent_goes_next",
    ),
    # 10 has none: nobody can be erased yet.
    11: ("push.test_delivery.test_two_customers_that_claim_one_record_are_a_conflict_and_no_write",),
    12: ("rest.test_same_moment.test_they_are_all_read_once_and_the_cursor_moves_on",),
    13: (
        "push.test_delivery.test_a_record_that_somebody_deleted_there_is_not_made_again_by_itself",
        "push.test_delivery.test_unless_the_mapping_says_so",
        "push.test_delivery.test_or_it_lets_go_of_it_for_good",
    ),
    14: ("push.test_any_order.test_it_ends_with_one_record_for_each_customer_as_the_customer_is",),
}


@pytest.mark.parametrize("number", TESTS)
def test_each_is_where_it_is_said_to_be(number: int) -> None:
    for place in TESTS[number]:
        module, _, name = place.rpartition(".")
        assert callable(getattr(import_module(f"tests.{module}"), name, None)), f"{number}: {place}"
