from stanch.gateway.app import application
from stanch.gateway.authentication import Authenticator, Caller
from stanch.gateway.dependencies import Dependencies, HouseRules

__all__ = ["Authenticator", "Caller", "Dependencies", "HouseRules", "application"]
