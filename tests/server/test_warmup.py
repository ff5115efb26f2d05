from house import FlatEngine
from models.cast import Cast
from models.sample import sample_character
from models.view import SIZES
from server.device import Device
from server.load import CostModel
from server.warmup import warm_up


async def test_every_size_is_drawn_and_the_second_round_is_what_counts(engine: FlatEngine) -> None:
    device, cost, character = Device(Cast(engine)), CostModel(), sample_character("ada")
    await device.load(character)
    await warm_up(device, cost, character)
    assert [batch[0].view.size for batch in engine.batches] == [*SIZES, *SIZES]
    assert cost.knows("student") and cost.seconds(512**2) > 0
