from stanch.gateway.app import application
from stanch.gateway.people import Caller, Gate
from stanch.gateway.wiring import Wiring

__all__ = ["Caller", "Gate", "Wiring", "application"]
