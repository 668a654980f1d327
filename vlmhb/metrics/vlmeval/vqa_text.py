"""The normalisation of the VQA evaluation, which knows English words and ASCII marks.

Every quirk is kept, because published figures are made with them.
"""

from collections.abc import Mapping

from vlmhb.metrics.text.normalize import Normaliser
from vlmhb.metrics.vlmeval.punctuation import without_punctuation

ARTICLES = frozenset({"a", "an", "the"})
NUMBERS: Mapping[str, str] = {
    "none": "0",
    "zero": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
WITH_APOSTROPHES = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't
    haven't he'd he'd've he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't
    mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't
    she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's someone'd
    someone'd've someone'll someone's something'd something'd've something'll that's there'd
    there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've
    we've weren't what'll what're what's what've when's where'd where's where've who'd who'd've
    who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll
    y'all'd've you'd you'd've you'll you're you've
"""


def one_apostrophe_short() -> Mapping[str, str]:
    """Contractions by every spelling that lacks one of their apostrophes."""
    spellings = {"somebody'd": "somebodyd"}
    for word in WITH_APOSTROPHES.split():
        for place, character in enumerate(word):
            if character == "'":
                spellings[word[:place] + word[place + 1 :]] = word
    return spellings


CONTRACTIONS = one_apostrophe_short()


def one_line(text: str) -> str:
    """`text` with spaces for line breaks and tabs, and no outer white space."""
    return text.replace("\n", " ").replace("\t", " ").strip()


def english_words(text: str) -> str:
    """`text` in lower case with digits for numbers up to ten, no articles, and apostrophes."""
    numbers = (NUMBERS.get(word, word) for word in text.lower().split())
    return " ".join(CONTRACTIONS.get(word, word) for word in numbers if word not in ARTICLES)


VQA = Normaliser("vqa", (one_line, without_punctuation, english_words))
