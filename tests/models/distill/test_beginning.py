import torch

from models.distill.beginning import begun
from models.distill.recipe import FAST, PAPER
from models.regions import levels_of
from models.sample import sample_character

PICTURE = sample_character("ada").picture


def test_a_fast_student_begins_as_the_picture_at_rest() -> None:
    face, body = begun(FAST, PICTURE, 0, None)
    poses = torch.rand(2, 45)
    with torch.no_grad():
        out, drawn = body(poses, levels_of(512, (200, 200, 232, 232))), face(poses)
    assert float(out[:, :2].abs().mean()) < 0.05
    assert float(out[:, 2].abs().mean()) < 0.05
    mean = PICTURE[:, 80:208, 192:320].mean(dim=(1, 2))
    assert float((drawn.mean(dim=(0, 2, 3)) - mean).abs().max()) < 0.2


def test_the_paper_begins_with_what_the_seed_draws() -> None:
    (_, body), (_, same), (_, other) = (begun(PAPER, PICTURE, seed, None) for seed in (0, 0, 1))
    assert torch.equal(body.last_linear.weight, same.last_linear.weight)
    assert not torch.equal(body.last_linear.weight, other.last_linear.weight)
    assert float(body.last_linear.weight[:2].detach().std()) > 0.1


def test_a_fast_student_tells_places_apart_from_the_first_step() -> None:
    poses = torch.rand(1, 45)
    with torch.no_grad():
        sharp, blurred = (begun(recipe, PICTURE, 0, None)[0](poses)[0] for recipe in (FAST, PAPER))
    shades = [face - face.mean(dim=(1, 2), keepdim=True) for face in (sharp, blurred)]
    steps = [float(shade.diff(dim=-1).std() / shade.std()) for shade in shades]
    assert steps[0] > 3 * steps[1]


def test_a_student_can_begin_as_another() -> None:
    start = sample_character("bob", 5)
    face, body = begun(FAST, PICTURE, 0, start)
    assert torch.equal(body.last_linear.weight, start.body["last_linear.weight"])
    assert torch.equal(face.siren.last_linear.weight, start.face["siren.last_linear.weight"])
