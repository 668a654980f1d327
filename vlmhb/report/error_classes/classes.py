"""The classes of mistakes, in the order in which they are tried."""

from dataclasses import dataclass
from enum import Enum


class Family(str, Enum):
    """What has to be done about a mistake."""

    FORM = "form"
    """The value is right and written in another way: normalise, or say how to write it."""
    READING = "reading"
    """Characters were misread: better pages, a higher resolution, another model."""
    AMOUNT = "amount"
    """Too much or too little: the prompt, the limit of tokens."""
    UNUSABLE = "unusable"
    """Nothing that could be right: the model or its settings."""
    VALUE = "value"
    """Another value: the model understood something else."""

    @property
    def words(self) -> str:
        """In words."""
        return {
            Family.FORM: "Form only",
            Family.READING: "Misread",
            Family.AMOUNT: "Too much or too little",
            Family.UNUSABLE: "Unusable",
            Family.VALUE: "Another value",
        }[self]


class ErrorClass(str, Enum):
    """Kinds of wrong answers. The first that fits counts, so the order is their precedence."""

    EMPTY = "empty"
    LOOP = "loop"
    PARTLY_RIGHT = "partly_right"
    SPACING = "spacing"
    CASE = "case"
    DIACRITICS = "diacritics"
    LOOK_ALIKES = "look_alikes"
    REFUSED = "refused"
    MADE_UP = "made_up"
    EXTRA_TEXT = "extra_text"
    FORMAT = "format"
    CUT = "cut"
    STRUCTURE = "structure"
    OTHER_CHOICE = "other_choice"
    OTHER_FIELD = "other_field"
    OTHER_SCRIPT = "other_script"
    REORDERED = "reordered"
    MISSING_TEXT = "missing_text"
    DIGITS = "digits"
    MISREAD = "misread"
    OTHER_VALUE = "other_value"

    @property
    def place(self) -> int:
        """In the order of precedence, from 0."""
        return _PLACES[self]

    @property
    def words(self) -> str:
        """In a word or two."""
        return ABOUT[self].title

    @property
    def about(self) -> "About":
        """What people are told of it."""
        return ABOUT[self]


@dataclass(frozen=True, slots=True)
class About:
    """A class in words."""

    title: str
    family: Family
    definition: str
    target: str
    """Of the example."""
    answer: str
    """Of the example: an answer of this class."""


_PLACES = {each: place for place, each in enumerate(ErrorClass)}

