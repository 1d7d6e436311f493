"""The kill switch: while this workflow runs, its scope changes nothing."""

from temporalio import workflow

from stanch.model.pause import Pause


@workflow.defn(name="PauseWorkflow")
class PauseWorkflow:
    """Started by `stanch pause`, terminated by `stanch resume`; its history says who and why, twice."""

    @workflow.run
    async def run(self, pause: Pause) -> None:
        """Runs until it is terminated, which works without any worker."""
        workflow.set_current_details(f"**Paused:** {pause.scope} by {pause.by}. {pause.why}")
        await workflow.wait_condition(lambda: False)
