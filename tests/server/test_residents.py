import asyncio
import shutil
from pathlib import Path

import pytest

from house import FlatEngine
from models.cast import Cast
from models.character import save_character
from models.folders import BUILT_IN
from models.sample import sample_character
from server.device import Device
from server.load import CostModel
from server.protocol import ProtocolError
from server.registry import Changes, Registry
from server.residents import Residents

NOBODY: frozenset[str] = frozenset()


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    for number, name in enumerate(("ada", "bea", "cora")):
        save_character(sample_character(name, number), tmp_path / name)
    registry = Registry(tmp_path)
    registry.scan()
    return registry


def residents(registry: Registry, engine: FlatEngine, shown: set[str] | None = None) -> Residents:
    return Residents(registry, Device(Cast(engine)), CostModel(), limit=2000, shown=lambda: shown or set())


async def test_the_least_recently_used_leaves_the_device(registry: Registry, engine: FlatEngine) -> None:
    house = residents(registry, engine)
    for character in ("ada", "bea", "ada", "cora"):
        await house.bring(character)
    assert set(engine.loaded) == {"ada", "cora"}
    assert (len(house), house.bytes) == (2, 2000)


async def test_what_is_shown_stays(registry: Registry, engine: FlatEngine) -> None:
    house = residents(registry, engine, {"ada", "bea"})
    for character in ("ada", "bea", "cora"):
        await house.bring(character)
    assert set(engine.loaded) == {"ada", "bea", "cora"}


async def test_a_character_wanted_twice_at_once_is_loaded_once(
    registry: Registry, engine: FlatEngine
) -> None:
    house = residents(registry, engine)
    await asyncio.gather(*(house.bring("ada") for _ in range(5)))
    assert house.bytes == 1000


async def test_unknown_and_broken_characters_are_a_4004(registry: Registry, engine: FlatEngine) -> None:
    house = residents(registry, engine)
    (registry.entries()[1].folder / "character.png").write_bytes(b"")
    for character in ("nobody", "bea"):
        with pytest.raises(ProtocolError) as caught:
            await house.bring(character)
        assert caught.value.close == 4004


async def test_a_changed_character_is_drawn_anew_and_a_removed_one_forgotten(
    registry: Registry, engine: FlatEngine
) -> None:
    house = residents(registry, engine)
    await house.bring("ada")
    await house.bring("bea")
    before = engine.loaded["ada"]
    await house.follow(Changes(NOBODY, frozenset({"ada", "cora"}), frozenset({"bea"})))
    assert engine.loaded["ada"] is not before
    assert set(engine.loaded) == {"ada"}


async def test_a_character_that_changed_for_the_worse_stays_as_it_was(
    registry: Registry, engine: FlatEngine
) -> None:
    house = residents(registry, engine)
    await house.bring("ada")
    before = engine.loaded["ada"]
    (registry.entries()[0].folder / "character.png").write_bytes(b"")
    await house.follow(Changes(NOBODY, frozenset({"ada"}), NOBODY))
    assert engine.loaded["ada"] is before
    assert "ada" in house


async def test_what_a_kind_costs_is_measured_before_it_is_shown(
    registry: Registry, engine: FlatEngine, tmp_path: Path
) -> None:
    (tmp_path / "doll").mkdir()
    shutil.copy(BUILT_IN / "tsubaki" / "puppet.toml", tmp_path / "doll")
    registry.scan()
    cost = CostModel()
    house = Residents(registry, Device(Cast(engine)), cost, limit=1 << 30, shown=set)
    await house.rehearse()
    assert cost.knows("student") and cost.knows("puppet")
    assert cost.seconds(512**2, "puppet") > cost.seconds(512**2) > 0
    drawn = len(engine.batches)
    await house.bring("bea")
    assert len(engine.batches) == drawn
