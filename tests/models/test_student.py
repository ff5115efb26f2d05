"""The networks have the sizes, keys and formulas of the paper."""

import math
import subprocess
import sys

import torch

from models.regions import Region, levels_of
from models.student import (
    BodyMorpher,
    FaceMorpher,
    SineLayer,
    body_shapes,
    face_shapes,
    random_student,
)


def test_the_face_morpher_has_the_official_keys_and_size() -> None:
    shapes = face_shapes()
    assert shapes["siren.sine_layers.0.linear.weight"] == (128, 41, 1, 1)
    assert shapes["siren.sine_layers.7.linear.bias"] == (128,)
    assert shapes["siren.last_linear.weight"] == (4, 128, 1, 1)
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (18, 121_476)


def test_shapes_are_known_without_torchs_compiler_and_leave_chance_as_it_was() -> None:
    asked = (
        "import sys, torch; from models.student import body_shapes, face_shapes;"
        "before = torch.random.get_rng_state(); face_shapes(); body_shapes();"
        "assert torch.equal(before, torch.random.get_rng_state());"
        "assert 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", asked], check=True)


def test_the_body_morpher_has_the_official_keys_and_size() -> None:
    shapes = body_shapes()
    assert shapes["siren_layers.0.0.linear.weight"] == (360, 47, 1, 1)
    assert shapes["siren_layers.1.0.linear.weight"] == (180, 227, 1, 1)
    assert shapes["siren_layers.2.0.linear.weight"] == (90, 137, 1, 1)
    assert shapes["last_linear.weight"] == (7, 90, 1, 1)
    assert (len(shapes), sum(map(math.prod, shapes.values()))) == (20, 331_567)


def test_a_sine_layer_is_the_sine_of_thirty_times_the_linear() -> None:
    layer = SineLayer(1, 1, first=True)
    with torch.no_grad():
        layer.linear.weight.fill_(0.01)
        assert layer.linear.bias is not None
        layer.linear.bias.fill_(0.02)
        drawn = layer(torch.tensor([3.0]).view(1, 1, 1, 1))
    torch.testing.assert_close(drawn.item(), math.sin(30 * (0.03 + 0.02)))


def test_layers_start_as_a_siren_does() -> None:
    first = SineLayer(47, 2000, first=True).linear.weight.abs().max().item()
    later = SineLayer(360, 2000, first=False).linear.weight.abs().max().item()
    assert 0.99 / 47 < first <= 1 / 47
    assert 0.99 * math.sqrt(6 / 360) / 30 < later <= math.sqrt(6 / 360) / 30


def test_only_the_very_first_layer_of_the_body_starts_as_a_first_one() -> None:
    _, body = random_student(0)
    assert body["siren_layers.0.0.linear.weight"].max() > 0.9 / 47
    assert body["siren_layers.1.0.linear.weight"].max() < 1.01 * math.sqrt(6 / 227) / 30


@torch.no_grad()
def test_the_face_is_128_pixels_of_a_whole_picture_and_smaller_of_a_smaller_one() -> None:
    face, pose = FaceMorpher(), torch.zeros(2, 45)
    assert face(pose).shape == (2, 4, 128, 128)
    assert face(pose, 128).shape == (2, 4, 32, 32)


@torch.no_grad()
def test_the_face_sees_only_the_facial_parameters() -> None:
    face = FaceMorpher()
    pose = torch.zeros(3, 45)
    pose[1, 39:] = 1
    pose[2, 38] = 1
    rest, turned, looking = face(pose, 128)
    assert torch.equal(rest, turned)
    assert not torch.allclose(rest, looking)


@torch.no_grad()
def test_the_body_of_a_region_is_that_part_of_the_whole() -> None:
    body, pose = BodyMorpher(), torch.linspace(0, 1, 90).view(2, 45)
    whole = levels_of(128, (0, 0, 128, 128))
    part = levels_of(128, (10, 20, 90, 30))
    expected = part[-1].cut(body(pose, whole), whole[-1])
    torch.testing.assert_close(body(pose, part), expected, atol=1e-4, rtol=0)


@torch.no_grad()
def test_a_level_sees_features_then_position_then_pose() -> None:
    body = BodyMorpher()
    for parameter in body.parameters():
        parameter.zero_()
    region = Region(8, 0, 0, 8, 8)
    body.siren_layers.get_submodule("2.0.linear").get_parameter("weight")[0, 90] = 1 / 30
    body.siren_layers.get_submodule("2.1.linear").get_parameter("weight")[0, 0] = 1 / 30
    body.siren_layers.get_submodule("2.2.linear").get_parameter("weight")[0, 0] = 1 / 30
    body.last_linear.weight[0, 0] = 1
    drawn = body(torch.ones(1, 45), (region, region, region))[0, 0]
    expected = torch.sin(torch.sin(torch.sin(region.positions(torch.device("cpu"))[0])))
    torch.testing.assert_close(drawn, expected)


def test_a_random_student_is_the_same_for_the_same_seed_and_leaves_the_generator_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    face, body = random_student(1)
    assert torch.equal(torch.rand(1), expected)
    again, other = random_student(1), random_student(2)
    assert all(torch.equal(face[key], again[0][key]) for key in face)
    assert all(torch.equal(body[key], again[1][key]) for key in body)
    assert not torch.equal(face["siren.last_linear.weight"], other[0]["siren.last_linear.weight"])
