"""The credentials that Firestore's fake accepts."""

from enum import StrEnum


class FirestoreKey(StrEnum):
    """A credential and what it is good for."""

    ALL = "firestore-sandbox-key"
    READ_ONLY = "firestore-sandbox-key-read-only"
    ELSEWHERE = "firestore-sandbox-key-of-another-project"
