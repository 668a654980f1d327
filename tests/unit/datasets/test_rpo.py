"""VLMHyperBench's bundles of pages."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.datasets.tables import png
from vlmhb.datasets.rpo import RpoClassification, RpoSorting
from vlmhb.datasets.rpo_bundle import natural
from vlmhb.domain.digest import Json
from vlmhb.domain.sample import Sample
from vlmhb.domain.task import DatasetRef
from vlmhb.errors import DatasetError
from vlmhb.system.page_cache import PageCache

CLASSES = {"1": "snils", "2": "passport"}
TRUTH = {"classes": [1, "passport", 2, 2], "pages": [1, 2, 3, 1]}
CACHE = PageCache(Path("/never"))


def write(
    root: Path,
    truth: object = TRUTH,
    classes: object = CLASSES,
    options: Mapping[str, Json] | None = None,
    n_images: int = 4,
) -> DatasetRef:
    """Bundle 10 with images 1.jpg, 2.jpg, ... as wide as 30, 31, ... pixels."""
    for folder in ("images/10", "jsons"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for number in range(n_images):
        (root / f"images/10/{number + 1}.jpg").write_bytes(png(30 + number))
    (root / "jsons/10.json").write_text(json.dumps(truth))
    (root / "classes.json").write_text(json.dumps(classes))
    return DatasetRef("r", "rpo", str(root), "classes.json", "none", options=options or {})


def classified(dataset: DatasetRef) -> Sample:
    (sample,) = RpoClassification().read(dataset, CACHE)
    return sample


def problem(dataset: DatasetRef) -> str:
    with pytest.raises(DatasetError) as caught:
        RpoSorting().read(dataset, CACHE)
    return caught.value.got


def test_a_bundle_is_classified_page_by_page(tmp_path: Path):
    sample = classified(write(tmp_path, options={"language": "ru"}))

    assert ("10", ("1,2,2,2",), "images/10") == (sample.id, sample.targets, sample.document)
    assert [f"images/10/{n}.jpg" for n in (1, 2, 3, 4)] == [page.path for page in sample.pages]
    assert (("1", "snils"), ("2", "passport")) == sample.choices
    assert ({"bundle": "10", "n_pages": 4}, "ru") == (sample.metadata, sample.language)


@pytest.mark.parametrize("classes", [["snils", "passport"], {"snils": 1, "passport": 2}])
def test_classes_may_be_numbered_in_three_ways(tmp_path: Path, classes: object):
    assert (("1", "snils"), ("2", "passport")) == classified(
        write(tmp_path, TRUTH, classes)
    ).choices


def test_the_truth_may_name_the_images(tmp_path: Path):
    truth = {"kinds": {"2": 2, "1.jpg": "snils"}}

    sample = classified(write(tmp_path, truth, options={"classes": "kinds"}, n_images=2))

    assert ("1,2",) == sample.targets


def test_pages_of_a_class_are_sorted_from_an_order_that_says_nothing(tmp_path: Path):
    shown: set[tuple[str, ...]] = set()
    for bundle in range(12):
        root = tmp_path / str(bundle)
        write(root)
        for kind in ("images/10", "jsons/10.json"):
            shutil.move(root / kind, root / kind.replace("10", f"{bundle}"))
        dataset = DatasetRef("r", "rpo", str(root), "classes.json", "none")
        (sample,) = RpoSorting().read(dataset, CACHE)
        names = tuple(Path(page.path).stem for page in sample.pages)
        order = [int(number) - 1 for number in sample.targets[0].split(",")]

        assert ["4", "2", "3"] == [names[place] for place in order]
        assert (f"{bundle}-2", "passport", 3) == (
            *(sample.id, sample.doc_class),
            sample.metadata["n_pages"],
        )
        assert (sample,) == RpoSorting().read(dataset, CACHE)
        shown.add(names)

    assert len(shown) > 3


def test_bundles_and_images_come_in_natural_order():
    assert ("1.jpg", "2.jpg", "10.jpg", "a", "b2", "b10") == natural(
        ["10.jpg", "b10", "2.jpg", "b2", "a", "1.jpg"]
    )


@pytest.mark.parametrize(
    ("truth", "classes", "expected"),
    [
        ({"pages": [1]}, CLASSES, "bundle 10: no 'classes': a list, or an object"),
        ({"classes": [1]}, CLASSES, "bundle 10: 1 classes for 4 images"),
        ({"classes": {"1": 1}}, CLASSES, "bundle 10: classes says nothing of 2.jpg"),
        ({"classes": [1, 1, 1, 3]}, CLASSES, "bundle 10: class '3', expected one of snils"),
        ({"classes": [1] * 4, "pages": [1, 1, 2, 3]}, CLASSES, "two pages of class 1 have"),
        ({"classes": [1] * 4, "pages": ["1", 2, 3, 4]}, CLASSES, "page number '1', expected"),
        ({"classes": [1, 2] * 2}, CLASSES, "bundle 10: no 'pages'"),
        (TRUTH, [], "classes.json: expected a list of names"),
    ],
)
def test_a_truth_that_does_not_fit_is_named(
    tmp_path: Path, truth: object, classes: object, expected: str
):
    assert expected in problem(write(tmp_path, truth, classes))


def test_bundles_without_truth_and_truths_without_bundle_are_named(tmp_path: Path):
    dataset = write(tmp_path)
    (tmp_path / "images/2").mkdir()
    (tmp_path / "jsons/3.json").write_text("{}")

    text = problem(dataset)

    assert "images/2: there is no jsons/2.json" in text
    assert "jsons/3.json: there is no folder images/3" in text


def test_broken_files_are_named(tmp_path: Path):
    dataset = write(tmp_path)
    (tmp_path / "jsons/10.json").write_text("{\n'")
    (tmp_path / "classes.json").write_text("")

    text = problem(dataset)

    assert "bundle 10: jsons/10.json: line 2: Expecting property name" in text
    assert "classes.json: column 1: Expecting value" in text


def test_an_image_that_leads_out_of_the_root_is_refused(tmp_path: Path):
    dataset = write(tmp_path / "data", n_images=3)
    (tmp_path / "secret.jpg").write_bytes(png())
    (tmp_path / "data/images/10/4.jpg").symlink_to(tmp_path / "secret.jpg")

    assert "bundle 10: '4.jpg': leads out of the dataset's root" in problem(dataset)


def test_a_bundle_without_several_pages_of_a_class_has_nothing_to_sort(tmp_path: Path):
    truth = {"classes": [1, 2], "pages": [1, 1]}

    assert "no class has several pages in a bundle" == problem(write(tmp_path, truth, n_images=2))


def test_classes_come_in_their_own_order(tmp_path: Path):
    classes = {"10": "snils", "9": "passport"}
    truth = {"classes": [9, 9, 10, 10], "pages": [1, 2, 1, 2]}

    samples = RpoSorting().read(write(tmp_path, truth, classes), CACHE)

    assert ["10-10", "10-9"] == [sample.id for sample in samples]


def test_a_dataset_without_its_folders_is_named(tmp_path: Path):
    (tmp_path / "classes.json").write_text('{"1": "snils"}')
    dataset = DatasetRef("r", "rpo", str(tmp_path), "classes.json", "none")

    text = problem(dataset)

    assert "images: No such file or directory" in text
    assert "jsons: No such file or directory" in text


def test_a_bundle_without_images_is_named(tmp_path: Path):
    assert "bundle 10: no images" in problem(write(tmp_path, n_images=0))
