"""`stanch init`: from an account at a vendor to a first set-up in shadow."""
