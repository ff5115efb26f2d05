import pytest
import torch

from models.teachers.rotators import BodyMorpher, Upscaler
from models.teachers.system import NETWORKS, Steps, System
from models.teachers.unet import UNetSizes

SMALL = UNetSizes(4, 7, 6, 32, (1, 2))


def poses(*changes: dict[int, float]) -> torch.Tensor:
    all_poses = torch.zeros(len(changes), 45)
    for pose, change in zip(all_poses, changes, strict=True):
        for index, value in change.items():
            pose[index] = value
    return all_poses


def test_sizes_are_those_of_the_paper() -> None:
    with torch.device("meta"):
        tha4, tha3 = System("tha4"), System("tha3")
    mebibytes = [sum(p.numel() for p in one.parameters()) * 4 / 2**20 for one in (tha4, tha3)]
    assert [round(size) for size in mebibytes] == [627, 517]


def test_networks_bear_the_names_of_the_released_files() -> None:
    with torch.device("meta"):
        for version, names in NETWORKS.items():
            assert tuple(System(version).networks()) == names


@pytest.fixture(scope="module")
def steps(separable: System, picture: torch.Tensor) -> Steps:
    """One picture at rest, with its brows, its mouth, and its neck moved."""
    with torch.inference_mode():
        moved: Steps = separable(separable.portrait(picture), poses({}, {0: 1.0}, {26: 1.0}, {41: 1.0}))
    return moved


def test_each_part_of_the_pose_moves_what_it_should(steps: Steps) -> None:
    def differs(images: torch.Tensor) -> list[bool]:
        return [float((images[frame] - images[0]).abs().max()) > 1e-4 for frame in (1, 2, 3)]

    assert differs(steps.browed.combined) == [True, False, False]
    assert differs(steps.face) == [True, True, False]
    assert differs(steps.full.merged) == [True, True, True]


def test_outside_the_face_the_rest_picture_is_the_picture(steps: Steps, picture: torch.Tensor) -> None:
    rest = steps.rest[2].clone()
    assert torch.equal(rest[:, 32:224, 160:352], steps.face[2])
    rest[:, 32:224, 160:352] = picture[:, 32:224, 160:352]
    assert torch.equal(rest, picture)


def test_a_batch_draws_what_single_poses_draw(separable: System, picture: torch.Tensor, steps: Steps) -> None:
    with torch.inference_mode():
        alone = separable(separable.portrait(picture), poses({41: 1.0}))
    assert torch.allclose(steps.full.merged[3:], alone.full.merged, atol=1e-4)


def test_the_editor_works_without_a_coarse_result_too() -> None:
    torch.manual_seed(0)
    half, full = BodyMorpher(SMALL), Upscaler(SMALL)
    for parameter in (*half.parameters(), *full.parameters()):
        torch.nn.init.normal_(parameter, std=0.05)
    image, pose = torch.rand(1, 4, 32, 32) * 2 - 1, torch.rand(1, 6)
    coarse = half(torch.nn.functional.avg_pool2d(image, 2), pose)
    guided, alone = full(image, pose, coarse), full(image, pose, None)
    assert guided.merged.shape == alone.merged.shape == (1, 4, 32, 32)
    assert not torch.allclose(guided.merged, alone.merged, atol=1e-4)
    assert torch.allclose(alone.merged, alone.alpha * alone.direct + (1 - alone.alpha) * alone.warped)
