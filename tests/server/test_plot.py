from xml.etree import ElementTree

import pytest

from server.plot import Panel, plot, round_numbers, round_ratios

SVG = "{http://www.w3.org/2000/svg}"


def test_each_panel_has_a_curve_and_each_span_its_name() -> None:
    panels = (Panel("Mbit/s", [(0, 0.0), (5, 3.0), (10, 1.5)]), Panel("a < b", [(0, 1.0), (10, 1.0)]))
    root = ElementTree.fromstring(plot(panels, (("fast", 6.0), ("slow & far", 4.0))))
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {"Mbit/s", "a < b", "fast", "slow & far", "2", "1"} <= texts
    first, second = (line.attrib["points"].split() for line in root.iter(f"{SVG}polyline"))
    assert (len(first), len(second)) == (3, 2)
    heights = [float(point.split(",")[1]) for point in first]
    assert heights[1] < heights[2] < heights[0]


def drawn(*panels: Panel, whole: float = 10.0, unit: str = "s") -> ElementTree.Element:
    return ElementTree.fromstring(plot(panels, (("all", whole),), unit))


def texts(root: ElementTree.Element) -> dict[str | None, float]:
    """What is written, and how far down."""
    return {text.text: float(text.attrib["y"]) for text in root.iter(f"{SVG}text")}


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (31.2, 38.7, [30, 32, 34, 36, 38, 40]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (0, 4, [0, 1, 2, 3, 4]),
        (-3, 12, [-5, 0, 5, 10, 15]),
    ],
)
def test_an_axis_has_few_and_round_numbers(low: float, high: float, numbers: list[float]) -> None:
    assert round_numbers(low, high, 4) == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (1.3, 2.6, [1, 2, 5]),
        (1e-5, 1e-4, [1e-5, 2e-5, 5e-5, 1e-4]),
        (0.02, 0.34, [0.02, 0.05, 0.1, 0.2, 0.5]),
        (0.0003, 20, [0.0001, 0.001, 0.01, 0.1, 1, 10, 100]),
    ],
)
def test_an_axis_in_ratios_has_few_and_round_numbers(low: float, high: float, numbers: list[float]) -> None:
    assert round_ratios(low, high, 7) == pytest.approx(numbers)


def test_equal_ratios_lie_equally_far_apart() -> None:
    root = drawn(Panel("a", [(0.0, 0.1), (1.0, 1.0), (2.0, 10.0)], axis="ratios"))
    [line] = root.iter(f"{SVG}polyline")
    heights = [float(point.split(",")[1]) for point in line.attrib["points"].split()]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2])


def test_an_axis_begins_at_zero_or_near_the_lowest_value() -> None:
    points = [(0.0, 31.2), (10.0, 38.7)]
    assert {"0", "10", "20", "40"} <= set(texts(drawn(Panel("a", points))))
    fitted = texts(drawn(Panel("a", points, axis="fitted")))
    assert {"30", "32", "40"} <= set(fitted) and "20" not in fitted


def test_time_is_told_in_whole_steps_below_all_panels() -> None:
    points = [(0.0, 75.0), (3.0, 75.0)]
    root = drawn(Panel("a", points), Panel("b", points), whole=3.0, unit="step")
    assert len({texts(root)[one] for one in ("step", "1", "2", "3")}) == 1 and "0.5" not in texts(root)
    assert "50,000" in texts(drawn(Panel("a", points), whole=50_000.0))


def test_a_title_and_its_note_lie_above_their_curve_and_below_the_one_before() -> None:
    points = [(0.0, 0.0), (10.0, 1.0)]
    root = drawn(Panel("a", points), Panel("b", points, note="newest"))
    first, second = (
        [float(point.split(",")[1]) for point in line.attrib["points"].split()]
        for line in root.iter(f"{SVG}polyline")
    )
    assert texts(root)["a"] < min(first)
    assert max(first) < texts(root)["b"] == texts(root)["newest"] < min(second)


def test_a_few_points_are_marked_one_by_one() -> None:
    one, many = ([(number / 10, 5.0) for number in range(count)] for count in (1, 100))
    assert len(list(drawn(Panel("a", one, axis="fitted")).iter(f"{SVG}circle"))) == 1
    assert not list(drawn(Panel("a", many)).iter(f"{SVG}circle"))


def test_a_span_too_narrow_for_its_name_has_none() -> None:
    assert "later" not in plot((Panel("a", ()),), (("now", 99.0), ("later", 1.0)))


def test_a_curve_without_points_is_an_empty_panel() -> None:
    ElementTree.fromstring(plot((Panel("nothing", ()),), (("all", 1.0),)))
