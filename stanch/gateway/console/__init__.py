from stanch.gateway.console.site import add_pages

__all__ = ["add_pages"]
