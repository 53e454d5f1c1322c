from pathlib import Path

import pytest
from pydantic import BaseModel

from hub.errors import ConfigError
from hub.identity import IdentityPolicy
from hub.identity.document import (
    BlockedRules,
    FieldRule,
    IdentifierRule,
    PolicyDocument,
    RetireRules,
    SurvivorshipRules,
)

STARTER = Path(__file__).parents[2] / "config" / "identity.yaml"


def test_the_starter_spells_out_the_defaults() -> None:
    policy = IdentityPolicy.parse(STARTER.read_text(encoding="utf-8"))
    assert policy.document == IdentityPolicy().document
    assert policy.hash == IdentityPolicy().hash


def test_the_starter_names_every_knob() -> None:
    text = STARTER.read_text(encoding="utf-8")

    def knobs(model: type[BaseModel]) -> list[str]:
        return [field.alias or name for name, field in model.model_fields.items()]

    for model in (PolicyDocument, IdentifierRule, BlockedRules, RetireRules, FieldRule, SurvivorshipRules):
        assert [name for name in knobs(model) if name not in text] == []
        assert all(
            field.description for name, field in model.model_fields.items() if not _is_part(field.annotation)
        )


def _is_part(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def test_an_empty_file_is_the_default_and_a_file_is_laid_over_it() -> None:
    assert IdentityPolicy.parse("").document == IdentityPolicy().document
    policy = IdentityPolicy.parse("identifiers: {email: {limit: 9}}\nown_domains: [shop.example]\n")
    assert policy.rule("email").limit == 9
    assert policy.rule("email").kind == IdentityPolicy().rule("email").kind
    assert policy.rule("phone") == IdentityPolicy().rule("phone")
    assert policy.hash != IdentityPolicy().hash


def test_a_field_that_follows_another_may_be_spelled_in_two_ways() -> None:
    short = IdentityPolicy.parse("survivorship: {fields: {language: {follow: country}}}")
    long = IdentityPolicy.parse(
        "survivorship: {fields: {language: {strategy: follow_field, field: country}}}"
    )
    assert long.document == short.document
    assert long.document.survivorship.fields["language"].follow == "country"


@pytest.mark.parametrize("rule", ["longest", "{strategy: longest}"])
def test_a_rule_of_the_file_replaces_the_whole_rule_of_the_default(rule: str) -> None:
    policy = IdentityPolicy.parse(f"survivorship: {{fields: {{given_name: {rule}}}}}")
    assert policy.document.survivorship.fields["given_name"] == FieldRule(strategy="longest")
    assert policy.document.survivorship.fields["family_name"] == FieldRule(follow="full_name")


@pytest.mark.parametrize(
    ("text", "code", "line", "words"),
    [
        ("own_domains: [a\n", "HUB-8001", ":2", "not YAML"),
        ("\nidentifierz: {}", "HUB-8002", ":2", "identifiers"),
        ("identifiers:\n  email: {limit: 0}", "HUB-8002", ":2", "greater than or equal to 1"),
        ("identifiers:\n  email:\n    class: shaky", "HUB-8002", ":3", "exclusive, limited, shared_prone"),
        ("identifiers:\n  user_id: {limit: 3}", "HUB-8002", ":2", "exclusive identifier has limit: 1"),
        ("blocked:\n  patterns:\n    any:\n      - '('", "HUB-8002", ":4", "No regular expression"),
        ("survivorship:\n  fields:\n    nam: longest", "HUB-8002", ":3", "full_name"),
        ("survivorship:\n  fields:\n    email: union", "HUB-8002", ":3", "tags"),
        ("survivorship:\n  fields:\n    email: {follow: nam}", "HUB-8002", ":3", "full_name"),
        ("survivorship:\n  fields:\n    full_name: {follow: given_name}", "HUB-8002", ":3", "follows itself or another"),
        ("survivorship:\n  fields:\n    email: {follow: email}", "HUB-8002", ":3", "follows itself"),
        ("survivorship:\n  fields:\n    email: {follow: phone, strategy: oldest}", "HUB-8002", ":3", "not both"),
        ("survivorship:\n  fields:\n    email: follow_field", "HUB-8002", ":3", "follow_field needs"),
        ("survivorship:\n  fields:\n    email: {strategy: follow_field, field: nam}", "HUB-8002", ":3", "full_name"),
        ("survivorship:\n  fields:\n    gender: furthest", "HUB-8002", ":3", "survivorship.orders"),
        ("survivorship:\n  orders: {nam: [x]}", "HUB-8002", ":2", "full_name"),
        ("survivorship:\n  default: bets", "HUB-8002", ":2", "most_recent"),
        ("survivorship:\n  placeholders: {nam: [x]}", "HUB-8002", ":2", "full_name"),
        ("component_cap: many", "HUB-8002", ":1", "integer"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_its_line_and_what_is_allowed(
    text: str, code: str, line: str, words: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        IdentityPolicy.parse(text, "identity.yaml")
    assert caught.value.code == code
    assert caught.value.where == "identity.yaml" + line
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("type_", "value", "why"),
    [
        ("user_id", "0", "placeholder"),
        ("user_id", "000-00", "placeholder"),
        ("user_id", "-1", "placeholder"),
        ("user_id", "NULL", "placeholder"),
        ("cookie", "None", "placeholder"),
        ("user_id", "N/A", "placeholder"),
        ("other", "anonymous", "placeholder"),
        ("other", "unknown", "placeholder"),
        ("user_id", "1001", ""),
        ("user_id", "nullson", ""),
        ("email", "test@mail.example.com", "placeholder"),
        ("email", "tester@mail.example.com", ""),
        ("email", "jane@localhost", "placeholder"),
        ("email", "info@shop.example", "role mailbox"),
        ("email", "no-reply@shop.example", "role mailbox"),
        ("email", "no_reply+42@shop.example", "role mailbox"),
        ("email", "customer.service@shop.example", "role mailbox"),
        ("order_email", "sales@shop.example", "role mailbox"),
        ("email", "jane.doe+info@mail.example", ""),
        ("email", "informatics@mail.example", ""),
        ("phone", "+12025555555", "placeholder"),
        ("phone", "+15555555555", "placeholder"),
        ("phone", "+442222222222", "placeholder"),
        ("phone", "+1234567890", "placeholder"),
        ("phone", "+12025550123", ""),
        ("phone", "+12025551234", ""),
    ],
)
def test_seeded_values_are_blocked_and_their_neighbours_are_not(type_: str, value: str, why: str) -> None:
    assert IdentityPolicy().blocked(type_, value) == why


def test_own_domains_and_decisions_block_too() -> None:
    policy = IdentityPolicy.parse("own_domains: [Hub.example]").with_blocked([("phone", "+12025550123")])
    assert policy.blocked("email", "jane@hub.example") == "own domain"
    assert policy.blocked("email", "jane@nothub.example") == ""
    assert policy.blocked("phone", "+12025550123") == "decision"
    assert policy.blocked("email", "+12025550123") == ""
    assert policy.hash != IdentityPolicy.parse("own_domains: [Hub.example]").hash
    both = policy.with_own_domains(["Second.example"])
    assert {both.blocked("email", f"jane@{name}.example") for name in ("hub", "second")} == {"own domain"}
    assert both.blocked("phone", "+12025550123") == "decision"
    assert both.hash != policy.hash


def test_several_patterns_with_groups_keep_their_own_numbers() -> None:
    policy = IdentityPolicy.parse(r"blocked: {patterns: {loyalty: ['(a)\1', '(b)\1', 'c+']}}")
    found = [value for value in ("aa", "bb", "ab", "a", "ccc", "d") if policy.blocked("loyalty", value)]
    assert found == ["aa", "bb", "ccc"]


def test_priority_ranks_types_and_puts_unknown_ones_last() -> None:
    policy = IdentityPolicy()
    assert policy.rank("user_id") < policy.rank("email") < policy.rank("phone") < policy.rank("cookie")
    assert policy.rank("badge") == policy.rank("cookie")
    assert policy.rule("badge") == policy.rule("other")
