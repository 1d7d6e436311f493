"""What people ask of an incident and say to it, through the gateway."""
