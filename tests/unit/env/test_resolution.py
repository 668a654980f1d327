import pytest

from vlmhb.env.resolution import exactly


@pytest.mark.parametrize(
    ("pin", "expected"),
    [
        ("torch==2.13.0", "torch===2.13.0"),
        ("torch == 2.13.0 ; python_version == '3.11'", "torch===2.13.0 ; python_version == '3.11'"),
        ("a[b,c]==1 --hash=sha256:00\nd.e==2", "a[b,c]===1 --hash=sha256:00\nd.e===2"),
        ("torch==2.13.0+cpu", "torch==2.13.0+cpu"),
        ("torch==2.13.*", "torch==2.13.*"),
        ("torch===2.13.0", "torch===2.13.0"),
        ("torch>=2,<3", "torch>=2,<3"),
        ("torch==2.0,!=2.0.1", "torch==2.0,!=2.0.1"),
    ],
)
def test_a_pinned_version_admits_no_other_build_of_it(pin: str, expected: str):
    assert expected == exactly(pin)
