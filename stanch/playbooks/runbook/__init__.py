"""A playbook as a runbook: what a person does who follows it by hand."""
