"""How many pages of a dataset were looked at so far, for whoever waits."""

from vlmhb.domain.data_step import DataStep, OnData, say_nothing


class PagesRead:
    """Counts pages, and tells of each one."""

    def __init__(self, dataset: str = "", on_data: OnData = say_nothing) -> None:
        self._doing = f"reading {dataset}"
        self._on_data = on_data
        self._count = 0

    def one_more(self) -> None:
        """Another page was looked at; how many will follow is not known."""
        self._count += 1
        self._on_data(DataStep(self._doing, self._count, unit="pages"))
