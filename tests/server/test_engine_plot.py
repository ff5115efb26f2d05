"""Engines become groups of bars, as long as they are fast."""

import re
from xml.etree import ElementTree

from server.engine_plot import engine_picture

SVG = "{http://www.w3.org/2000/svg}"


def row(engine: str, ratio: float, batch: int = 1) -> dict[str, object]:
    return {
        "engine": engine,
        "ratio": ratio,
        "batch": batch,
        "width": 512,
        "height": 512,
        "characters": 2,
    }


def test_a_bar_is_as_long_as_its_engine_is_fast() -> None:
    root = ElementTree.fromstring(engine_picture([row("literal", 1), row("na<ve", 12.5)]))
    _, slow, fast = root.iter(f"{SVG}rect")
    assert float(fast.attrib["width"]) / float(slow.attrib["width"]) > 12.4
    assert fast.attrib["fill"] != slow.attrib["fill"]
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert texts == ["512 x 512, 1 at a time, 2 characters", "literal", "1", "na<ve", "12.5"]


def test_each_batch_has_a_group_and_all_is_within_the_picture() -> None:
    drawn = engine_picture([row("literal", 1), row("native", 9), row("literal", 1, 4), row("native", 8, 4)])
    root = ElementTree.fromstring(drawn)
    assert len(re.findall("bold", drawn)) == 2
    height = float(root.attrib["viewBox"].split()[3])
    lowest = max(
        float(bar.attrib["y"]) + float(bar.attrib["height"]) for bar in list(root.iter(f"{SVG}rect"))[1:]
    )
    assert lowest < height
