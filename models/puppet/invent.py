"""New descriptions: drawn by lot, and written as TOML for people to edit."""

from __future__ import annotations

import json
import typing

import numpy as np

from models.puppet.colours import of_hue
from models.puppet.description import (
    Accessory,
    Back,
    Clothes,
    Description,
    DescriptionError,
    Eyes,
    Face,
    Fringe,
    Hair,
    Kind,
    Style,
)

_SKINS = ("#fde5d9", "#fbdcc6", "#f6cfb2", "#e9b48f", "#c98d68")
_NAME_LENGTH = 100


def invented(name: str, seed: int = 0) -> Description:
    """A description drawn by lot; the same name and seed give the same one.

    Raises DescriptionError for a name that is empty or longer than 100 characters.
    """
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise DescriptionError(f"A puppet's name must have 1 to {_NAME_LENGTH} characters.")
    lot = np.random.default_rng([abs(seed), *name.encode()])
    hue = lot.uniform(0, 360)
    return Description(
        name=name,
        face=Face(skin=str(lot.choice(_SKINS)), width=_near_one(lot, 0.05), chin=_near_one(lot, 0.08)),
        eyes=_eyes(lot),
        hair=_hair(lot, hue),
        clothes=_clothes(lot),
        accessory=Accessory(kind=_any(lot, Kind), colour=of_hue(hue + 180, 0.62, 0.19)),
    )


def as_toml(description: Description) -> str:
    """The description as TOML, which `read_description` reads back."""
    lines = [f"name = {_value(description.name)}"]
    for key in description.__struct_fields__[1:]:
        lines += ["", f"[{key}]"]
        part = getattr(description, key)
        lines += [f"{field} = {_value(getattr(part, field))}" for field in part.__struct_fields__]
    return "\n".join(lines) + "\n"


def _eyes(lot: np.random.Generator) -> Eyes:
    hue = lot.uniform(0, 360)
    return Eyes(
        colour=of_hue(hue, 0.36, 0.11),
        glow=of_hue(hue + lot.uniform(-45, 45), 0.8, 0.14),
        width=_near_one(lot, 0.04),
        height=_near_one(lot, 0.08),
        tilt=round(float(lot.uniform(-0.8, 0.8)), 2),
    )


def _hair(lot: np.random.Generator, hue: float) -> Hair:
    light, strong = lot.uniform(0.4, 0.88), lot.uniform(0.02, 0.12)
    return Hair(
        back=_any(lot, Back),
        fringe=_any(lot, Fringe),
        colour=of_hue(hue, light, strong),
        tips=of_hue(hue + lot.uniform(-60, 60), min(light + 0.04, 0.82), strong + 0.04),
        gloss=of_hue(hue, min(light + 0.3, 0.98), strong * 0.5),
        strand=bool(lot.random() < 0.7),
    )


def _clothes(lot: np.random.Generator) -> Clothes:
    hue = lot.uniform(0, 360)
    return Clothes(
        style=_any(lot, Style),
        main=of_hue(hue, lot.uniform(0.35, 0.8), 0.1),
        accent=of_hue(hue + lot.uniform(120, 240), lot.uniform(0.35, 0.6), 0.12),
    )


def _near_one(lot: np.random.Generator, reach: float) -> float:
    return round(float(lot.uniform(1 - reach, 1 + reach)), 2)


def _any(lot: np.random.Generator, choice: typing.Any) -> typing.Any:
    """One of the words of a Literal."""
    return str(lot.choice(typing.get_args(choice)))


def _value(value: object) -> str:
    # TOML's strings are JSON's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
