import pytest

from vlmhb.env.refusal import explain

MISMATCH = """Using Python 3.11.7 environment at: v2
Resolved 1 package in 90ms
error: Failed to download `six==1.17.0`
  cause: Hash mismatch for `six==1.17.0`

         Expected:
           sha256:aaaa
           sha256:bbbb
           sha256:cccc
           sha256:dddd

         Computed:
           sha256:4721
"""


@pytest.mark.parametrize(
    ("package", "next_step", "stderr"),
    [
        ("six==1.17.0", "not the file that was locked", MISMATCH),
        (
            "flatbuffers",
            "without --offline",
            "error: No solution found\n  cause: Because flatbuffers was not found in the cache and "
            "you require flatbuffers==25.12.19, we can conclude that ...",
        ),
        (
            "docopt==0.6.2",
            "built from source",
            "  cause: Because docopt==0.6.2 has no usable wheels and you require docopt==0.6.2",
        ),
        (
            "torch==2.13.0+cpu",
            "UV_FIND_LINKS",
            "  cause: Hash-checking is enabled, but no hashes were provided or computed for: "
            "torch==2.13.0+cpu",
        ),
        (
            "torch",
            "set UV_FIND_LINKS to a folder",
            "  cause: Because there is no version of torch{python_full_version "
            "< '3.12'}==2.13.0+cpu and you require torch{python_full_version < '3.12'}==2.13.0+cpu",
        ),
        (
            "torch",
            "index of its builds",
            "error: Request failed after 3 retries\n  cause: Failed to fetch: "
            "https://localhost/whl/cpu/torch/",
        ),
        (
            "rapidocr",
            "requirements in envspec.yaml",
            "  cause: Because there is no version of rapidocr==99 and you require rapidocr==99",
        ),
        (
            "shapely",
            "proxy",
            "error: Request failed after 3 retries\n  cause: Failed to fetch: "
            "http://localhost/simple/shapely/",
        ),
        (
            "numpy==2.0",
            "same command",
            "error: Failed to download `numpy==2.0`\n  cause: No space left on device",
        ),
    ],
)
def test_the_package_comes_first_and_the_way_out_last(package, next_step, stderr):
    error = explain(stderr, "cannot install the packages")

    assert package == error.got.splitlines()[0]
    assert next_step in str(error.next_step)


@pytest.mark.parametrize(
    ("offline", "expected"),
    [(True, "without --offline"), (False, "requirements in envspec.yaml")],
)
def test_offline_a_version_that_does_not_exist_was_never_downloaded(offline, expected):
    text = "Because there is no version of six{sys_platform == 'linux'}==1.17.0 and you require it"

    error = explain(text, "cannot install the packages", offline=offline)

    assert "six" == error.got.splitlines()[0]
    assert expected in str(error.next_step)


def test_a_long_list_of_hashes_is_cut_and_the_computed_one_stays():
    text = explain(MISMATCH, "cannot install").got

    assert "sha256:bbbb" in text
    assert "(and more)" in text
    assert "sha256:dddd" not in text
    assert "sha256:4721" in text


def test_words_nobody_foresaw_are_shown_as_they_are():
    error = explain("error: something new\n", "cannot install")

    assert "uv said:\nerror: something new" == error.got
