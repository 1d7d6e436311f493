"""How many reads it takes until something asked for has happened; never how many seconds."""

from dataclasses import dataclass


@dataclass
class Pace:
    """Reads until the end state, for each thing that takes time at a vendor."""

    machine_state: int = 1
    machine_checks: int = 2
    alias: int = 2
    build: int = 3
    rollout: int = 2
    rescale: int = 8
    database: int = 2
    invalidation: int = 2
