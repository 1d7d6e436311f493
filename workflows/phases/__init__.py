"""An incident's phases: a file each, named as the phase; `run` does its work and says which is next."""
