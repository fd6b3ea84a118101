"""The judge's arithmetic: what counts as the same, and how errors are counted."""

import pytest
from judging import words


@pytest.mark.parametrize(("meant", "heard"), [
    ("The package arrived on the third of August.", "The package arrived on 3 August."),
    ("My birthday is on August third", "my birthday is on August 3rd."),
    ("It costs twelve dollars and fifty cents.", "It costs $12.50."),
    ("We meet at seven thirty", "We meet at 7:30."),
    ("The meeting starts at nine o'clock", "the meeting starts at 9:00"),
    ("One thousand two hundred people", "1,200 people"),
    ("the twenty first floor", "The 21st floor"),
    ("My favourite colour is grey", "my favorite color is gray"),
])
def test_same_words(meant: str, heard: str) -> None:
    assert words.rate("en", [(meant, heard)]) == 0


def test_errors_are_counted_in_words_and_characters() -> None:
    assert words.rate("en", [("we walked home slowly", "we walked slowly")]) == 1 / 4
    assert words.rate("zh", [("今天天气很好", "今天天很号啊")]) == pytest.approx(3 / 6)
    assert words.rate("zh", [("電話號碼是三", "电话号码是3")]) == 0
    assert words.rate("mixed", [("请把这个 file 发给我。", "請把這個File發給你")]) == pytest.approx(1 / 8)


def test_homophones_count_as_right_syllables() -> None:
    assert words.rate("zh", [("他在家", "她在加")]) > 0
    assert words.syllable_rate([("他在家", "她在加")]) == 0
