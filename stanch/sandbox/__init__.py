"""Stateful fakes of vendors' APIs, and of services whose health follows from what is done there.

`Sandbox` holds the state, `application` answers HTTP for it, `serving` puts it on a socket.
"""

from stanch.sandbox.app import application
from stanch.sandbox.clock import Clock
from stanch.sandbox.faults import Fault, Trouble
from stanch.sandbox.ledger import Effect, Ledger
from stanch.sandbox.world import Sandbox

__all__ = ["Clock", "Effect", "Fault", "Ledger", "Sandbox", "Trouble", "application"]
