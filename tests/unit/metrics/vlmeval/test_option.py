import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmhb.metrics.vlmeval.option import named_option

CHOICES = {"A": "a teddy bear", "B": "rabbit", "C": "cat", "D": "dog"}
DRESSES = (
    *("{}", "{}.", "({})", "[{}]", "{}:", "**{}**", "{})", "#{}", "{{{}}}", "\n{}\n", "{}!"),
    *(
        "Answer: {}",
        "The answer is {}.",
        "The correct answer is **{}**.",
        "Option {}",
        "I say ({})",
    ),
    *("After a long look at all of it, the correct answer is **{}**. Here is why: the sky.",),
)


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize("letter", CHOICES)
def test_a_letter_is_found_in_every_usual_dress(dress: str, letter: str):
    assert letter == named_option(dress.format(letter), CHOICES)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A man and his dog walk by the sea", "D"),
        ("I see A man walking", "A"),
        ("A is what I would say here", ""),
        ("A or B", ""),
        ("B was it then", "B"),
        ("B was it then too", ""),
        ("B", "B"),
        ("b", ""),
        ("It is a RABBIT", "B"),
        ("a cat and a dog", ""),
        ("E", ""),
        ("Z", "Z"),
        ("B Z", "B"),
        ("B B", "B"),
        ("B, and once more I say B", ""),
        ("", ""),
        ("Answer:B.", "B"),
        ("so;B;", "B"),
        ("Sorry, I can't help with images of people yet. B", "Z"),
        ("I can't process this file. B", "Z"),
        ("I'm sorry, but without the image provided I say B", "Z"),
        ("Cannot determine the answer, so B", "Z"),
        ("Failed to obtain answer via API. B", ""),
        ("rabbit" + "." * 42, "B"),
        ("rabbit" + "." * 43, ""),
    ],
)
def test_known_answers(answer: str, expected: str):
    """`A` counts among the last four words only, so that the article at the start does not."""
    assert expected == named_option(answer, CHOICES)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("the answer is b, for the animal has very long ears", "B"),
        ("The correct answer  is\n**B, for the animal has very long ears", "B"),
        ("the answer is dog", "D"),
        ("the answer is blue", "B"),
        ("the answer is: B, for the animal has very long ears", ""),
        ("the answer is E, or is it?", ""),
        ("the answer is  B, for the animal has very long ears", "B"),
        ("the answeris B, for the animal has very long ears", ""),
        ("the nswer is B, for the animal has very long ears", ""),
        ("My answer is C. Then B and C and D are not what I would say.", "C"),
    ],
)
def test_an_announced_letter_counts_wherever_it_stands(answer: str, expected: str):
    """The rule came to VLMEvalKit in June 2026, in commit a67ace50; it takes `blue` for B, too."""
    assert expected == named_option(answer, CHOICES)


def test_a_letter_comes_before_the_text_of_an_option():
    assert "C" == named_option("the dog: C", CHOICES)


def test_an_option_called_z_can_be_chosen():
    assert "Z" == named_option("Z", {"A": "x", "Z": "y"})


def test_a_letter_that_is_no_option_is_not_announced():
    assert "" == named_option("the answer is D, I am quite sure of it", {"A": "x", "B": "y"})


def test_text_counts_up_to_twice_the_length_of_all_options():
    """The answer is measured in lower case, where a dotted capital I is two characters."""
    choices = {"A": "cat", "B": "bat"}

    assert "A" == named_option("cat" + " " * 9, choices)
    assert "" == named_option("cat" + " " * 10, choices)
    assert "A" == named_option("cat" + "İ" * 4, choices)
    assert "" == named_option("cat" + "İ" * 5, choices)


def test_the_text_of_an_option_may_have_capitals():
    assert "B" == named_option("it is a rabbit", {"A": "Bear", "B": "RABBIT", "C": "Cat"})


@given(st.text(), st.dictionaries(st.sampled_from("ABCDEF"), st.text(min_size=1)))
def test_whatever_is_said_names_an_option_or_none(answer: str, choices: dict[str, str]):
    assert named_option(answer, choices) in {*choices, "Z", ""}


@pytest.mark.parametrize("part", ["A ", "answer is", "correct  ", "((((", "\0", "кот", "answer\n"])
def test_a_runaway_answer_names_nothing(part: str):
    assert "" == named_option(part * (80_000 // len(part)) + "? So on, so forth", CHOICES)
