"""Which family a checkpoint is of."""

import pytest
from vlmhb_worker.backends.transformers import catalog
from vlmhb_worker.backends.transformers.family import Family


def test_the_model_file_decides():
    assert "llava" == catalog.family_name("llava", {"model_type": "qwen2_vl"})


@pytest.mark.parametrize("name", [name for name in catalog.FAMILIES if name != "generic"])
def test_every_family_is_found_by_some_config(name: str):
    assert name in set(catalog.BY_CONFIG.values())


def test_config_json_names_the_family():
    assert "qwen2_5_vl" == catalog.family_name("", {"model_type": "qwen2_5_vl"})


def test_an_architecture_counts_more_than_a_model_type():
    """Code that comes with weights often keeps the model_type of its language model."""
    config = {"architectures": ["smolvlm"], "model_type": "llava"}

    assert "smolvlm" == catalog.family_name("", config)


@pytest.mark.parametrize("config", [{}, {"architectures": None, "model_type": "new_vl"}])
def test_an_unknown_model_is_asked_in_the_generic_way(config: dict[str, object]):
    assert "generic" == catalog.family_name("", config)


@pytest.mark.parametrize("name", sorted(catalog.FAMILIES))
def test_every_family_can_be_made_without_its_library(name: str):
    """The worker greets before it imports torch."""
    assert isinstance(catalog.make_family(name), Family)


def test_a_misspelt_family_is_answered_with_its_neighbour():
    with pytest.raises(ValueError, match='unknown family "qwen2vl"; did you mean "qwen2_vl"'):
        catalog.make_family("qwen2vl")


def test_a_class_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="no subclass of"):
        catalog.make_family("collections:OrderedDict")
