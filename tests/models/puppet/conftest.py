"""Puppets drawn once for all tests that look at them."""

import pytest

from models.puppet.description import SHIPPED, read_description
from models.puppet.puppet import Puppet


@pytest.fixture(scope="session")
def tsubaki() -> Puppet:
    return Puppet(read_description(SHIPPED / "tsubaki" / "puppet.toml"))


@pytest.fixture(scope="session")
def minato() -> Puppet:
    return Puppet(read_description(SHIPPED / "minato" / "puppet.toml"))
