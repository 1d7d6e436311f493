"""The credentials that AWS's fake accepts, written as Stanch takes them: `ID:SECRET`."""

from enum import StrEnum


class AwsKey(StrEnum):
    """A key pair and what it is good for."""

    ALL = "AKIASANDBOXOFALL0000:sandbox/secret+of/all"
    READ_ONLY = "AKIASANDBOXREADER000:sandbox/secret+of/reader"
    ELSEWHERE = "AKIASANDBOXELSEWHERE:sandbox/secret+elsewhere"

    @property
    def identity(self) -> str:
        """The access key id, which every request shows."""
        return self.partition(":")[0]

    @property
    def secret(self) -> str:
        """What requests are signed with, and never show."""
        return self.partition(":")[2]


def known(identity: str) -> AwsKey | None:
    """The key pair of that access key id."""
    return next((key for key in AwsKey if key.identity == identity), None)
