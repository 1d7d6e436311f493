"""`stanch test`: a playbook meets the worlds that stand beside it."""