ABOUT = {
    ErrorClass.EMPTY: About(
        "Empty", Family.UNUSABLE, "The answer holds nothing that can be seen.", "Итого: 3 500", ""
    ),
    ErrorClass.LOOP: About(
        "Repetition loop",
        Family.UNUSABLE,
        "The answer ends by repeating itself, at least four times over at least 40 characters, "
        "and the target does not.",
        "합계 3,500원",
        "합계 합계 합계 합계 합계 합계 합계 합계 합계 합계 합계 합계 합계 합계 합계",
    ),
    ErrorClass.PARTLY_RIGHT: About(
        "Partly right",
        Family.FORM,
        "The answer is a target to the letter, and the metric gives it less than full marks: "
        "an answer that few of the people asked gave, or a value in the wrong place.",
        "blue",
        "blue",
    ),
    ErrorClass.SPACING: About(
        "Spaces, punctuation",
        Family.FORM,
        "Only spaces, line breaks, quotes, dashes or other punctuation differ; marks within "
        "numbers, signs and % are no punctuation.",
        "ООО «Ромашка»",
        'ООО "Ромашка".',
    ),
    ErrorClass.CASE: About(
        "Case", Family.FORM, "Only capitals differ besides.", "Bill to", "BILL TO"
    ),
    ErrorClass.DIACRITICS: About(
        "ё, й, accents",
        Family.FORM,
        "Only marks on letters differ besides: ё and е, й and и, é and e.",
        "Счёт",
        "Счет",
    ),
    ErrorClass.LOOK_ALIKES: About(
        "Look-alikes",
        Family.READING,
        "Only letters differ besides that look the same in Latin and Cyrillic, or that Unicode "
        "holds equal, such as full-width ones.",
        "АО Маяк",
        "AO Mаяк",
    ),
    ErrorClass.REFUSED: About(
        "Refused or denied",
        Family.UNUSABLE,
        "The answer begins with a refusal, or says that there is nothing to be read, and the "
        "target does not. Where yes or no is asked, that there is no such thing is no refusal.",
        "7707083893",
        "К сожалению, я не могу прочитать это изображение.",
    ),
    ErrorClass.MADE_UP: About(
        "Made up", Family.VALUE, "The targets are blank and the answer is not.", "", "123-45-67890"
    ),
    ErrorClass.EXTRA_TEXT: About(
        "Extra text",
        Family.AMOUNT,
        "The whole target stands in the answer, differences of form aside, with more around it; "
        "in texts of eight words and more, at least a tenth was added and more than all else. "
        "Also the right one of the choices with words around it.",
        "3 500,00",
        "The total due is 3 500,00.",
    ),
    ErrorClass.FORMAT: About(
        "Written otherwise",
        Family.FORM,
        "The same number, amount, date, phone number or other typed value, written otherwise, "
        "with its currency or without; or in words, that a value is blank.",
        "12.03.2026",
        "12 марта 2026 г.",
    ),
    ErrorClass.CUT: About(
        "Cut",
        Family.AMOUNT,
        "The answer reached the limit of tokens, or the one of characters that are kept.",
        "Итого: 3 500 руб. с НДС",
        "Итого: 3 5",
    ),
    ErrorClass.STRUCTURE: About(
        "Broken structure",
        Family.UNUSABLE,
        "The target is JSON or a table, and the answer holds none, one that has to be mended, or "
        "a table with the same text in other cells.",
        '{"total": "3500"}',
        "total: 3500",
    ),
    ErrorClass.OTHER_CHOICE: About(
        "Another choice",
        Family.VALUE,
        "The question offers choices, and the answer names another one, or none for certain.",
        "B",
        "C",
    ),
    ErrorClass.OTHER_FIELD: About(
        "Another field",
        Family.VALUE,
        "The answer is the target of another question about the same document, differences of "
        "form aside; of at least three characters, not yes or no, and not for the text of a page.",
        "ООО «Ромашка»",
        "АО Ёлка",
    ),
    ErrorClass.OTHER_SCRIPT: About(
        "Another script",
        Family.VALUE,
        "Target and answer are written in different scripts: a translation, a transliteration, or "
        "the work of a model that does not know the script.",
        "Счёт-фактура",
        "Invoice",
    ),
    ErrorClass.REORDERED: About(
        "Another order",
        Family.READING,
        "The same words, or the same items of a JSON list, in another order.",
        "한빛전자 주식회사",
        "주식회사 한빛전자",
    ),
    ErrorClass.MISSING_TEXT: About(
        "Missing text",
        Family.AMOUNT,
        "The answer is a part of the target; in texts of eight words and more, at least a tenth "
        "is missing and more than all else differs; in the text of a page, nothing is like "
        "the target.",
        "ООО Ромашка, г. Москва",
        "ООО Ромашка",
    ),
    ErrorClass.DIGITS: About(
        "Digits misread",
        Family.READING,
        "Only digits differ, marks within numbers, or letters that look like digits (0 and O, 1 "
        "and l, 3 and З), and at least half of the digits agree, or of all characters beside "
        "letters.",
        "ИНН 7707083893",
        "ИНН 77O7083898",
    ),
    ErrorClass.MISREAD: About(
        "Letters misread",
        Family.READING,
        "At least half of the characters agree, of a target with letters.",
        "Sammy Maystone",
        "Samny Maystorie",
    ),
    ErrorClass.OTHER_VALUE: About(
        "Another value", Family.VALUE, "Anything else.", "한빛전자", "삼성물산"
    ),
}
