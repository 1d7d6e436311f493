"""A message in plain words: the team's own where it has some, and nothing that commands whoever reads it."""

from collections.abc import Mapping

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment

from stanch.model.message import Message
from stanch.plain import lines, one_line

_LONGEST = 6_000


def rendered(message: Message, messages: Mapping[str, str]) -> Message:
    """The message as it is sent; a template that cannot be worked out keeps nobody from being told."""
    text = _from_template(message, messages) or message.text
    return message.model_copy(
        update={
            "headline": one_line(message.headline),
            "text": lines(text)[:_LONGEST].rstrip(),
            "card": lines(message.card),
        }
    )


def _from_template(message: Message, messages: Mapping[str, str]) -> str:
    template = messages.get(message.template, "")
    try:
        return SandboxedEnvironment(autoescape=False).from_string(template).render(message.fields)
    except (TemplateError, ArithmeticError, TypeError, ValueError):
        return ""
