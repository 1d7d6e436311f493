"""What one vantage may tell another: that an address answered there."""

from pydantic import AwareDatetime

from stanch.model.address import OpenAddress
from stanch.model.base import Frozen


class SeenUp(Frozen):
    """An address that answered somebody elsewhere, and the latest instant at which it surely did."""

    url: OpenAddress
    up_at: AwareDatetime
