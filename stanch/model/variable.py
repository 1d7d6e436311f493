"""One name that expressions may use."""

from stanch.model.base import Frozen


class ExpressionVariable(Frozen):
    """One name an expression may use: its value type, and where its value comes from."""

    type: str
    path: tuple[str, ...]
    """Keys to follow; the first is an evidence name, `alert` or `service`."""
    age: bool = False
    """The value there is an instant; the variable is how long ago that was."""
    at_least: str = ""
    """The sibling that says, when true or with `!` when false, that the value is only a lower bound."""
