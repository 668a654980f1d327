from pathlib import Path

from vlmhb.domain.envspec import EnvSpec
from vlmhb.env.lock import Lock
from vlmhb.env.pins import wheel_pins

LOCK = Lock(
    Path("linux.lock"),
    b"six==1.17.0 \\\n    --hash=sha256:11\nfrom-source==1.0 \\\n    --hash=sha256:22\n",
)


def test_what_is_built_from_source_is_left_out_and_the_file_goes_with_its_use():
    spec = EnvSpec(name="a", folder="/nowhere", imports=(), build={"from-source": "no wheel"})

    with wheel_pins(spec, LOCK) as path:
        text = path.read_text()

    assert "six===1.17.0" == text.split()[0]
    assert "from-source" not in text
    assert not path.exists()
