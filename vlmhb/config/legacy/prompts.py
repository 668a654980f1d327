"""What a row of user_config.csv asks with."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from vlmhb.config.legacy.folders import Folders, NotThere, inside
from vlmhb.config.legacy.user_row import UserRow
from vlmhb.config.library import Library, shown_here
from vlmhb.config.prompt_collection import read_text
from vlmhb.config.prompt_file import read_prompts
from vlmhb.domain.prompt import PromptSet, PromptText, one_prompt
from vlmhb.domain.vhb_row import VQA
from vlmhb.errors import ConfigError

QUESTION = one_prompt("question", "1", "{{ question }}")
"""What VLMHyperBench asks without a collection: the question of annotation.csv."""
BUNDLE_TEXT = "prompt.txt"
"""What it reads for bundles of pages when no file is named."""
PAGES_FIRST = "Количество поданных страниц документов - {{ n_pages }}.\n"
"""What it says before that text."""


@dataclass(frozen=True, slots=True)
class PromptFiles:
    """The prompt sets of rows; problems are noted with their row."""

    folders: Folders
    library: Library
    issues: list[str]

    def of(self, row: UserRow) -> PromptSet:
        """The set of the row's two cells; what there is of it when a file is wrong."""
        prompts = QUESTION
        written = row.prompt_collection or ("" if row.task == VQA else BUNDLE_TEXT)
        if written:
            prompts = self._read(row, "prompt_collection", lambda: self._collection(row, written))
        if not row.system_prompt:
            return prompts
        return self._read(row, "system_prompt", lambda: self._with_system(prompts, row))

    def _read(self, row: UserRow, column: str, read: Callable[[], PromptSet]) -> PromptSet:
        try:
            return read()
        except NotThere as problem:
            got = repr(getattr(row, column) or "nothing")
            self.issues.append(row.row.issue(column, got, str(problem)))
        except ConfigError as error:
            new = (issue for issue in error.issues if issue not in self.issues)
            self.issues.extend(new)
        return QUESTION

    def _collection(self, row: UserRow, written: str) -> PromptSet:
        path = inside(self.folders.prompts / row.task, written, is_file=True)
        prompts = read_prompts(path, shown_here(path), self.library)
        if row.task == VQA or prompts.default.is_template:
            return prompts
        text = (prompts.default.prompt or "").replace("{", "{{ '{' }}")
        return replace(prompts, default=PromptText(PAGES_FIRST + text))

    def _with_system(self, prompts: PromptSet, row: UserRow) -> PromptSet:
        path = inside(self.folders.system_prompts, row.system_prompt, is_file=True)
        text = read_text(path, shown_here(path))
        version = hashlib.sha256(text.encode()).hexdigest()[:8]
        return replace(
            prompts,
            name=f"{prompts.name}+{path.stem}",
            version=f"{prompts.version}+{version}",
            fixed=PromptText(None, text, is_template=False),
        )
