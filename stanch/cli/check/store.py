"""Whether the store of guards and pauses can be read and written, and whose it is."""

from functools import partial
from pathlib import Path

from stanch.cli.check.results import Finding, PreflightCheck, failed, ok, warn
from stanch.secrets import Redactor
from stanch.store import Store
from workers.home import Home


def check(data: Path, redactor: Redactor) -> PreflightCheck:
    """The only one of this kind; it makes no store where there is none."""
    return PreflightCheck("Store", "store", partial(_look, data, redactor))


async def _look(data: Path, redactor: Redactor) -> Finding:
    address = Home(data).store(redactor)
    if address.file is not None and not address.file.exists():
        return warn(
            f"none is in {data} yet", "`stanch up` makes one; a gateway and workers apart need STANCH_STORE"
        )
    store = Store(address)
    try:
        found = await store.health()
    finally:
        await store.close()
    if found.why:
        mend = "See STANCH_STORE and the database" if address.file is None else "See the disk and its rights"
        return failed(f"{found.where}: {found.why}", f"{mend}: nothing is changed until it can be written")
    return ok(f"{found.where} is {found.says}")
