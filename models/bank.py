"""Tensors of many characters, stacked on a device, so that one batch may mix characters."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from models.student import Weights


class Bank:
    """One slot for each character, in one stacked tensor for each name.

    Slots that are given up are used again; the stacks double when they are full.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stacks: Weights = {}
        self._slots: dict[str, int] = {}
        self._free: list[int] = []

    @property
    def slots(self) -> int:
        """How many characters there is room for without growing."""
        return len(self._slots) + len(self._free)

    def __contains__(self, character: str) -> bool:
        return character in self._slots

    def put(self, character: str, tensors: Weights) -> int:
        """Keep a character's tensors, in place of any that it has; the bytes that they take."""
        if character not in self._slots:
            if not self._free:
                self._grow(tensors)
            self._slots[character] = self._free.pop()
        for name, tensor in tensors.items():
            self._stacks[name][self._slots[character]] = tensor
        return sum(tensor.nbytes for tensor in tensors.values())

    def drop(self, character: str) -> None:
        """Give up a character's slot; unknown ids are ignored."""
        if character in self._slots:
            self._free.append(self._slots.pop(character))

    @property
    def stacks(self) -> Weights:
        """The tensors themselves, (room, ...); what is put next may take their place."""
        return self._stacks

    def places(self, characters: Sequence[str]) -> list[int]:
        """Where characters' tensors stand in `stacks`. Raises KeyError for an unknown id."""
        return [self._slots[character] for character in characters]

    def take(self, characters: Sequence[str], names: Sequence[str] | None = None) -> Weights:
        """Copies of characters' tensors, (len(characters), ...) for each of `names`, or for all names.

        Raises KeyError for an unknown id.
        """
        places = torch.tensor(self.places(characters), device=self._device)
        return {name: self._stacks[name].index_select(0, places) for name in names or self._stacks}

    def _grow(self, tensors: Weights) -> None:
        held = len(self._slots)
        room = max(1, 2 * held)
        for name, tensor in tensors.items():
            stack = torch.empty(room, *tensor.shape, dtype=tensor.dtype, device=self._device)
            if held:
                stack[:held] = self._stacks[name]
            self._stacks[name] = stack
        if self._device.type == "cuda":
            # What was outgrown is of no size that is asked for again, and would stay taken.
            torch.cuda.empty_cache()
        self._free = list(range(room - 1, held - 1, -1))
