from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.teachers.files import read_network
from models.teachers.rotators import BodyMorpher
from models.teachers.unet import UNetSizes
from models.training.checkpoint import resume, save, state_in, weights_in
from models.training.course import TrainingError
from models.training.training import Training

Make = Callable[..., Training]


def test_every_checkpoint_is_a_file_that_the_teachers_loader_takes(make: Make, tmp_path: Path) -> None:
    training = make()
    training.learn()
    save(training, tmp_path / "run")
    path = tmp_path / "run" / "body_morpher.pt"
    read = read_network(lambda: BodyMorpher(UNetSizes(4, 7, 6, 32, (1, 1))), path)
    mine = training.network.state_dict()
    assert all(torch.equal(value, mine[key]) for key, value in read.state_dict().items())


def test_a_run_goes_on_from_its_folder(make: Make, tmp_path: Path) -> None:
    one, other = make(), make()
    one.learn()
    save(one, tmp_path)
    assert resume(other, tmp_path)
    assert other.step == 1
    assert one.learn() == other.learn()


def test_a_finished_run_leaves_only_the_weights_and_is_not_written_over(make: Make, tmp_path: Path) -> None:
    training = make()
    save(training, tmp_path)
    while not training.finished:
        training.learn()
    save(training, tmp_path)
    assert list(tmp_path.iterdir()) == [weights_in(tmp_path, "body_morpher")]
    with pytest.raises(TrainingError, match="is there already"):
        resume(make(), tmp_path)


def test_an_empty_folder_begins_a_run(make: Make, tmp_path: Path) -> None:
    assert not resume(make(), tmp_path)


def test_a_damaged_state_is_refused_in_a_sentence(make: Make, tmp_path: Path) -> None:
    state_in(tmp_path, "body_morpher").write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="is damaged; remove it"):
        resume(make(), tmp_path)


def test_a_place_that_cannot_be_written_is_a_sentence(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TrainingError, match="cannot be written"):
        save(make(), tmp_path / "file")
