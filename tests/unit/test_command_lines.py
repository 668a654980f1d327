"""What the tests of the guide rely on: wrong command lines are found, right ones are not."""

import pytest

from tests.command_lines import misuse, vlmhb_lines
from tests.guides import not_in


@pytest.mark.parametrize(
    "line",
    [
        "runn x",
        "run x --limt 3",
        "run x --limit none",
        "run x --device tpu",
        "run x y",
        "env lok a",
        "models fetch --nothing",
        "export RUN --format nothing",
        "compare A B --out",
    ],
)
def test_a_wrong_command_line_is_found(line: str):
    assert misuse(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "run x --limit 3 --device cpu --models a,b",
        "run --documents DIR --models A,B",
        "env prune --older-than 30",
        "export RUN --format FORMAT",
        "list runs --json",
        "--version",
        "",
    ],
)
def test_a_right_command_line_is_not(line: str):
    assert "" == misuse(line.split())


def test_command_lines_are_found_where_a_shell_would_run_them():
    script = """\
# vlmhb comment
cat > file <<'EOF' && vlmhb first --a "b c"
vlmhb inside
EOF
HF_HOME=/x vlmhb second \\
  --more > out.txt | tee; vlmhb third  # vlmhb fourth
echo vlmhb
"""

    assert [
        ["first", "--a", "b c"],
        ["second", "--more"],
        ["third"],
    ] == list(vlmhb_lines(script))


def test_what_is_shown_may_differ_in_numbers_paths_and_spaces_alone():
    output = "wrote  /a/b/c.yaml\nmodel 1.25 s\n"

    assert [] == not_in(output, "wrote /x/c.yaml\nmodel  99 s\nwrote ...\n")
    assert ["model 1 h"] == not_in(output, "model 1 h\n")
