"""What ECS answers of a task definition, as far as Stanch reads it."""

from pydantic import Field

from activities.aws.answers import Answer


class TaskDefinition(Answer):
    """A task definition; its environment is not even looked at, and of secrets only where they are kept."""

    task_definition_arn: str
    family: str = ""
    revision: int = 0
    status: str = ""
    cpu: str = ""
    memory: str = ""
    """In MB; of the whole task, and empty where its containers have limits of their own."""
    container_definitions: list["ContainerDefinition"] = Field(default_factory=list)


class SecretOfTask(Answer):
    """A variable of a container, and where ECS fetches its value when a task starts."""

    name: str
    value_from: str = ""


class LogConfiguration(Answer):
    """Where a container's lines go."""

    log_driver: str = ""
    options: dict[str, str] = Field(default_factory=dict)


class ContainerDefinition(Answer):
    """One container of a task definition; it is essential unless it says otherwise."""

    name: str
    essential: bool = True
    log_configuration: LogConfiguration | None = None
    secrets: list[SecretOfTask] = Field(default_factory=list)

    def log_stream(self, task: str) -> str:
        """Where a task of this id writes within its group; empty where that is not told."""
        found = self.log_configuration
        prefix = found.options.get("awslogs-stream-prefix", "") if found else ""
        return f"{prefix}/{self.name}/{task}" if prefix else ""

    @property
    def log_group(self) -> str:
        """Its log group at CloudWatch; empty when its lines go elsewhere."""
        found = self.log_configuration
        return found.options.get("awslogs-group", "") if found and found.log_driver == "awslogs" else ""
