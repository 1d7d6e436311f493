"""New clusters of PostgreSQL, quickly: initdb runs once on a machine, and its work is copied."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sandbox.real_servers import program_of, without_root

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
SUPERUSER = "boss"
_USER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "autovacuum": "off",
    "shared_preload_libraries": "pg_stat_statements",
}


def cluster(folder: Path) -> Path:
    """Data of a cluster in which there is nothing yet, in this folder of the user who will run it."""
    data, initdb = folder / "data", Path(program_of("initdb", "postgresql", BINARIES))
    template = _template(folder, initdb)
    if not template.exists():
        draft = Path(tempfile.mkdtemp(prefix="stanch-initdb-"))
        shutil.chown(draft, *_owner(folder))
        _initdb(initdb, draft / "data", draft)
        _keep(draft, template)
    if not _is_ours(template, folder):
        _initdb(initdb, data, folder)
        return data
    copying = [*without_root(_USER), "cp", "-a", str(template / "data"), str(data)]
    subprocess.run(copying, check=True, cwd=folder)  # noqa: S603 - a command of our own
    return data


def cluster_command(data: Path, port: int, settings: Mapping[str, str]) -> list[str]:
    """What starts it there."""
    program = Path(program_of("initdb", "postgresql", BINARIES)).with_name("postgres")
    words = [word for name, value in {**_SETTINGS, **settings}.items() for word in ("-c", f"{name}={value}")]
    return [*without_root(_USER), str(program), "-D", str(data), "-p", str(port), *words]


def _template(folder: Path, initdb: Path) -> Path:
    return Path(tempfile.gettempdir()) / f"stanch-initdb-of-{initdb.parent.parent.name}-{_owner(folder)[0]}"


def _initdb(initdb: Path, data: Path, folder: Path) -> None:
    asked = ["--pgdata", str(data), "--username", SUPERUSER, "--no-sync", "--locale", "C.UTF-8"]
    command = [*without_root(_USER), str(initdb), *asked]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)  # noqa: S603 - the same


def _keep(draft: Path, template: Path) -> None:
    """Whole at once; somebody else may have been faster."""
    try:
        draft.rename(template)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


def _owner(folder: Path) -> tuple[int, int]:
    return (found := folder.stat()).st_uid, found.st_gid


def _is_ours(template: Path, folder: Path) -> bool:
    """Nobody else could have put something into it."""
    found = template.stat()
    return found.st_uid in {_owner(folder)[0], os.geteuid()} and not found.st_mode & 0o022
