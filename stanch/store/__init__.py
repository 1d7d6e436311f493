"""What outlives incidents and joins them: guards, switches, and to which Temporal they belong.

Temporal holds the incidents. Everything here is asked of one database: a SQLite file in the data folder, or
PostgreSQL where several machines share it.
"""

from stanch.store.belonging import Belonging
from stanch.store.engine import Address
from stanch.store.store import Store, StoreHealth

__all__ = ["Address", "Belonging", "Store", "StoreHealth"]
