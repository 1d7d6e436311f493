from stanch.gateway.app import application
from stanch.gateway.desk import Desk
from stanch.gateway.people import Caller, Gate

__all__ = ["Caller", "Desk", "Gate", "application"]
