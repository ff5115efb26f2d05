from xml.etree import ElementTree

from server.plot import Panel, plot

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


def test_a_curve_without_points_is_an_empty_panel() -> None:
    ElementTree.fromstring(plot((Panel("nothing", ()),), (("all", 1.0),)))
