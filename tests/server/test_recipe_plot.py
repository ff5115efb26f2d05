"""Recipes become lines over time, each named at its end."""

from xml.etree import ElementTree

from server.recipe_plot import recipe_picture

SVG = "{http://www.w3.org/2000/svg}"


def row(recipe: str, seconds: float, psnr: float) -> dict[str, object]:
    return {"recipe": recipe, "seconds": seconds, "psnr": psnr}


def test_a_line_rises_as_its_recipe_does_and_is_named() -> None:
    rows = [row("fast", 10, 20), row("fast", 20, 24), row("pa<per", 10, 18), row("pa<per", 20, 18.5)]
    root = ElementTree.fromstring(recipe_picture(rows))
    fast, paper = (
        [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]
        for line in root.iter(f"{SVG}polyline")
    )
    assert fast[0][0] == paper[0][0] < fast[1][0] == paper[1][0]
    assert fast[0][1] - fast[1][1] > 7 * (paper[0][1] - paper[1][1]) > 0
    texts = [text.text for text in root.iter(f"{SVG}text")]
    assert {"fast", "pa<per", "18 dB", "24 dB", "20 s"} <= set(texts)


def test_one_moment_alone_is_drawn_too() -> None:
    root = ElementTree.fromstring(recipe_picture([row("fast", 10, 20)]))
    assert len(list(root.iter(f"{SVG}circle"))) == 1
