"""`stanch plan`: what an alert would lead to."""
