"""`convscope atlas` does without a notebook what Atlas.build does."""

import numpy as np
import pytest
import small

import convscope as cs
from convscope.cli import main


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / "pictures").mkdir()
    for number, image in enumerate(small.images(60)):
        path = tmp_path / f"pictures/p{number:03}.png"
        path.write_bytes(cs.images.encode(image, "png").data)
    return str(tmp_path / "pictures")


def options(path, pictures, *more):
    return [str(path), "--images", pictures, "--scope", "small:scope", *more]


def test_an_atlas_is_built_told_of_and_rendered(tmp_path, pictures, capsys):
    path = tmp_path / "a"
    chosen = ["--layers", "relu", "--method", "pca", "--levels", "4", "80", "--icon-size", "16"]
    assert main(["atlas", "build", *options(path, pictures, *chosen)]) == 0
    said = capsys.readouterr().err
    assert "80 × 80 left out" in said
    atlas = cs.Atlas.open(path)
    assert atlas.levels() == [4]
    own = small.build(
        tmp_path / "own", given=pictures, layers=["relu"], levels=(4, 80), batch_size=32
    )
    assert (own.cells(4).activations == atlas.cells(4).activations).all()
    inverted = ["--icon-size", "16", "--icon-steps", "8"]
    assert main(["atlas", "render", *options(path, pictures, *inverted)]) == 0
    capsys.readouterr()
    assert main(["atlas", "info", str(path)]) == 0
    told = capsys.readouterr().out
    count = len(atlas.cells(4))
    assert f"4 × 4: {count} cells, {count} patches, {count} inversion" in told
    assert "samples: 60, 1 of each of 60 images, seed 0" in told
    assert not np.isnan(atlas.icons(4, "inversion").cosines).any()


def test_icons_have_the_seed_of_their_atlas(tmp_path, pictures):
    path = tmp_path / "a"
    small.build(path, given=pictures, layers=["relu"], levels=(2,), seed=5, icons="none")
    inverted = ["--icon-size", "16", "--icon-steps", "1", "--ridge", "0.5"]
    assert main(["atlas", "render", *options(path, pictures, *inverted)]) == 0
    told = cs.Atlas.open(path).store.group_mark("layers/0/levels/2/inversion", "icons")
    assert (told["seed"], told["ridge"], told["whitening"]) == ("5", 0.5, "uncentred")


def test_a_site_is_written_with_the_images_of_its_patches(tmp_path, pictures, capsys):
    path = tmp_path / "a"
    small.build(path, given=pictures, layers=["relu"], levels=(2,))
    chosen = ["--pictures", "3", "--paths", "2"]
    given = ["--images", pictures, "--scope", "small:scope", *chosen]
    assert main(["atlas", "export", str(path), str(tmp_path / "site"), *given]) == 0
    data = tmp_path / "site/data"
    assert len(list((data / "picture").iterdir())) == 3
    assert len(list((data / "locate").iterdir())) == 2
    assert "open" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["info", "nowhere"], "there is no atlas at 'nowhere'"),
        (["build", "a", "--images", "nowhere", "--layers", "relu"], "nowhere"),
        (["render", "nowhere", "--images", "."], "there is no atlas at"),
        (
            ["build", "a", "--images", ".", "--layers", "x", "--scope", "small"],
            "must be module:function, got 'small'",
        ),
        (
            ["build", "a", "--images", ".", "--layers", "x", "--scope", "small:nothing"],
            "has no 'nothing'",
        ),
        (
            ["build", "a", "--images", ".", "--layers", "x", "--scope", "small:CLASSES"],
            "gives a list, not a Scope",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path, monkeypatch, capsys, command, words):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("convscope.cli_atlas._DEMO", "small:scope")
    assert main(["atlas", *command]) == 1
    said = capsys.readouterr().err
    assert said.startswith("convscope atlas: ")
    assert words in said


def test_rendering_refuses_other_images(tmp_path, pictures, capsys):
    small.build(tmp_path / "a", given=pictures, layers=["relu"], levels=(4,))
    other = str(tmp_path / "pictures/p001.png")
    assert main(["atlas", "render", *options(tmp_path / "a", other)]) == 1
    assert "the number of images differ: 60 there, 1 now" in capsys.readouterr().err
