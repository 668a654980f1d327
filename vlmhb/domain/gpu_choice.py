"""Which of the GPUs that are there a run may use."""

from collections.abc import Sequence
from dataclasses import dataclass

EXPECTED = (
    "a number of GPUs like 2, or with commas their indexes (`0,1`; `2,` is index 2 alone), UUIDs or"
    " unique beginnings of them (`GPU-8f3,MIG-12`), or `all`"
)
ALL = "all"


@dataclass(frozen=True, slots=True)
class GpuChoice:
    """So many GPUs, or certain ones, of those that could be used; without either, all of them."""

    count: int | None = None
    """The first so many; 0 takes none."""
    names: tuple[str, ...] = ()
    """Indexes, counted from 0 among those that could be used, UUIDs or beginnings of UUIDs."""

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.count is None and not self.names

    @property
    def is_none(self) -> bool:
        """Whether no GPU is to be used."""
        return self.count == 0

    def pick(self, uuids: Sequence[str]) -> tuple[int, ...]:
        """The indexes of the chosen ones, in the order in which they are named.

        Raises:
            ValueError: there are too few, or a name fits none or several; saying which.
        """
        if self.count is not None:
            if self.count > len(uuids):
                raise ValueError(f"{self.count} GPUs")
            return tuple(range(self.count))
        found = tuple(_index(name, uuids) for name in self.names)
        for place, index in enumerate(found):
            if index in found[:place]:
                raise ValueError(f"{self.names[place]!r}, which is named before")
        return found if self.names else tuple(range(len(uuids)))

    def __str__(self) -> str:
        if self.count is not None:
            return str(self.count)
        # A number alone would be a count.
        return ",".join(self.names) + "," * (len(self.names) == 1) or ALL


def _index(name: str, uuids: Sequence[str]) -> int:
    if name.isdecimal():
        if int(name) >= len(uuids):
            raise ValueError(f"index {name}")
        return int(name)
    fitting = [index for index, uuid in enumerate(uuids) if uuid.startswith(name)]
    exact = [index for index in fitting if uuids[index] == name] or fitting
    if len(exact) != 1:
        told = f", which {len(exact)} UUIDs begin with" if exact else ""
        raise ValueError(f"{name!r}{told}")
    return exact[0]


def read_choice(text: str) -> GpuChoice:
    """The choice that is written as `2`, `0,1`, `2,`, `GPU-8f3,MIG-12` or `all`.

    Raises:
        ValueError: saying what is expected.
    """
    names = [name.strip() for name in text.split(",")]
    if names == [ALL]:
        return ALL_GPUS
    if len(names) == 1 and names[0].isdecimal():
        return GpuChoice(count=int(names[0]))
    if len(names) > 1 and not names[-1]:
        del names[-1]
    if not all(name.isdecimal() or name.startswith(("GPU-", "MIG-")) for name in names):
        raise ValueError(EXPECTED)
    return GpuChoice(names=tuple(names))


ALL_GPUS = GpuChoice()
