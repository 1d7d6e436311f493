"""What a person types at Netlify: its command line passes on the API's operations by name."""

import json
from shlex import quote


def api_call(operation: str, **data: object) -> str:
    """`netlify api OPERATION --data '{...}'`."""
    return f"netlify api {operation} --data {quote(json.dumps(data))}"


def restoring(site: str, deploy: str) -> str:
    """Publishing a deploy that there is."""
    return api_call("restoreSiteDeploy", site_id=site, deploy_id=deploy)


def locking(deploy: str, *, locked: bool) -> str:
    """Stopping or starting automatic publishing."""
    return api_call("lockDeploy" if locked else "unlockDeploy", deploy_id=deploy)


def variable(site: str, typed: str) -> str:
    """`netlify env:...` of a site, without being asked whether it is meant."""
    return f"NETLIFY_SITE_ID={site} netlify {typed} --force"
