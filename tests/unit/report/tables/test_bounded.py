from vlmhb.report.tables.bounded import Section, bounded, length

HEAD = Section("", ("## Results", ""))


def table(title: str, rows: int, *, letters: int = 10) -> Section:
    body = tuple(f"| {'x' * letters} |" for _ in range(rows))
    return Section(title, (f"### {title}", "", "| a |", "| --- |"), body, ("", "legend"), "a.csv")


def test_what_fits_is_there_whole():
    sections = (HEAD, table("one", 3), table("two", 0))

    text = bounded(sections, 2_000)

    assert "".join(f"{line}\n" for section in sections for line in section.lines) == text


def test_of_a_table_that_does_not_fit_the_first_rows_stay_with_its_head_and_legend():
    text = bounded((HEAD, table("long", 500), table("next", 2)), 4_000)

    assert length([text]) - 1 <= 4_000
    lines = text.splitlines()
    told = "Cut to the 4,000 characters of a comment. Left out: "
    shown = text.count("| xxxxxxxxxx |")
    assert f"{told}{500 - shown} rows of long; next." == lines[2]
    assert f"{500 - shown} more rows are in a.csv." in lines
    assert 100 < shown < 500
    assert "legend" == lines[-1]


def test_a_small_section_fits_behind_one_that_had_to_go():
    huge = table("huge", 2, letters=4_000)

    text = bounded((HEAD, huge, table("small", 2)), 3_000)

    assert "Left out: huge." in text
    assert "### small" in text
    assert "### huge" not in text


def test_the_first_section_takes_its_room():
    first = Section("", ("x" * 900,))

    text = bounded((first, table("next", 2, letters=200)), 2_000)

    assert "Left out: next." in text
    assert length([text]) - 1 <= 2_000


def test_many_sections_that_do_not_fit_are_counted():
    text = bounded((HEAD, *(table(f"number {n}", 1, letters=900) for n in range(90))), 2_000)

    assert length([text]) - 1 <= 2_000
    assert " more sections." in text


def test_letters_beyond_the_basic_plane_count_twice():
    assert 3 == length(["\U0001f600"])
