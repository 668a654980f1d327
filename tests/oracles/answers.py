"""Answers to multiple-choice and yes/no questions as models give them, and odder ones."""

import random
from collections.abc import Mapping

WORDS = (
    "cat",
    "dog",
    "blue",
    "42",
    "a bus",
    "None of these",
    "кот",
    "고양이",
    "3.5",
    "A",
    "yes",
    "no",
)
DRESSES = (
    *("{}", "({})", "{}.", "**{}**", "{})", "[{}]", "Answer: {}", "Her answer was {}.", "{}\n"),
    *("Option {} is right", "I think it is {}", "{} because the sign says so in big letters"),
    *(
        "A cat and a dog sit on the {}",
        "either {} or B",
        "\\boxed{{{}}}",
        "It must be ({}), surely",
    ),
    *("Sorry, I can't help with images of people yet. {}", "Failed to obtain answer via API. {}"),
    *("Z", "{} Z", "x" * 80 + " {}", "{0} {0} {0} {0} {0} {0}", "#{}#", "{}'s", "", " "),
)


def random_text(rng: random.Random) -> str:
    """A few words, letters of options, marks and odd characters."""
    pieces = (
        *WORDS,
        *"ABCDEZ",
        *"ab.,;:!?()[]{}*#-_/\"'`",
        "\n",
        "\t",
        "Yes",
        "NO",
        "1,000",
        "ß",
        "İ",
    )
    joints = (" ", " ", " ", "", ", ", ". ")
    return "".join(
        rng.choice(pieces) + rng.choice(joints) for _ in range(rng.randrange(rng.choice((3, 12))))
    )


def choice_reply(rng: random.Random, choices: Mapping[str, str]) -> str:
    """A reply that names an option in some dress, or says something else."""
    if rng.random() < 0.2:
        return random_text(rng)
    letter = rng.choice([*choices, "E"])
    named = letter if rng.random() < 0.7 else choices.get(letter, "elephant").upper()
    return rng.choice(DRESSES).format(named)


def yes_no_reply(rng: random.Random) -> str:
    return rng.choice(
        ("Yes", "No", "yes.", "No, it is not", "Yes, no", "", "maybe", random_text(rng))
    )
