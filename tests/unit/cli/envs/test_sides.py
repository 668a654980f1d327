"""What is compared when an env is named by its fingerprint."""

from pathlib import Path

import pytest

from tests.unit.env.toy_store import env_called, put_env
from vlmhb.cli.envs.sides import side_of
from vlmhb.env import EnvStore
from vlmhb.errors import EnvError, UsageError


@pytest.fixture
def store(tmp_path: Path) -> EnvStore:
    put_env(tmp_path, "one", {"file": b"1"})
    return EnvStore(tmp_path)


def test_a_built_env_tells_its_packages_and_no_variables(store: EnvStore):
    env = env_called(store.root, "one")

    side = side_of(env.fingerprint[:6], store)

    assert {"toy-model": "1"} == side.packages
    assert env.fingerprint == side.facts["fingerprint"]
    assert "variables" not in side.facts


def test_a_built_env_that_cannot_be_read_is_named_with_a_way_out(store: EnvStore):
    env = env_called(store.root, "one")
    (env.folder / "env.json").unlink()

    with pytest.raises(EnvError, match=env.fingerprint[:12]) as caught:
        side_of(env.fingerprint[:6], store)

    assert f"vlmhb env remove {env.fingerprint[:12]}" == caught.value.next_step


def test_digits_that_no_env_begins_with_are_answered_with_those_that_are_built(store: EnvStore):
    with pytest.raises(UsageError) as caught:
        side_of("0123456789", store)

    assert env_called(store.root, "one").label == caught.value.expected
