from stanch.gateway.app import application
from stanch.gateway.authentication import Authenticator, Caller
from stanch.gateway.dependencies import Dependencies

__all__ = ["Authenticator", "Caller", "Dependencies", "application"]
