"""What the cells of a row mean in VLMEvalKit's tables: those of datasets and those of results."""

import string
from collections.abc import Mapping
from dataclasses import dataclass

from vlmhb.datasets.literal import list_of
from vlmhb.datasets.options import Options
from vlmhb.datasets.records import document_of
from vlmhb.datasets.vlmeval_groups import RULES
from vlmhb.datasets.vlmeval_table import ABSENT
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import PageImage, Sample, UnreadablePage

OPTIONS = ("answer", "answer_is_text", "group_by", "lists", "language")
MAX_METADATA_CHARS = 65_536
"""What is longer is no metadata to group by, and is left out."""

_NEVER_METADATA = {"index", "image", "question", "answer", "answers", *string.ascii_uppercase}

Cells = Mapping[str, str]
Pages = tuple[PageImage | UnreadablePage, ...]


@dataclass(frozen=True, slots=True)
class RowReader:
    """Makes samples of rows, as the options of their dataset say it."""

    answer: str = ""
    answer_is_text: bool = False
    group_by: str = "g_index"
    lists: tuple[str, ...] = ()
    language: str = ""

    @classmethod
    def of(cls, options: Options) -> "RowReader":
        """With those of `OPTIONS` that are given; what is wrong with one becomes a problem."""
        return cls(
            answer=options.text("answer"),
            answer_is_text=options.flag("answer_is_text"),
            group_by=options.one_of("group_by", tuple(RULES), "g_index"),
            lists=options.texts("lists"),
            language=options.text("language"),
        )

    def sample(self, index: str, place: int, cells: Cells, pages: Pages) -> Sample:
        """The sample of a row whose index has this place among all of them in order.

        Raises:
            NotGroupedError: the rule for groups does not fit the row.
        """
        grouped = RULES[self.group_by](index, place, cells)
        choices = tuple(
            (letter, cells[letter])
            for letter in string.ascii_uppercase
            if cells.get(letter, "") not in ABSENT
        )
        return Sample(
            id=index,
            question=cells.get("question", ""),
            pages=pages,
            targets=self._targets(cells, is_letter=bool(choices)),
            document=document_of(pages) or grouped.group or index,
            doc_class="",
            question_type="",
            language=self.language,
            choices=choices,
            group=grouped.group,
            metadata={**self._metadata(cells), **grouped.place},
        )

    def _targets(self, cells: Cells, *, is_letter: bool) -> tuple[str, ...]:
        # VizWiz has both, and its ten human answers are in the second.
        column = self.answer or ("answers" if "answers" in cells else "answer")
        answer = cells.get(column, "")
        several = None if is_letter or self.answer_is_text else list_of(answer)
        if several is not None:
            return several
        return (answer,) if answer else ()

    def _metadata(self, cells: Cells) -> dict[str, Json]:
        return {
            name: text.split(",") if name in self.lists else text
            for name, text in cells.items()
            if name not in _NEVER_METADATA
            and text not in ABSENT
            and len(text) <= MAX_METADATA_CHARS
        }
