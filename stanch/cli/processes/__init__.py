"""`up`, `worker`, `gateway`, `sandbox` and `demo`: what runs until it is told to stop."""
