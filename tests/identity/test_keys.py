from hub.identity import identifier_rows


def test_rows_come_from_the_email_the_phone_and_the_list() -> None:
    rows = identifier_rows(
        [7, 8, 9],
        {
            "email": ["a@x.example", None, None],
            "phone": [None, "+12025550101", None],
            "identifiers": [
                '[{"type":"user_id","issuer":"shop","value":"42","label":"main","verified":true},'
                '{"type":"email","issuer":"ignored","value":"a@x.example","verified":true,"shown":"A@x.example"},'
                '{"type":"email","value":"b@x.example"}]',
                "[]",
                '[{"type":"cookie","value":17},{"type":"cookie","value":" "},{"value":"x"},{"type":"cookie","value":null}]',
            ],
        },
    )
    assert sorted(rows, key=lambda row: row[:4]) == [
        (7, "email", "", "a@x.example", "A@x.example", None, 1, 1),
        (7, "email", "", "b@x.example", None, None, 0, 0),
        (7, "user_id", "shop", "42", None, "main", 0, 1),
        (8, "phone", "", "+12025550101", None, None, 1, 0),
        (9, "cookie", "", "17", None, None, 0, 0),
        (9, "other", "", "x", None, None, 0, 0),
    ]


def test_records_without_anything_have_no_rows() -> None:
    assert identifier_rows([1, 2], {}) == []
    assert identifier_rows([1], {"email": [None], "phone": [""], "identifiers": [None]}) == []
