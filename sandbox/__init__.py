"""Stateful fakes of vendors' APIs, and of services whose health follows from what is done there.

`Sandbox` holds the state, `application` answers HTTP for it, `serving` puts it on a socket.
"""

from sandbox.app import application
from sandbox.clock import SandboxClock
from sandbox.faults import Fault, Trouble
from sandbox.ledger import Effect, Ledger
from sandbox.world import Sandbox

__all__ = ["Effect", "Fault", "Ledger", "Sandbox", "SandboxClock", "Trouble", "application"]
