"""What a run takes from a machine before its first answer, as far as that can be known."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of bytes."""

    size_bytes: int | None
    """None when it is not known."""
    why: str = ""
    """How it was estimated, or why it is not known; empty for what was counted."""


NOTHING = Amount(0)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What certainly keeps a model from running here."""

    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Wheel:
    """The file of a package that an env needs."""

    name: str
    """`name==version`."""
    size_bytes: int | None
    """Of the file; None when nobody tells."""
    is_here: bool = False
    """It lies in a folder of this machine, and is not downloaded."""


@dataclass(frozen=True, slots=True)
class EnvNeed:
    """What making one env ready takes."""

    env: str
    is_ready: bool
    """Built, or an env of others that is used as it is."""
    size: Amount
    """Of the whole env; hardlinked files count in full."""
    wheels: tuple[Wheel, ...] | None = ()
    """What has to come into uv's cache; None when that is not known."""
    links: bool = True
    """Files get a second name in uv's cache; else they are copied, and take their size again."""
    unknown: str = ""
    """Why the wheels are not known."""
    packages: tuple[Wheel, ...] = ()
    """All wheels of the env, those in uv's cache included; empty where nobody lists them."""
    notes: tuple[str, ...] = ()
    obstacle: Obstacle | None = None

    @property
    def download(self) -> Amount:
        """What comes over a network."""
        if self.wheels is None:
            return Amount(None, self.unknown)
        coming = [wheel for wheel in self.wheels if not wheel.is_here]
        untold = [wheel.name for wheel in coming if wheel.size_bytes is None]
        if untold:
            return Amount(None, f"nobody tells the size of {named(untold)}")
        return Amount(sum(wheel.size_bytes or 0 for wheel in coming))


@dataclass(frozen=True, slots=True)
class WeightsNeed:
    """What making the weights of one model ready takes."""

    model: str
    source: str
    """`Org/Name@revision`, or a folder."""
    total: Amount
    """Of all files that the model needs."""
    download: Amount
    """Of those that are not here."""
    numbers: Amount
    """Of the files with the weights themselves."""
    files: tuple[tuple[str, int], ...] = field(default=(), repr=False)
    """(name in the cache, bytes) of what is missing: models may share it."""
    obstacle: Obstacle | None = None


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of this machine."""

    number: int
    """Tells it from the others; two mounts of one file system have the same."""
    point: str
    """Where it is mounted."""
    free_bytes: int
    """For this user."""


def named(names: list[str], most: int = 3) -> str:
    """The first of them: `a, b and 3 more`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
