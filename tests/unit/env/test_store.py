"""A published env that cannot be used is built again."""

from pathlib import Path

import pytest

from tests.unit.env.toy_world import make_world

pytestmark = pytest.mark.uv


@pytest.mark.parametrize("content", ["", "{}", '{"format": 1, "name"'])
def test_an_env_with_a_damaged_description_is_built_again(tmp_path: Path, content: str):
    world = make_world(tmp_path / "world")
    env = world.store.ensure(world.spec)
    (described,) = (tmp_path / "world/envs").glob("*/env.json")
    described.write_text(content)
    lines: list[str] = []

    again = world.store.ensure(world.spec, on_progress=lines.append)

    assert "unreadable: env.json" in lines[0]
    assert env.fingerprint == again.fingerprint
    assert again == world.store.find(world.spec)
    assert [] == world.leftovers
