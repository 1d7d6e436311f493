"""What was measured, a line each."""


def say(what: str, figure: str, target: str) -> None:
    """One line, beside its target where there is one."""
    print(f"{what:<62} {figure:>18}" + (f"   ({target})" if target else ""), flush=True)  # noqa: T201
