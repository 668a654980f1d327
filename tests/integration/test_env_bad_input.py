"""What `vlmhb env` makes of envspecs, locks and packages that cannot work."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.env.toy_sources import make_index, make_sdist, source_files
from tests.unit.env.toy_world import VERSION, World, make_world
from tests.workspace import Finished, Workspace

pytestmark = pytest.mark.uv

GOOD = f'python: ">=3.8"\nrequirements: [toy-model=={VERSION}]\nimports: [toy_model]\n'


@dataclass(frozen=True)
class Desk:
    """A user's folder with one envspec, `mine`, and the world's wheels."""

    space: Workspace
    world: World

    def write(self, text: str) -> None:
        folder = self.space.path / "envspecs/mine"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "envspec.yaml").write_text(text)

    @property
    def lock(self) -> Path:
        (path,) = (self.space.path / "envspecs/mine").glob("*.lock")
        return path

    def env(self, *words: str, **more: str) -> Finished:
        names = ("UV_CACHE_DIR", "UV_FIND_LINKS", "UV_DEFAULT_INDEX")
        settings = {name: self.world.uv.environment[name] for name in names}
        return self.space.vlmhb("env", *words, **{**settings, **more})

    @property
    def left_behind(self) -> list[str]:
        """Envs and half envs; the store's own folders are none."""
        own = {"locks", "index"}
        return [path.name for path in self.space.envs.glob("*") if path.name not in own]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    space = Workspace.create(tmp_path / "user", tmp_path / "envs")
    return Desk(space, make_world(tmp_path / "world"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (GOOD + "requirments: []\n", r"envspec\.yaml:4:1 requirments: got an unknown key"),
        (GOOD.replace("[toy_model]", "toy_model"), r"envspec\.yaml:3:10 imports: got 'toy_model'"),
        (GOOD.replace(">=3.8", "new"), r"envspec\.yaml:1:9 python: got 'new'"),
        (GOOD + "  - x\n", r"envspec\.yaml:4:3 "),
    ],
    ids=["unknown key", "wrong type", "no version", "no YAML"],
)
def test_a_wrong_envspec_is_said_with_file_and_line(desk: Desk, text: str, expected: str):
    desk.write(text)

    for command in ("build", "lock"):
        end = desk.env(command, "mine")
        assert (2, "") == (end.code, end.out)
        assert re.search(expected, end.err)
        assert "Traceback" not in end.err
    assert [] == desk.left_behind


def test_an_envspec_that_does_not_exist_is_answered_with_those_that_do(desk: Desk):
    end = desk.env("build", "toi")

    assert 2 == end.code
    assert "did you mean 'toy'?" in end.err


def test_a_python_that_is_not_here_is_answered_with_those_that_are(desk: Desk):
    desk.write(GOOD)
    assert 0 == desk.env("lock", "mine").code
    desk.write(GOOD.replace(">=3.8", ">=3.98"))
    # The requirements are the same: what the lock holds would do.
    assert 0 == desk.env("lock", "mine").code

    end = desk.env("build", "mine")

    assert 4 == end.code
    assert 'no Python fits ">=3.98"' in end.err
    assert "Next:" in end.err
    assert [] == desk.left_behind


def test_a_lock_line_without_a_hash_is_said_with_its_place(desk: Desk):
    desk.write(GOOD)
    desk.env("lock", "mine")
    lines = desk.lock.read_text().splitlines()
    number, line = next((n, x) for n, x in enumerate(lines) if x.startswith("toy-model=="))
    lines[number : number + 2] = [line.rstrip(" \\")]
    desk.lock.write_text("\n".join(lines))

    end = desk.env("build", "mine")

    assert 4 == end.code
    assert f"{desk.lock}:{number + 1}: no sha256: toy-model=={VERSION}" in end.err
    assert "vlmhb env lock mine" in end.err
    assert [] == desk.left_behind


def test_an_sdist_that_is_not_listed_is_refused(desk: Desk):
    sdist = make_sdist(
        desk.world.folder, "a-source", "1", source_files("a-source", "1", desk.world.folder / "x")
    )
    index = make_index(desk.world.folder / "index", "a-source", sdist)
    desk.write(GOOD.replace("requirements: [", "requirements: [a-source==1, "))

    end = desk.env("lock", "mine", UV_DEFAULT_INDEX=index)

    assert 4 == end.code
    assert "a-source" in end.err.splitlines()[0]
    assert "with a reason in `build`" in end.err
    assert not (desk.world.folder / "x").exists()
    assert [] == list((desk.space.path / "envspecs/mine").glob("*.lock"))


def test_pins_that_contradict_each_other_are_named(desk: Desk):
    desk.write(GOOD + f"constraints: [toy-model<{VERSION}]\n")

    end = desk.env("lock", "mine")

    assert 4 == end.code
    assert "toy-model" in end.err.splitlines()[0]
    assert "Traceback" not in end.err
    assert [] == list((desk.space.path / "envspecs/mine").glob("*.lock"))


def test_lock_check_fails_when_a_lock_is_older_than_its_spec(desk: Desk):
    desk.write(GOOD)
    missing = desk.env("lock", "--check", "mine")
    desk.env("lock", "mine")
    sound = desk.env("lock", "--check", "mine")
    desk.write(GOOD + "constraints: [toy-model>1]\n")

    old = desk.env("lock", "--check", "mine")

    assert [4, 0, 4] == [missing.code, sound.code, old.code]
    assert "does not exist" in missing.err
    assert f"{desk.lock}\n" == sound.out
    assert "the lock is older than its spec; run: vlmhb env lock mine" in old.err


def test_a_variant_has_a_lock_of_its_own_and_is_chosen_by_name(desk: Desk):
    desk.write(GOOD + "variants: {cpu: {}, cu124: {min_driver: '525.60.13'}}\n")

    locked = desk.env("lock", "mine", "--variant", "cpu")
    built = desk.env("build", "mine@cpu")
    other = desk.env("build", "mine@cu124")
    unknown = desk.env("build", "mine@cu99")

    assert [0, 0, 4, 2] == [locked.code, built.code, other.code, unknown.code]
    assert desk.lock.name.endswith("-cpu.lock")
    assert "vlmhb env lock mine@cu124" in other.err
    assert "expected one of: cpu, cu124" in unknown.err


def test_a_variant_may_be_named_twice_but_not_differently(desk: Desk):
    desk.write(GOOD + "variants: {cpu: {}, cu124: {}}\n")

    same = desk.env("lock", "mine@cpu", "--variant", "cpu")
    other = desk.env("lock", "mine@cu124", "--variant", "cpu")

    assert (0, 2) == (same.code, other.code)
    assert "mine@cu124 and --variant cpu" in other.err


def test_an_env_of_others_has_no_lock_to_write(desk: Desk):
    desk.write("interpreter: /usr/bin/python3\nimports: [json]\n")

    end = desk.env("lock", "mine")

    assert (2, "") == (end.code, end.out)
    assert "names an `interpreter`" in end.err
