"""`stanch check`: whether a set-up would work."""
