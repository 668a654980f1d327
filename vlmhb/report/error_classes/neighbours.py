"""What other questions about a document ask for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from vlmhb.domain.sample import Sample
from vlmhb.report.error_classes.spelling import folded, is_yes_or_no

LEAST_CHARS = 3
LONGEST_VALUE = 200
"""Characters of a value; what is longer is no value of a field."""


@dataclass(frozen=True)
class Neighbours:
    """The samples of a task about one document."""

    samples: tuple[Sample, ...]

    @cached_property
    def _asked(self) -> Mapping[str, frozenset[tuple[str, str]]]:
        """Folded target -> the questions, and their types, that it answers."""
        found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        for sample in self.samples:
            for target in sample.targets:
                if len(target) <= LONGEST_VALUE:
                    found[folded(target)].add((sample.question, sample.question_type))
        return {value: frozenset(questions) for value, questions in found.items()}

    def has_other_with(self, text: str, sample: Sample) -> bool:
        """Whether `text` is what another question than the sample's asks for."""
        value = folded(text) if len(text) <= LONGEST_VALUE else ""
        if len(value) < LEAST_CHARS or is_yes_or_no(text):
            return False
        questions = self._asked.get(value, frozenset())
        return bool(questions - {(sample.question, sample.question_type)})


NOBODY = Neighbours(())
