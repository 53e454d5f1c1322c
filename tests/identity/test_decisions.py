from hub.identity import Contradiction, effective
from hub.models import Decision, DecisionKind, SourceKey

A, B, C = (SourceKey("shop", "customer", key) for key in "abc")
SAME, DIFFERENT, PIN, BLOCK = DecisionKind


def said(
    number: int, kind: DecisionKind, a: SourceKey | None = None, b: SourceKey | None = None, **more: object
) -> Decision:
    return Decision(kind, "tester", "because", a, b, id=number, **more)  # type: ignore[arg-type]


def test_same_comes_latest_first_and_pairs_have_no_direction() -> None:
    decided = effective([said(1, SAME, B, A), said(2, SAME, B, C), said(3, DIFFERENT, C, A)])
    assert decided.same == ((str(B), str(C)), (str(A), str(B)))
    assert decided.different == {(str(A), str(C))}
    assert decided.named == {str(A), str(B), str(C)}
    assert decided.contradictions == ()


def test_the_later_of_two_that_contradict_holds_and_it_is_told() -> None:
    decided = effective([said(2, DIFFERENT, B, A), said(1, SAME, A, B)])
    assert decided.same == ()
    assert decided.different == {(str(A), str(B))}
    assert decided.contradictions == (Contradiction((str(A), str(B)), holds=2, gave_way=1),)
    assert decided.contradictions[0].code == "HUB-8020"


def test_saying_it_twice_is_no_contradiction() -> None:
    assert effective([said(1, SAME, A, B), said(2, SAME, B, A)]).contradictions == ()


def test_saying_it_again_makes_it_the_latest() -> None:
    decided = effective([said(1, SAME, A, B), said(2, SAME, B, C), said(3, SAME, A, B)])
    assert decided.same == ((str(A), str(B)), (str(B), str(C)))


def test_what_is_taken_back_does_not_hold_and_may_be_brought_back() -> None:
    first = said(1, SAME, A, B)
    back = said(2, SAME, A, B, reverses=1)
    again = said(3, SAME, A, B, reverses=2)
    assert effective([first, back]).same == ()
    assert effective([first, back]).named == frozenset()
    assert effective([first, back, again]).same == ((str(A), str(B)),)


def test_a_later_word_taken_back_lets_the_earlier_hold_again() -> None:
    decisions = [said(1, SAME, A, B), said(2, DIFFERENT, A, B), said(3, DIFFERENT, A, B, reverses=2)]
    assert effective(decisions).same == ((str(A), str(B)),)


def test_pins_and_blocks() -> None:
    decided = effective(
        [
            said(1, PIN, A, field="email", value="a@x.example"),
            said(2, PIN, A, field="email", value="b@x.example"),
            said(3, BLOCK, field="phone", value="+12025550101"),
        ]
    )
    assert decided.pins[str(A)]["email"].value == "b@x.example"
    assert decided.blocked == {("phone", "+12025550101")}
    assert decided.named == {str(A)}


def test_partners_are_those_on_the_other_side() -> None:
    decided = effective([said(1, SAME, A, B), said(2, DIFFERENT, B, C)])
    assert decided.partners([str(A)]) == {str(B)}
    assert decided.partners([str(B)]) == {str(A), str(C)}
    assert decided.partners(["shop/customer/z"]) == set()


def test_a_record_is_not_different_from_itself() -> None:
    assert effective([said(1, DIFFERENT, A, A)]).different == frozenset()
