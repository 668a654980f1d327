"""An env that another program changes as soon as it was built."""

from pathlib import Path

import pytest

from tests.unit.env.toy_world import make_world
from vlmhb.env.records import site_packages
from vlmhb.errors import EnvError

pytestmark = pytest.mark.uv


def test_what_changes_again_after_it_was_built_is_an_error_and_not_built_for_ever(tmp_path: Path):
    """Its folder is that of another builder, which was faster and saw no lock."""
    world = make_world(tmp_path / "world")
    env = world.store.ensure(world.spec)
    venv = Path(env.python).parents[1]
    aside = world.folder / "aside"
    venv.parent.rename(aside)
    lines: list[str] = []

    def interfere(line: str) -> None:
        lines.append(line)
        if line.startswith("building env"):
            aside.rename(venv.parent)
        if " built in " in line:
            (site_packages(venv) / "evil.pth").write_text("import os\n")

    with pytest.raises(EnvError, match=r"built and changed at once(.|\n)*evil\.pth") as caught:
        world.store.ensure(world.spec, on_progress=interfere)

    assert 1 == sum(line.startswith("building env") for line in lines)
    assert "find that program" in str(caught.value.next_step)
    assert [] == world.leftovers
