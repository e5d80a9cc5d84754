"""`--full`: a packaged study as in its paper, and `--data`: where its data set is."""

import json

import pytest

from heatproof.spec.packaged import FOLDER, full_size, packaged_studies
from heatproof.spec.study import read_study
from heatproof.vocabulary.errors import HeatproofError

FULL = sorted(f.stem for f in FOLDER.glob("*.full.yaml"))


def test_the_seed_studies_have_both_sizes() -> None:
    papers = {"sanity_checks", "model_noise", "gevaert2022", "gevaert2024", "sens_n_variance", "sam", "smooth_taylor"}
    assert {name.removesuffix(".full") for name in FULL} == papers
    assert papers <= set(packaged_studies())
    assert not set(FULL) & set(packaged_studies()), "lists name a study once"


def test_every_packaged_study_is_valid_and_goes_into_a_folder_of_its_own() -> None:
    names = [*packaged_studies(), *FULL]
    specs = [read_study(name, overrides=["data.root=/somewhere"]) for name in names]
    assert {spec.data.root for spec in specs} == {"/somewhere"}
    assert len({spec.out for spec in specs}) == len(names)


def test_a_study_without_a_full_size_is_told_which_have_one() -> None:
    assert full_size("sam") == "sam.full"
    with pytest.raises(HeatproofError, match=r"HP133.*'quick' has no full size.*sanity_checks"):
        full_size("quick")
    with pytest.raises(HeatproofError, match=r"HP133.*did you mean 'sam'"):
        full_size("samm")


def test_data_goes_before_other_changes() -> None:
    wanted = read_study("model_noise.full", overrides=[f"data.root={json.dumps('a')}", "data.images=8"])
    assert (wanted.data.root, wanted.data.images) == ("a", 8)
