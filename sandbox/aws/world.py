"""AWS's part of the world: services of ECS, databases, caches and configurations, and what moto keeps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sandbox.aws.borrowed import Borrowed
from sandbox.aws.calls import AwsCall
from sandbox.aws.definitions import ACCOUNT, STREAMS, TaskDefinition
from sandbox.aws.keys import AwsKey
from sandbox.aws.managed import Application, Balancer, Cache, Database, Distribution
from sandbox.aws.replies import RefusedError
from sandbox.aws.rollouts import EcsService
from sandbox.aws.tasks import OneOff
from sandbox.base import SandboxBase, World
from sandbox.clock import milliseconds
from sandbox.ledger import SOMEONE_ELSE
from sandbox.timetable import Timetable
from sandbox.traffic import BEAT, Gauge, Stretch

REGION = "eu-west-1"
SECRETS = {
    "SEARCH_TOKEN": "what-search-is-asked-with-1",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_the_api_before_1",
}
"""What tasks of a scene are given, by the variable."""
_MOST_AT_ONCE = 500
"""CloudWatch takes a thousand values at once."""


@dataclass
class Lateness:
    """How long after it happened AWS shows a thing."""

    logs: timedelta = timedelta(seconds=5)
    """What people see; AWS gives no number."""
    metrics: timedelta = timedelta(minutes=2)
    """So long do exporters wait (YACE#686, grafana/alloy#3929)."""
    events: timedelta | None = timedelta()
    """Of RDS and ElastiCache, which are best effort; None where they are never told."""
    services: timedelta = timedelta()
    """Of ECS: what DescribeServices and ListServiceDeployments show after an update."""
    begins: timedelta = timedelta()
    """How long a database or cache looks available after a reboot was accepted."""


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch that follows a service."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    region: str = REGION
    times: float = 1
    """So much more is it there than in seconds and shares."""

    def points(self, gauge: str, stretch: Stretch) -> Iterator[dict[str, Any]]:
        """A value for each beat of that time."""
        counts = gauge in (Gauge.REQUESTS, Gauge.ERRORS)
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        for at in stretch.beats():
            value = Stretch(at - BEAT, at, stretch.metrics).of(gauge)
            if value is not None and (value or not counts):
                yield {
                    "MetricName": self.name,
                    "Dimensions": dimensions,
                    "Timestamp": at,
                    "Value": value * self.times,
                }


class AwsWorld(World):
    """Everything of one account, in whatever region."""

    def __init__(self, sandbox: SandboxBase) -> None:
        self.borrowed = Borrowed()
        super().__init__(sandbox)

    def clear(self) -> None:
        """Nothing is there any more."""
        self.services: dict[str, EcsService] = {}
        self.tasks: list[OneOff] = []
        self.balancers: dict[str, Balancer] = {}
        """By the service of ECS that they send visitors to."""
        self.databases: dict[str, Database] = {}
        self.caches: dict[str, Cache] = {}
        self.applications: dict[str, Application] = {}
        self.distributions: dict[str, Distribution] = {}
        self.stored: dict[str, datetime] = {}
        """When a secret was last written, by the name that it was written under."""
        self.held: dict[str, str] = {}
        """What tasks read, by the same name."""
        self.late = Lateness()
        self.full = False
        """No capacity is left for tasks."""
        self.throttled_until: datetime | None = None
        """Until when EC2 throttles ECS, which then refuses whatever starts tasks."""
        self.longest_page = 10_000
        """So many log lines at most in one answer."""
        self.empty_pages = 0
        """So many answers without a line come before the first that has one."""
        self.most_points = 100_800
        """So many points at most in one answer."""
        self.borrowed.forget()

    def warm_up(self) -> None:
        """Moto takes seconds, for which no client waits."""
        self.borrowed.begin()

    def add(self, name: str, cluster: str = "default", region: str = REGION) -> EcsService:
        """A service that was never deployed."""
        self.services[name] = EcsService(name, cluster, region, self.sandbox, held=self.held)
        self.services[name].keeps = partial(self._keep, f"/ecs/{name}", region)
        return self.services[name]

    def balance(self, service: EcsService, path: str = "/healthz") -> Balancer:
        """A load balancer sends visitors to the service, and asks its tasks for that path."""
        made = self.balancers[service.name] = Balancer(service.name, service.region, path)
        service.target_groups = (made.group_arn,)
        return made

    def end_task(self, service: EcsService, definition: TaskDefinition, exit_code: int, output: str) -> None:
        """A task beside the service has run to its end at this instant, and has written that."""
        at, ident = self.clock.now(), self.origin.digits(32)
        task = OneOff(
            arn=f"arn:aws:ecs:{service.region}:{ACCOUNT}:task/{service.cluster}/{ident}",
            cluster=service.cluster,
            definition=definition,
            started_by="deployment",
            token="",
            overrides={},
            created_at=at,
            ends_at=at + timedelta(seconds=20),
            timetable=Timetable(self.clock),
            state="STOPPED",
            exit_code=exit_code,
        )
        self.tasks.append(task)
        stream = f"{STREAMS}/{definition.family}/{ident}"
        events = [{"timestamp": milliseconds(at), "message": text} for text in output.splitlines()]
        if events:
            self.borrowed.put(partial(_written, definition.log_group, service.region, stream, events))

    def _keep(self, group: str, region: str, text: str, at: datetime) -> None:
        event = {"timestamp": milliseconds(at), "message": text}
        self.borrowed.put(partial(_written, group, region, "api/api/1", [event]))

    def follow(self, metric: Metric, service: str, gauge: str) -> None:
        """What a service goes through is measured from now on; a count of nought has no point."""
        self.sandbox.services[service].witnesses.append(partial(self._measure, metric, gauge))

    def _measure(self, metric: Metric, gauge: str, stretch: Stretch) -> None:
        points = list(metric.points(gauge, stretch))
        for begin in range(0, len(points), _MOST_AT_ONCE):
            self.borrowed.put(partial(_put, metric, points[begin : begin + _MOST_AT_ONCE]))

    def cluster(self, call: AwsCall) -> str:
        """The cluster that a call names, if there is one."""
        named = str(call.given.get("cluster") or "default").rpartition("/")[2]
        if not any(one.cluster == named and one.region == call.region for one in self.services.values()):
            raise RefusedError("ClusterNotFoundException", "Cluster not found.")
        return named

    def service(self, call: AwsCall, name: str) -> EcsService | None:
        """The service of that name in the cluster and region of a call."""
        cluster = self.cluster(call)
        found = self.services.get(name.rpartition("/")[2])
        fits = found is not None and (found.cluster, found.region) == (cluster, call.region)
        return found if fits else None

    def definition(self, named: str) -> TaskDefinition:
        """The task definition of that ARN, or of that family and revision."""
        every = [one for service in self.services.values() for one in service.definitions.values()]
        for one in every:
            if named in (one.arn, one.named):
                return one
        raise RefusedError("ClientException", "Unable to describe task definition.")

    def refuse_to_start(self) -> None:
        """Whatever starts tasks is refused while EC2 throttles ECS, by a code that is no throttle's.

        The words are those of dask/dask-cloudprovider#56 (2020-08).
        """
        if self.throttled_until is not None and self.clock.now() < self.throttled_until:
            text = "Error retrieving security group information for [sg-0a1b2c3d4e5f6a7b8]:"
            text += " Request limit exceeded. (ErrorCode: RequestLimitExceeded)"
            raise RefusedError("InvalidParameterException", text)

    def state(self) -> dict[str, Any]:
        """What every service runs."""
        return {
            one.name: {
                "task_definition": one.definition.named,
                "desired": one.desired,
                "running": sum(rolling.running for rolling in one.rolling),
                "deployments": [
                    {"task_definition": each.definition.named, "status": each.status}
                    for each in one.deployments
                ],
            }
            for one in self.services.values()
        }

    def secrets(self) -> set[str]:
        """What requests are signed with."""
        return {key.secret for key in AwsKey} | set(SECRETS.values())

    def deploy(self, name: str, *, good: bool = True, release: str = "", in_progress: bool = False) -> str:
        """A new task definition, or a known one, is deployed; whole at once unless it is to go on."""
        service = self.services[name]
        newest = max(one.revision for one in service.definitions.values())
        made = self.definition(release) if release else service.define(newest + 1, good=good)
        was = service.definition.arn
        if in_progress:
            service.begin(made)
        else:
            service.deployed(made, timedelta())
        self.ledger.record("aws.deploy", name, was=was, to=made.arn, by=SOMEONE_ELSE)
        return made.named


def _put(metric: Metric, points: list[dict[str, Any]], moto: Borrowed) -> None:
    moto.do("cloudwatch", metric.region, "put_metric_data", Namespace=metric.namespace, MetricData=points)


def _written(group: str, region: str, stream: str, events: list[dict[str, Any]], moto: Borrowed) -> None:
    moto.lines(group, stream, events, region)
