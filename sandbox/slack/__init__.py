"""Slack's fake: the Web API of one workspace under `/slack`."""

from sandbox.base import Vendor
from sandbox.slack.doors import routes
from sandbox.slack.keys import SlackKey
from sandbox.slack.refusals import shape
from sandbox.slack.world import SlackWorld

VENDOR = Vendor(
    name="slack",
    world=SlackWorld,
    routes=routes,
    keys=tuple(SlackKey),
    refusal=shape,
    malformed=200,
)
