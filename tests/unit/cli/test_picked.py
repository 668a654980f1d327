from dataclasses import replace

from tests.build import loaded, sample
from vlmhb.cli.picked import MAX_CLASSES, MAX_FIELDS, Picked, left_out_line, notes_of, unsaid_notes
from vlmhb.domain.run import LeftOut

MANY = LeftOut(tuned=1, tuned_sets=("a@1", "b@2"), filtered=2, limited=3, other_shards=1_200)


def test_samples_are_counted_by_class_and_field():
    samples = (
        replace(sample(1), group="g"),
        replace(sample(2), document="doc1", question_type="", metadata={"category": "logic"}),
        replace(sample(3), doc_class="", question_type=""),
        replace(sample(4), group="g"),
    )

    picked = Picked.of(loaded(samples))

    assert (4, 3, 1) == (picked.samples, picked.documents, picked.groups)
    assert [
        "  fields: 4 samples, 3 documents, 1 group kept whole",
        "    class invoice, 3 samples: total 2, logic 1",
        "    without a class, 1 sample",
    ] == picked.as_lines()


def test_many_classes_and_fields_are_cut_short():
    samples = [replace(sample(n), doc_class=f"c{n:02}") for n in range(MAX_CLASSES + 2)]
    samples += [
        replace(sample(n), doc_class="c00", question_type=f"f{n}") for n in range(MAX_FIELDS + 3)
    ]

    lines = Picked.of(loaded(tuple(samples))).as_lines()

    assert "    and 2 more classes" == lines[-1]
    assert lines[1].endswith(", and 4 more")


def test_what_is_left_out_is_told_in_one_line():
    tasks = [loaded(()), replace(loaded(()), left_out=MANY)]

    told = "1 that a@1, b@2 was tuned on, 2 by the filters, 3 by the limit, 1200 in other shards"
    assert f"fields: {told}" == left_out_line(tasks)
    assert ["  fields: 0 of 1206 samples, 0 documents", f"    left out: {told}"] == (
        Picked.of(tasks[1]).as_lines()
    )
    assert "" == left_out_line(tasks[:1])


def test_notes_are_told_with_their_task():
    noted = replace(loaded((sample(1),)), left_out=LeftOut(notes=("the limit is exceeded",)))

    picked = Picked.of(noted)

    assert "    note: the limit is exceeded" in picked.as_lines()
    assert ["the limit is exceeded"] == picked.as_json()["notes"]
    assert ["fields: the limit is exceeded"] == notes_of([noted])


def test_keys_of_groupings_that_no_sample_has_are_told_with_their_task():
    misspelt = loaded((sample(1),), group_by=(("doc_class", "langauge"),))

    text = "no sample has a value for 'langauge'; did you mean 'language'?"
    assert [f"fields: by_doc_class+langauge: {text}"] == unsaid_notes([misspelt, loaded(())])


def test_several_categories_of_a_sample_are_told_as_words():
    one = replace(sample(1), question_type="", metadata={"category": ["random", "popular"]})

    assert (("invoice", "random, popular", 1),) == Picked.of(loaded((one,))).kinds
