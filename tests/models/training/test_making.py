from pathlib import Path

import numpy as np
import pytest

from models.distill.poses import Poses
from models.puppet.invent import invented
from models.puppet.puppet import Puppet
from models.training.course import TrainingError
from models.training.making import make_triples
from models.training.triples import read_folder


def test_examples_are_puppets_at_rest_and_posed(tmp_path: Path) -> None:
    made: list[int] = []
    make_triples(tmp_path / "set", 1, 2, 4, lambda: made.append(1))
    triples = read_folder(tmp_path / "set")
    assert len(triples) == len(made) == 2
    pose = Poses(4).at(1, 1)[0]
    assert np.allclose(triples[1].pose, pose, atol=1e-6)
    wanted = Puppet(invented("Puppet 0", 4)).pose(pose)
    assert float((triples[1].posed - wanted.posed).abs().mean()) < 0.003
    assert float((triples[1].rest - wanted.rest).abs().mean()) < 0.003


def test_a_set_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "triples.jsonl").write_text("")
    with pytest.raises(TrainingError, match="holds examples already"):
        make_triples(tmp_path, 1, 1, 0)


def test_nothing_is_not_a_set(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="at least one puppet"):
        make_triples(tmp_path, 0, 1, 0)
