"""What a puppet is like: a TOML file that chooses its face, hair and clothes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MAX_BYTES = 2**16
FILE = "puppet.toml"
SHIPPED = Path(__file__).parents[1] / "builtin"

Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Factor = Annotated[float, Meta(ge=0.85, le=1.15)]

Back = Literal["long", "bob", "tails"]
Fringe = Literal["parted", "full", "swept"]
Style = Literal["sailor", "hoodie"]
Kind = Literal["none", "camellia", "clips", "ribbon"]


class DescriptionError(ValueError):
    """A description that cannot be used; the message is one plain sentence."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the description: unknown keys are refused."""


class Face(_Part, frozen=True):
    """The shape of the face, as factors of the common one, and its colours."""

    skin: Colour = "#fde6d8"
    blush: Colour = "#f58a86"
    width: Factor = 1.0
    chin: Annotated[float, Meta(ge=0.9, le=1.1)] = 1.0


class Eyes(_Part, frozen=True):
    """Eyes: the iris runs from `colour` above to `glow` below; `tilt` lifts the outer corners."""

    colour: Colour = "#4a3b8f"
    glow: Colour = "#b48cf0"
    lashes: Colour = "#3a2433"
    width: Factor = 1.0
    height: Factor = 1.0
    tilt: Annotated[float, Meta(ge=-1.0, le=1.0)] = 0.0


class Hair(_Part, frozen=True):
    """Hair: `colour` at the crown runs to `tips` at the ends; `gloss` is the ring of light."""

    back: Back = "long"
    fringe: Fringe = "full"
    colour: Colour = "#54405f"
    tips: Colour = "#8a6a9a"
    gloss: Colour = "#cdb4dc"
    strand: bool = True


class Clothes(_Part, frozen=True):
    """Clothes: a sailor dress or a hooded jacket, in three colours."""

    style: Style = "sailor"
    main: Colour = "#2f3a63"
    second: Colour = "#fbf8f6"
    accent: Colour = "#c8374a"


class Accessory(_Part, frozen=True):
    """What is worn in the hair."""

    kind: Kind = "none"
    colour: Colour = "#d8384e"


class Description(_Part, frozen=True):
    """A puppet's whole description."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    face: Face = Face()
    eyes: Eyes = Eyes()
    hair: Hair = Hair()
    clothes: Clothes = Clothes()
    accessory: Accessory = Accessory()


def read_description(path: Path) -> Description:
    """Read a description from a TOML file.

    Raises DescriptionError for a file that is missing, over 64 KB, no TOML, or says what no puppet can be.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DescriptionError(f"{path.name} is larger than {MAX_BYTES // 1024} KB.")
        table = tomllib.loads(path.read_text("utf-8"))
        return msgspec.convert(table, Description)
    except OSError as error:
        raise DescriptionError(f"{path.name} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise DescriptionError(f"{path.name} is not TOML.") from None
    except msgspec.ValidationError as error:
        raise DescriptionError(f"{path.name} is no puppet: {_sentence(error)}") from None


def find_description(name: str) -> Path:
    """The file of a description: a path, or the name of one that is shipped.

    Raises DescriptionError, naming those that are shipped, where there is neither.
    """
    if Path(name).is_file():
        return Path(name)
    if name in shipped_names():
        return SHIPPED / name / FILE
    raise DescriptionError(f"There is no puppet {name!r}: give a TOML file, or {', '.join(shipped_names())}.")


def shipped_names() -> list[str]:
    """The names of the descriptions that come with Bunraku."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{FILE}"))


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.').replace('`', '').replace(' - at $.', ' at ')}."
