"""What is measured from where Stanch runs, which need not be where the service runs."""

FROM_HERE = "asked from Stanch's own place"
