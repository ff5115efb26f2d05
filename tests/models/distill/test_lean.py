import torch

from models.distill.lean import draw_body, draw_face
from models.distill.squares import Squares
from models.regions import levels_of, whole
from models.student import BodyMorpher, FaceMorpher

CORNERS = torch.tensor([[0, 0], [480, 480], [100, 200], [0, 480], [256, 0]])


def gradients(network: torch.nn.Module, out: torch.Tensor) -> list[torch.Tensor]:
    network.zero_grad()
    out.backward(torch.linspace(-1, 1, out.numel()).view_as(out))  # type: ignore[no-untyped-call]
    return [weight.grad.clone() for weight in network.parameters() if weight.grad is not None]


def assert_alike(one: list[torch.Tensor], other: list[torch.Tensor]) -> None:
    for mine, theirs in zip(one, other, strict=True):
        assert (mine - theirs).abs().max() < 2e-3 * theirs.abs().max()


def test_squares_of_the_body_are_drawn_as_the_formulas_say_with_the_same_gradients() -> None:
    torch.manual_seed(0)
    body, poses = BodyMorpher(), torch.rand(5, 45)
    mine = draw_body(body, poses, Squares(CORNERS, 32))
    boxes = [(x, y, x + 32, y + 32) for x, y in CORNERS.tolist()]
    parts = [body(pose[None], levels_of(512, box)) for pose, box in zip(poses, boxes, strict=True)]
    literal = torch.cat(parts).permute(0, 2, 3, 1)
    assert (mine - literal).abs().max() < 1e-3
    assert_alike(gradients(body, mine), gradients(body, literal))


def test_pixels_of_the_face_are_drawn_as_the_formulas_say_with_the_same_gradients() -> None:
    torch.manual_seed(0)
    face, poses = FaceMorpher(), torch.rand(2, 45)
    drawn = face(poses).permute(0, 2, 3, 1)
    rows, columns = torch.randint(0, 128, (2, 2, 50))
    positions = whole(128).positions(torch.device("cpu"))[:, rows, columns].permute(1, 2, 0)
    mine = draw_face(face, poses, positions)
    literal = torch.stack([drawn[number, rows[number], columns[number]] for number in range(2)])
    assert (mine - literal).abs().max() < 1e-3
    assert_alike(gradients(face, mine), gradients(face, literal))
