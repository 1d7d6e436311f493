from stanch.gateway.app import application
from stanch.gateway.people import Caller, Gate

__all__ = ["Caller", "Gate", "application"]
