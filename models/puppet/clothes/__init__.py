"""What puppets wear."""

from __future__ import annotations

from models.puppet.clothes.hoodie import draw_hoodie
from models.puppet.clothes.sailor import draw_sailor
from models.puppet.description import Description
from models.puppet.drawing import Drawing

# Clothes are drawn for a longer neck than looks well.
LIFT = 5.0


def draw_clothes(drawing: Drawing, it: Description) -> None:
    """The body below the neck, in the clothes that the description chooses."""
    with drawing.moved(0, -LIFT):
        {"sailor": draw_sailor, "hoodie": draw_hoodie}[it.clothes.style](drawing, it)
