"""Columns of texts as numbers: they hold what was put in, each distinct text once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.columns import Column, Ragged

TEXTS = st.sampled_from(("", "a", "b", "ab", "å", "🙂", " "))
LISTS = st.lists(st.lists(TEXTS, max_size=4), max_size=8)


@given(st.lists(TEXTS))
def test_a_column_gives_back_its_texts(texts: list[str]) -> None:
    column = Column.of(texts)
    assert column.texts() == texts
    assert column.known.tolist() == [text != "" for text in texts]
    assert column.values[0] == ""
    assert len(set(column.values)) == len(column.values)


@given(st.lists(TEXTS))
def test_a_changed_column_is_the_column_of_changed_texts(texts: list[str]) -> None:
    asked: list[str] = []

    def change(text: str) -> str:
        asked.append(text)
        return "" if text == "b" else text.upper()

    assert Column.of(texts).map(change).texts() == ["" if text == "b" else text.upper() for text in texts]
    assert len(asked) == len(set(asked)) and "" not in asked


@given(st.lists(TEXTS), st.data())
def test_some_records_of_a_column(texts: list[str], data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    column = Column.of(texts).take(np.array(chosen, np.int32))
    assert column.texts() == [texts[place] for place in chosen]
    assert column.numbers(len).tolist() == [len(texts[place]) for place in chosen]


@given(LISTS)
def test_a_ragged_column_gives_back_its_texts_without_the_empty_ones(lists: list[list[str]]) -> None:
    ragged = Ragged.of(lists)
    kept = [[text for text in texts if text] for texts in lists]
    assert ragged.lists() == kept
    assert ragged.counts.tolist() == [len(texts) for texts in kept]
    assert ragged.rows.tolist() == [row for row, texts in enumerate(kept) for _ in texts]
    assert ragged.first().texts() == [texts[0] if texts else "" for texts in kept]


@given(LISTS, st.sets(TEXTS))
def test_without_some_texts(lists: list[list[str]], gone: set[str]) -> None:
    ragged = Ragged.of(lists)
    wrong = np.array([value in gone for value in ragged.values])
    assert ragged.without(wrong).lists() == [
        [text for text in texts if text and text not in gone] for texts in lists
    ]


@given(LISTS)
def test_a_changed_ragged_column_keeps_its_places(lists: list[list[str]]) -> None:
    changed = Ragged.of(lists).map(lambda text: "" if text == "a" else text[:1])
    assert changed.lists() == [["" if text == "a" else text[:1] for text in texts if text] for texts in lists]
