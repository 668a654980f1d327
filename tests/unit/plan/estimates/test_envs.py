"""What building envs takes."""

from vlmhb.domain.needs import Amount, Disk, EnvNeed, Obstacle, Wheel
from vlmhb.plan.estimates import env_demands, env_size
from vlmhb.plan.estimates.envs import OWN_SHARE, UNPACKED

CACHE, ENVS = Disk(1, "/cache", 0), Disk(2, "/envs", 0)
TORCH, SMALL = Wheel("torch==1", 1000), Wheel("small==2", 10)
UNKNOWN = Amount(None, "nobody knows")


def need(*wheels: Wheel, name: str = "e", links: bool = True) -> EnvNeed:
    return EnvNeed(name, is_ready=False, size=UNKNOWN, wheels=wheels, links=links, packages=wheels)


def test_a_wheel_that_two_envs_need_comes_to_the_cache_once_and_into_both():
    cache, envs = env_demands([need(TORCH, SMALL), need(TORCH, name="f")], CACHE, ENVS)

    assert (CACHE, 1010) == (cache.disk, cache.least_bytes)
    assert int(1010 * UNPACKED) == cache.likely.size_bytes
    assert (ENVS, 0) == (envs.disk, envs.least_bytes)
    assert int(int(1010 * UNPACKED) * OWN_SHARE + int(1000 * UNPACKED) * OWN_SHARE) == (
        envs.likely.size_bytes
    )


def test_copied_files_take_their_size_in_every_env_beside_the_cache():
    cache, envs = env_demands(
        [need(TORCH, links=False), need(TORCH, name="f", links=False)], CACHE, ENVS
    )

    assert 1000 == cache.least_bytes
    assert 2000 == envs.least_bytes
    assert 2 * int(1000 * UNPACKED) == envs.likely.size_bytes
    assert "all of what is copied" in envs.likely.why


def test_envs_that_are_ready_or_cannot_be_built_take_nothing():
    ready = EnvNeed("r", is_ready=True, size=Amount(5))
    blocked = EnvNeed(
        "b", is_ready=False, size=UNKNOWN, wheels=None, obstacle=Obstacle("no Python", "")
    )

    assert () == env_demands([ready, blocked], CACHE, ENVS)


def test_packages_in_the_cache_do_not_come_to_it_again():
    cached = EnvNeed("c", is_ready=False, size=Amount(100), wheels=(), packages=(TORCH,))

    (envs,) = env_demands([cached], CACHE, ENVS)

    assert ("envs", int(100 * OWN_SHARE)) == (envs.kind, envs.likely.size_bytes)


def test_a_size_that_nobody_tells_is_not_known_and_the_others_count_as_the_least():
    cache, envs = env_demands([need(TORCH, Wheel("odd==1", None))], CACHE, ENVS)

    assert (1000, None) == (cache.least_bytes, cache.likely.size_bytes)
    assert "odd==1" in cache.likely.why
    assert (None, "that of e") == (envs.likely.size_bytes, envs.likely.why)


def test_wheels_that_are_not_known_are_no_zero():
    unknown = EnvNeed("u", is_ready=False, size=UNKNOWN, wheels=None, unknown="no index")

    cache, _ = env_demands([unknown], CACHE, ENVS)

    assert (0, None, "packages of u") == (
        cache.least_bytes,
        cache.likely.size_bytes,
        cache.likely.why,
    )
    assert Amount(None, "no index") == unknown.download


def test_an_env_is_as_large_as_one_of_the_same_lock_else_as_its_wheels_say():
    assert Amount(7, "x") == env_size(EnvNeed("e", is_ready=False, size=Amount(7, "x")))
    assert int(1010 * UNPACKED) == env_size(need(TORCH, SMALL)).size_bytes
    assert UNKNOWN == env_size(need())


def test_what_lies_in_a_folder_here_is_not_downloaded():
    here = Wheel("here==1", 500, is_here=True)

    assert Amount(10) == need(here, SMALL).download
    assert Amount(None, "nobody tells the size of odd==1") == need(Wheel("odd==1", None)).download
