"""Telling people: one class for each kind of channel, which takes a message and delivers it once."""

from activities.channels.channels import Channels

__all__ = ["Channels"]
