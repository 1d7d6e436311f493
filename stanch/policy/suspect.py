"""When a deployment is the likely cause: it finished shortly before things went bad."""

from datetime import datetime, timedelta

WINDOW = timedelta(minutes=30)


def is_suspect(
    finished_at: datetime | None,
    first_bad_at: datetime | None,
    before_ran_since: datetime | None,
    *,
    confounded: bool,
    deploying: bool,
) -> bool:
    """True when the newest deployment finished at most 30 min before the first bad sample.

    The deployment before it must have run without a bad sample: it was live, and nothing had fired yet. No
    secret change or migration may have come in between (`confounded`), and none may be running now.
    """
    if finished_at is None or first_bad_at is None or before_ran_since is None:
        return False
    if confounded or deploying or before_ran_since >= finished_at:
        return False
    return finished_at <= first_bad_at <= finished_at + WINDOW
