import asyncio
from books import *
from stage import *
from stanch.sandbox.status_pages import Weather
async def test_a(stage):
    stage.playbook(only(ROLL_BACK), changed={"{url}/fly}}": "{url}/fly, status_page: fly}}"})
    stage.sandbox.status_pages["fly"].turn(Weather.UNREACHABLE)
    incident = await stage.open()
    await asyncio.sleep(9)
    view = await stage.view(incident)
    for e in view.state.timeline: print(e.at.time(), e.kind, e.text, e.by)
    print(view.state.phase)
    h=stage.client.get_workflow_handle(incident.workflow_id)
    async for e in h.fetch_history_events():
        print(e.event_id, e.event_time.ToDatetime().time(), e.event_type, str(e)[-300:].replace("\n"," ") if e.event_type in (12,13,) else (e.activity_task_scheduled_event_attributes.activity_type.name))
