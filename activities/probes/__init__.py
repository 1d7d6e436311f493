"""The team's own services, seen from outside: whether they answer well and in time.

No vendor and no credential: addresses come from the playbook or from the service. A service that cannot be
reached has failed the probe; that is the measurement, and never missing evidence.
"""

from activities.integration import Integration
from activities.probes.dns import ReadName
from activities.probes.page import ReadPageFiles
from activities.probes.probe import ReadProbe
from activities.probes.prober import Prober
from activities.probes.websocket import ReadWebSocket

INTEGRATION = Integration(
    name="probe", connect=Prober.connect, readings=(ReadProbe, ReadPageFiles, ReadName, ReadWebSocket)
)
